import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Activation } from '../composed-kernels.ts';
import type { Heap, HostView, HostWork } from './heap.ts';

/** The slope below zero that stands for an activation in our programs. */
export function slopeBelowZero(activation: Activation, alpha: number): number {
  switch (activation) {
    case 'linear':
      return 1;
    case 'relu':
      return 0;
    case 'leakyRelu':
      return alpha;
  }
}

/** A tensor as a matrix [everything else, last axis]. */
function matrix(tensor: TensorInfo): { rows: number; channels: number } {
  const channels = tensor.shape.at(-1) ?? 1;
  return { rows: tensor.shape.slice(0, -1).reduce((a, b) => a * b, 1), channels };
}

interface Options {
  readonly epsilon: number;
  readonly activation: Activation;
  readonly alpha: number;
}

/** [y, mean, variance] of batch normalisation with the batch's statistics. */
export function batchNorm(
  heap: Heap,
  x: TensorInfo,
  gamma: TensorInfo,
  beta: TensorInfo,
  { epsilon, activation, alpha }: Options,
): TensorInfo[] {
  const { rows, channels } = matrix(x);
  const { channelSum, channelSquares, channelAffine } = heap.programs;
  const y = heap.allocate(x.shape);
  const mean = heap.allocate([channels]);
  const variance = heap.allocate([channels]);
  const scale = heap.allocate([channels]);
  const shift = heap.allocate([channels]);
  channelSum(heap.address(x), heap.address(mean), rows, channels);
  heap.host(divide, [mean], [rows]);
  channelSquares(heap.address(x), heap.address(mean), heap.address(variance), rows, channels);
  heap.host(normalizingAffine, [mean, variance, gamma, beta, scale, shift], [rows, epsilon]);
  const slope = slopeBelowZero(activation, alpha);
  channelAffine(heap.address(x), heap.address(scale), heap.address(shift), heap.address(y), rows, channels, slope);
  heap.free(scale);
  heap.free(shift);
  return [y, mean, variance];
}

const divide: HostWork = ([values], [divisor]) => {
  for (let index = 0; index < values.length; index++) values[index] = at(values, index) / divisor;
};

/** Makes variances of the sums of squares, and from them the scale and shift that normalise a channel. */
const normalizingAffine: HostWork = ([means, variances, gammas, betas, scales, shifts], [rows, epsilon]) => {
  for (let channel = 0; channel < means.length; channel++) {
    variances[channel] = at(variances, channel) / rows;
    scales[channel] = at(gammas, channel) / Math.sqrt(at(variances, channel) + epsilon);
    shifts[channel] = at(betas, channel) - at(means, channel) * at(scales, channel);
  }
};

/** dx = a dz + b x + c: the coefficients of a channel. `products`, of dz and x - mean, become dGamma. */
const gradientCoefficients: HostWork = ([gammas, means, variances, sums, products, a, b, c], [rows, epsilon]) => {
  for (let channel = 0; channel < means.length; channel++) {
    const inverse = 1 / Math.sqrt(at(variances, channel) + epsilon);
    const product = at(products, channel);
    const scale = at(gammas, channel) * inverse;
    const fromInput = (-scale * inverse * inverse * product) / rows;
    a[channel] = scale;
    b[channel] = fromInput;
    c[channel] = (-scale * at(sums, channel)) / rows - fromInput * at(means, channel);
    products[channel] = product * inverse;
  }
};

/** [dx, dGamma, dBeta] of batch normalisation. */
export function batchNormGradient(
  heap: Heap,
  input: (name: string) => TensorInfo,
  { epsilon, activation, alpha }: Options,
): TensorInfo[] {
  const [dy, x, y, gamma] = [input('dy'), input('x'), input('y'), input('gamma')];
  const [mean, variance] = [input('mean'), input('variance')];
  const { rows, channels } = matrix(x);
  const slope = slopeBelowZero(activation, alpha);
  const dx = heap.allocate(x.shape);
  const dGamma = heap.allocate([channels]);
  const dBeta = heap.allocate([channels]);
  const coefficients = [heap.allocate([channels]), heap.allocate([channels]), heap.allocate([channels])] as const;
  const sources = [heap.address(dy), heap.address(y), heap.address(x)] as const;
  heap.programs.batchNormSums(
    ...sources,
    heap.address(mean),
    heap.address(dBeta),
    heap.address(dGamma),
    rows,
    channels,
    slope,
  );
  heap.host(gradientCoefficients, [gamma, mean, variance, dBeta, dGamma, ...coefficients], [rows, epsilon]);
  heap.programs.batchNormGradient(
    ...sources,
    heap.address(coefficients[0]),
    heap.address(coefficients[1]),
    heap.address(coefficients[2]),
    heap.address(dx),
    rows,
    channels,
    slope,
  );
  coefficients.forEach((tensor) => heap.free(tensor));
  return [dx, dGamma, dBeta];
}

/** [dz, dBias]: the gradient before the activation, and its sum over all axes but the last. */
export function activationBiasGradient(
  heap: Heap,
  dy: TensorInfo,
  y: TensorInfo,
  { activation, alpha }: { activation: Activation; alpha: number },
): TensorInfo[] {
  const { rows, channels } = matrix(dy);
  const dBias = heap.allocate([channels]);
  if (activation === 'linear') {
    heap.programs.channelSum(heap.address(dy), heap.address(dBias), rows, channels);
    return [heap.share(dy, dy.shape), dBias];
  }
  const dz = heap.allocate(dy.shape);
  heap.programs.activationBiasGradient(
    heap.address(dy),
    heap.address(y),
    heap.address(dz),
    heap.address(dBias),
    rows,
    channels,
    slopeBelowZero(activation, alpha),
  );
  return [dz, dBias];
}

function at(values: HostView, index: number): number {
  return values[index] as number;
}
