import { scaled } from './body.ts';
import type { BaseNetConfig, Body } from './body.ts';
import { convolution, flatten, maxPool, sequence } from './layers.ts';
import type { Layer } from './layers.ts';
import type { NetworkBuilder } from './network.ts';

/** Below this size the first convolution strides by 2 instead of 4, so that the poolings have something to pool. */
const SMALL = 96;

/**
 * AlexNet as torchvision builds it (one tower: 64-192-384-256-256 channels), without dropout.
 * A 3x3 pooling that a small picture would not survive is left out (see `maxPool`).
 */
export function alexNetBody(builder: NetworkBuilder, config: BaseNetConfig): Body {
  const layers: Layer[] = [];
  let index = 0;
  let channels = config.channels;
  let size = config.size;
  const convolve = (outAtFullWidth: number, kernel: number, stride: number, pad: number): void => {
    const out = scaled(outAtFullWidth, config.width);
    layers.push(
      convolution(builder, `features.${index}`, {
        in: channels,
        out,
        kernel,
        stride,
        pad,
        activation: 'relu',
        normalization: config.normalization,
        normalizationName: `features.${index + 1}`,
      }),
    );
    index += config.normalization === 'batch' ? 3 : 2;
    channels = out;
    size = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  };
  const pool = (): void => {
    layers.push(maxPool(3, 2));
    index += 1;
    size = size < 3 ? size : Math.floor((size - 3) / 2) + 1;
  };
  convolve(64, 11, config.size < SMALL ? 2 : 4, 2);
  pool();
  convolve(192, 5, 1, 2);
  pool();
  convolve(384, 3, 1, 1);
  convolve(256, 3, 1, 1);
  convolve(256, 3, 1, 1);
  pool();
  return {
    convolve: sequence(layers),
    gather: flatten,
    gathered: size * size * channels,
    dense: config.dense.map((denseSize, i) => ({ name: `classifier.${3 * i + 1}`, size: denseSize })),
    lastName: `classifier.${3 * config.dense.length}`,
  };
}
