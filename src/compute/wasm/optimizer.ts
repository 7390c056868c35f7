import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamAttributes, MomentumAttributes } from '../composed-kernels.ts';
import type { Heap } from './heap.ts';

/**
 * Runs an update on the variables' own memory and returns nothing; where somebody else holds the same data (the tape, a
 * snapshot), on copies, and returns these. The first variable is the weight, which the tape may hold; its state is
 * copied with it only where it is held, too.
 */
function updateInPlace(
  heap: Heap,
  variables: readonly TensorInfo[],
  run: (addresses: readonly number[]) => void,
): TensorInfo[] {
  const [weight, ...state] = variables as [TensorInfo, ...TensorInfo[]];
  const copyOf = (variable: TensorInfo): TensorInfo => {
    const copy = heap.allocate(variable.shape);
    heap.copy(variable, copy);
    return copy;
  };
  const addresses = (tensors: readonly TensorInfo[]): number[] => tensors.map((tensor) => heap.address(tensor));
  if (!state.every((variable) => heap.isUnshared(variable))) {
    const copies = variables.map(copyOf);
    run(addresses(copies));
    return copies;
  }
  if (!heap.isUnshared(weight)) {
    const copy = copyOf(weight);
    run(addresses([copy, ...state]));
    return [copy];
  }
  run(addresses(variables));
  heap.renumber(weight);
  return [];
}

function sizeOf(tensor: TensorInfo): number {
  return tensor.shape.reduce((a, b) => a * b, 1);
}

export function adamUpdate(heap: Heap, input: (name: string) => TensorInfo, attributes: AdamAttributes): TensorInfo[] {
  const gradient = input('gradient');
  const { beta1, beta2, epsilon, weightDecay, rates } = attributes;
  return updateInPlace(heap, [input('variable'), input('m'), input('v')], ([variable, m, v]) => {
    heap.launch('adam', [
      ...([variable, heap.address(gradient), m, v, sizeOf(gradient)] as number[]),
      ...[beta1, beta2, epsilon, () => rates().stepSize, () => rates().correction, weightDecay, 1 - beta1, 1 - beta2],
    ]);
  });
}

export function momentumUpdate(
  heap: Heap,
  input: (name: string) => TensorInfo,
  attributes: MomentumAttributes,
): TensorInfo[] {
  const gradient = input('gradient');
  const { learningRate, momentum, weightDecay } = attributes;
  return updateInPlace(heap, [input('variable'), input('velocity')], ([variable, velocity]) => {
    heap.launch('momentum', [
      ...([variable, heap.address(gradient), velocity, sizeOf(gradient)] as number[]),
      ...[learningRate, momentum, weightDecay],
    ]);
  });
}
