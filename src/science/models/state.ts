import * as tf from '@tensorflow/tfjs-core';
import type { Network } from './network.ts';

/** A tensor of a network, as a checkpoint file holds it. */
export interface StoredTensor {
  readonly dtype: 'float32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by name, as they are read from a file: of any type, for it may be anybody's. */
export type TensorMap = ReadonlyMap<
  string,
  { readonly dtype: string; readonly shape: readonly number[]; readonly data: ArrayBufferView }
>;

/** A checkpoint does not fit the network it is read into. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
}

/** All weights and buffers of a network, each name behind `prefix` (`generator.`). */
export function exportTensors(network: Network, prefix: string): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, variable] of [...network.weights, ...network.buffers]) {
    tensors.set(prefix + name, {
      dtype: 'float32',
      shape: [...variable.shape],
      data: Float32Array.from(variable.dataSync<'float32'>()),
    });
  }
  return tensors;
}

/**
 * Sets all weights and buffers of a network from a checkpoint. Tensors of other names are left alone.
 *
 * @param mayMiss names (without prefix) that keep their start where the checkpoint has none
 * @throws CheckpointError naming the first tensor that is missing, or has another shape
 */
export function importTensors(
  network: Network,
  tensors: TensorMap,
  prefix: string,
  mayMiss: (name: string) => boolean = () => false,
): void {
  for (const [name, variable] of [...network.weights, ...network.buffers]) {
    const stored = tensors.get(prefix + name);
    if (stored === undefined) {
      if (mayMiss(name)) continue;
      const present = [...tensors.keys()].slice(0, 3).join(', ');
      throw new CheckpointError(
        `expected a tensor ${prefix + name} in the checkpoint, found ${tensors.size} others (${present}, ...). ` +
          'It was trained with another net, normalization or dense: train it again with the same params.',
      );
    }
    if (!(stored.data instanceof Float32Array) || stored.shape.join() !== variable.shape.join()) {
      throw new CheckpointError(
        `expected ${prefix + name} as float32 [${variable.shape.join()}], found ${stored.dtype} [${stored.shape.join()}]. ` +
          'The checkpoint was trained with another width, size or number of classes: train it again with the same params.',
      );
    }
    const values = tf.tensor(stored.data, variable.shape, 'float32');
    variable.assign(values);
    values.dispose();
  }
}
