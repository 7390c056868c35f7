import * as tf from '@tensorflow/tfjs-core';
import { scaled } from './body.ts';
import type { BaseNetConfig, Body } from './body.ts';
import { convolution, maxPool, sequence } from './layers.ts';
import type { Layer } from './layers.ts';
import type { NetworkBuilder } from './network.ts';

/** Blocks in each of the four groups (He et al. 2016, Table 1). */
const BLOCKS = { ResNet18: [2, 2, 2, 2], ResNet34: [3, 4, 6, 3], ResNet50: [3, 4, 6, 3] } as const;
const CHANNELS = [64, 128, 256, 512] as const;
/** A bottleneck block ends in four times the channels of its middle. */
const EXPANSION = 4;
/** Below this size the pooling after the first convolution is left out: four halvings follow already. */
const SMALL = 96;

/** ResNet as torchvision builds it: the stride of a bottleneck sits on its 3x3 convolution. */
export function resNetBody(builder: NetworkBuilder, config: BaseNetConfig, net: keyof typeof BLOCKS): Body {
  const { normalization, residualGamma } = config;
  const bottleneck = net === 'ResNet50';
  let channels = scaled(64, config.width);
  const layers: Layer[] = [
    convolution(builder, 'conv1', {
      in: config.channels,
      out: channels,
      kernel: 7,
      stride: 2,
      pad: 3,
      activation: 'relu',
      normalization,
      normalizationName: 'bn1',
    }),
  ];
  if (config.size >= SMALL) layers.push(maxPool(3, 2, 1));
  CHANNELS.forEach((groupChannels, group) => {
    const middle = scaled(groupChannels, config.width);
    for (let index = 0; index < BLOCKS[net][group as 0 | 1 | 2 | 3]; index++) {
      const stride = group > 0 && index === 0 ? 2 : 1;
      const out = bottleneck ? EXPANSION * middle : middle;
      const name = `layer${group + 1}.${index}`;
      const block: BlockOptions = { in: channels, middle, out, stride, normalization, residualGamma };
      const path = bottleneck ? bottleneckPath(builder, name, block) : basicPath(builder, name, block);
      layers.push(residual(path, shortcut(builder, name, block)));
      channels = out;
    }
  });
  const expression = config.dense.at(-1);
  return {
    convolve: sequence(layers),
    gather: (featureMap) => tf.mean(featureMap, [1, 2]),
    gathered: channels,
    dense: expression === undefined ? [] : [{ name: 'fc.0', size: expression }],
    lastName: expression === undefined ? 'fc' : 'fc.2',
  };
}

interface BlockOptions extends Pick<BaseNetConfig, 'normalization' | 'residualGamma'> {
  readonly in: number;
  readonly middle: number;
  readonly out: number;
  readonly stride: number;
}

function basicPath(builder: NetworkBuilder, name: string, block: BlockOptions): Layer {
  const { normalization, stride } = block;
  return sequence([
    convolution(builder, `${name}.conv1`, {
      in: block.in,
      out: block.middle,
      kernel: 3,
      stride,
      pad: 1,
      activation: 'relu',
      normalization,
      normalizationName: `${name}.bn1`,
    }),
    convolution(builder, `${name}.conv2`, {
      in: block.middle,
      out: block.out,
      kernel: 3,
      pad: 1,
      normalization,
      normalizationName: `${name}.bn2`,
      gamma: block.residualGamma,
    }),
  ]);
}

function bottleneckPath(builder: NetworkBuilder, name: string, block: BlockOptions): Layer {
  const { normalization, middle } = block;
  const sizes = [
    { in: block.in, out: middle, kernel: 1, stride: 1, pad: 0, activation: 'relu' },
    { in: middle, out: middle, kernel: 3, stride: block.stride, pad: 1, activation: 'relu' },
    { in: middle, out: block.out, kernel: 1, stride: 1, pad: 0, activation: 'linear' },
  ] as const;
  return sequence(
    sizes.map((size, index) =>
      convolution(builder, `${name}.conv${index + 1}`, {
        ...size,
        normalization,
        normalizationName: `${name}.bn${index + 1}`,
        gamma: index === sizes.length - 1 ? block.residualGamma : 1,
      }),
    ),
  );
}

/** The identity, or a strided 1x1 convolution where the shape changes. */
function shortcut(builder: NetworkBuilder, name: string, block: BlockOptions): Layer {
  if (block.stride === 1 && block.in === block.out) return (x) => x;
  return convolution(builder, `${name}.downsample.0`, {
    in: block.in,
    out: block.out,
    kernel: 1,
    stride: block.stride,
    pad: 0,
    normalization: block.normalization,
    normalizationName: `${name}.downsample.1`,
  });
}

function residual(path: Layer, skip: Layer): Layer {
  return (x, pass) => tf.relu(tf.add<tf.Tensor4D>(path(x, pass), skip(x, pass)));
}
