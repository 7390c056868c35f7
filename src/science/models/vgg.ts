import { scaled } from './body.ts';
import type { BaseNetConfig, Body } from './body.ts';
import { convolution, flatten, maxPool, sequence } from './layers.ts';
import type { Layer } from './layers.ts';
import type { NetworkBuilder } from './network.ts';

/** Convolutions in each of the five groups (Simonyan and Zisserman 2015, Table 1, columns A, B, D, E). */
const CONVOLUTIONS = {
  VGG11: [1, 1, 2, 2, 2],
  VGG13: [2, 2, 2, 2, 2],
  VGG16: [2, 2, 3, 3, 3],
  VGG19: [2, 2, 4, 4, 4],
} as const;
const CHANNELS = [64, 128, 256, 512, 512] as const;

/** Groups of 3x3 convolutions, each closed by a 2x2 pooling. Names are torchvision's, counting every layer. */
export function vggBody(builder: NetworkBuilder, config: BaseNetConfig, net: keyof typeof CONVOLUTIONS): Body {
  const layers: Layer[] = [];
  let index = 0;
  let channels = config.channels;
  let size = config.size;
  CHANNELS.forEach((groupChannels, group) => {
    const out = scaled(groupChannels, config.width);
    for (let i = 0; i < CONVOLUTIONS[net][group as 0 | 1 | 2 | 3 | 4]; i++) {
      layers.push(
        convolution(builder, `features.${index}`, {
          in: channels,
          out,
          kernel: 3,
          activation: 'relu',
          normalization: config.normalization,
          normalizationName: `features.${index + 1}`,
        }),
      );
      index += config.normalization === 'batch' ? 3 : 2;
      channels = out;
    }
    layers.push(maxPool(2, 2));
    index += 1;
    size = size < 2 ? size : Math.floor(size / 2);
  });
  return {
    convolve: sequence(layers),
    gather: flatten,
    gathered: size * size * channels,
    dense: config.dense.map((denseSize, i) => ({ name: `classifier.${3 * i}`, size: denseSize })),
    lastName: `classifier.${3 * config.dense.length}`,
  };
}
