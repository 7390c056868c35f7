import type * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../models/network.ts';
import { type NextBatch, isFeed } from './batch.ts';
import type { Optimizer } from './optimizer.ts';

/** All that a step of a training changes, so that it can be saved and set back. */
export interface Resumable {
  /** What is on the backend, by name. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** What is not; fit for JSON. */
  state(): unknown;
  /** Goes on where `state` was taken; `variables` are set apart. */
  restore(state: unknown): void;
}

export interface Trained {
  /** Networks whose weights or moving averages change, by the names of their players. */
  readonly networks: Readonly<Record<string, Network>>;
  /** What moves them, by the same names. */
  readonly optimizers: Readonly<Record<string, Optimizer>>;
  readonly nextBatch: NextBatch<unknown>;
}

/** Of what was on the way when a training was saved, the part outside of the backend. */
interface State {
  readonly steps: Readonly<Record<string, number>>;
  readonly feed: unknown;
}

/** A training as something that can be continued; null where its batches come from what cannot say how far it is. */
export function resumable({ networks, optimizers, nextBatch }: Trained): Resumable | null {
  if (!isFeed(nextBatch)) return null;
  const variables = new Map<string, tf.Variable>();
  const add = (prefix: string, named: Iterable<readonly [string, tf.Variable]>): void => {
    for (const [name, variable] of named) variables.set(`${prefix}.${name}`, variable);
  };
  for (const [player, network] of Object.entries(networks)) add(player, [...network.weights, ...network.buffers]);
  for (const [player, optimizer] of Object.entries(optimizers)) add(`optimizer.${player}`, optimizer.variables);
  return {
    variables,
    state: (): State => ({
      steps: Object.fromEntries(Object.entries(optimizers).map(([player, optimizer]) => [player, optimizer.steps()])),
      feed: nextBatch.state(),
    }),
    restore(state) {
      const { steps, feed } = state as State;
      for (const [player, optimizer] of Object.entries(optimizers)) optimizer.restoreSteps(steps[player] ?? 0);
      nextBatch.restore(feed);
    },
  };
}
