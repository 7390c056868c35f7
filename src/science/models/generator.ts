import * as tf from '@tensorflow/tfjs-core';
import { biasActivation } from './bias-activation.ts';
import { scaled } from './body.ts';
import { convolution, sequence, tileOverMap } from './layers.ts';
import type { Layer } from './layers.ts';
import { NetworkBuilder } from './network.ts';
import type { Initialization, Network, Pass } from './network.ts';
import type { Random } from '../../base/random.ts';

export interface GeneratorConfig {
  /** Pixels a side, 32 to 128. */
  readonly size: number;
  /** Channels of a picture. */
  readonly channels: number;
  /** Multiplies the channels of every layer. */
  readonly width: number;
  /** Length of F_exp laid over the bottleneck (2V2), or null for a generator without it (1V2, DCGAN). */
  readonly expression: number | null;
  /** Whether each map of the encoder also goes to the decoder's layer of its size (not in the paper). */
  readonly skips: boolean;
  /** `tanh`: the picture itself, in (-1, 1). `residual`: input + change; its last layer starts at zero. */
  readonly output: 'tanh' | 'residual';
  readonly initialization: Initialization;
}

/** The paper's G: an encoder and decoder with F_exp at the bottleneck (§3.2, "Architecture"). */
export interface Generator extends Network {
  readonly config: GeneratorConfig;
  /**
   * Magnified pictures [batch, size, size, channels] of pictures in [-1, 1]. With a residual output they may leave
   * [-1, 1]; clip them to draw them.
   *
   * @param expression F_exp [batch, features]; null exactly where the generator was built without it
   */
  magnify(images: tf.Tensor4D, expression: tf.Tensor2D | null): tf.Tensor4D;
  /** The encoder and decoder as an autoencoder, for pretraining: tanh of the last layer, nothing added. */
  reconstruct(images: tf.Tensor4D): tf.Tensor4D;
}

const ENCODER = [
  { kernel: 7, channels: 64 },
  { kernel: 5, channels: 128 },
  { kernel: 3, channels: 256 },
  { kernel: 3, channels: 512 },
] as const;
const DECODER = [256, 128, 64, 32] as const;
/** The paper leaves the size open; 4 at stride 2 covers every pixel equally often. */
const DECONVOLUTION_KERNEL = 4;
const PASS: Pass = { training: false };

/** Builds G. Equal streams give equal weights, null gives zeros; an expression input changes no other weight's name. */
export function buildGenerator(config: GeneratorConfig, random: Random | null): Generator {
  const builder = new NetworkBuilder(config.initialization, random);
  let channels = config.channels;
  const encoder = ENCODER.map((stage, index) => {
    const out = scaled(stage.channels, config.width);
    const layer = sequence([
      convolution(builder, `encoder.${index}.0`, {
        in: channels,
        out,
        kernel: stage.kernel,
        stride: 2,
        activation: 'relu',
      }),
      residualBlock(builder, `encoder.${index}.1`, out),
    ]);
    channels = out;
    return layer;
  });
  const decoder = DECODER.map((fullWidth, index) => {
    const skip = config.skips && index > 0 ? scaled(ENCODER[(3 - index) as 0 | 1 | 2].channels, config.width) : 0;
    const out = scaled(fullWidth, config.width);
    const condition = index === 0 ? config.expression : null;
    const layer = deconvolution(builder, `decoder.${index}`, { in: channels + skip, condition, out });
    channels = out;
    return layer;
  });
  const beforeLast = convolution(builder, 'output.0', { in: channels, out: channels, kernel: 3, activation: 'relu' });
  const last = convolution(builder, 'output.1', { in: channels, out: config.channels, kernel: 3 });

  const decode = (images: tf.Tensor4D, expression: tf.Tensor2D | null): tf.Tensor4D => {
    const maps = [images];
    for (const layer of encoder) maps.push(layer(maps.at(-1) ?? images, PASS));
    let map = maps.at(-1) ?? images;
    decoder.forEach((layer, index) => {
      const below = maps[3 - index] ?? images;
      const skip = config.skips && index > 0 ? maps[4 - index] : undefined;
      if (skip !== undefined) map = tf.concat([map, skip], 3);
      map = layer(map, [below.shape[1], below.shape[2]], index === 0 ? expression : null);
    });
    return last(beforeLast(map, PASS), PASS);
  };

  const network = builder.finish();
  const generator: Generator = {
    ...network,
    config,
    magnify(images, expression) {
      if ((expression === null) !== (config.expression === null)) {
        throw new Error(
          config.expression === null
            ? 'this generator was built without an expression input but was given one'
            : `this generator needs expression features [batch, ${config.expression}] and was given none`,
        );
      }
      const decoded = decode(images, expression);
      return config.output === 'tanh' ? tf.tanh(decoded) : tf.add(images, decoded);
    },
    reconstruct: (images) => tf.tanh(decode(images, null)),
  };
  if (config.output === 'residual') startAsIdentity(generator);
  return generator;
}

/** Sets the last layer to zero: a residual generator then begins as the identity, whatever its other weights are. */
export function startAsIdentity(generator: Generator): void {
  for (const name of ['output.1.weight', 'output.1.bias']) {
    const variable = generator.weights.get(name);
    if (variable === undefined) throw new Error(`the generator has no weight ${name}`);
    tf.tidy(() => variable.assign(tf.zerosLike(variable)));
  }
}

/** relu(x + conv(relu(conv(x)))), He et al. 2016. */
function residualBlock(builder: NetworkBuilder, name: string, channels: number): Layer {
  const path = sequence([
    convolution(builder, `${name}.conv1`, { in: channels, out: channels, kernel: 3, activation: 'relu' }),
    convolution(builder, `${name}.conv2`, { in: channels, out: channels, kernel: 3 }),
  ]);
  return (x, pass) => tf.relu(tf.add<tf.Tensor4D>(x, path(x, pass)));
}

type Deconvolution = (x: tf.Tensor4D, size: [number, number], condition: tf.Tensor2D | null) => tf.Tensor4D;

/**
 * A transposed convolution of stride 2 with ReLU, optionally with a vector tiled over its input and concatenated.
 * The vector's part of the kernel is a weight of its own: by linearity that is the concatenation, and a generator
 * without the vector has the same other weights, so that one pretraining serves both.
 */
function deconvolution(
  builder: NetworkBuilder,
  name: string,
  options: { readonly in: number; readonly condition: number | null; readonly out: number },
): Deconvolution {
  const kernel = DECONVOLUTION_KERNEL;
  const { in: channels, out, condition } = options;
  // A pixel of the result sees (kernel / stride)^2 pixels of the input.
  const fanIn = (kernel / 2) * (kernel / 2) * (channels + (condition ?? 0));
  const filter = builder.kernel<tf.Rank.R4>(`${name}.weight`, [kernel, kernel, out, channels], fanIn);
  const conditionFilter =
    condition === null
      ? null
      : builder.kernel<tf.Rank.R4>(`${name}.condition.weight`, [kernel, kernel, out, condition], fanIn);
  const bias = builder.bias(`${name}.bias`, out);
  return (x, [height, width], vector) => {
    const shape: [number, number, number, number] = [x.shape[0], height, width, out];
    const unconditional = tf.conv2dTranspose<tf.Tensor4D>(x, filter, shape, 2, 'same');
    if (conditionFilter === null || vector === null) return biasActivation(unconditional, bias, 'relu');
    const tiled = tileOverMap(vector, x.shape[1], x.shape[2]);
    const conditional = tf.conv2dTranspose<tf.Tensor4D>(tiled, conditionFilter, shape, 2, 'same');
    return biasActivation(tf.add<tf.Tensor4D>(unconditional, conditional), bias, 'relu');
  };
}
