import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Binding, Output } from './binding.ts';
import type { Messages } from './messages.ts';
import { type SavedModel, savedModel, TAG } from './saved-model.ts';
import type { Recording } from './segment.ts';

/** A recording as a graph that TensorFlow holds, with its states. All ids are TensorFlow's. */
export class Program {
  readonly recording: Recording;
  /** By which id each state is known outside; null where nobody knows it. For the owner of the program. */
  readonly holders: (number | null)[];
  readonly #binding: Binding;
  readonly #model: number;
  readonly #names: Omit<SavedModel, 'bytes'>;
  readonly #feeds: string;
  readonly #fetches: string;

  /** Throws where TensorFlow does not take the graph, or no temporary file can be written. */
  constructor(recording: Recording, messages: Messages, binding: Binding) {
    const { bytes, ...names } = savedModel(recording, messages, binding);
    const states = new Set(recording.states.map(({ feed }) => feed));
    this.recording = recording;
    this.holders = recording.states.map(() => null);
    this.#binding = binding;
    this.#names = names;
    this.#feeds = names.feeds.filter((_, index) => !states.has(index)).join();
    this.#fetches = [...names.fetches, names.done].join();
    const directory = mkdtempSync(path.join(tmpdir(), 'training-step-'));
    try {
      writeFileSync(path.join(directory, 'saved_model.pb'), bytes);
      this.#model = binding.loadSavedModel(directory, TAG);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  /** Gives some states, by their numbers, the values of tensors. */
  set(states: readonly { readonly state: number; readonly value: number }[]): void {
    if (states.length === 0) return;
    const feeds = states.map(({ state }) => this.#names.feeds[this.recording.states[state]?.feed as number]);
    const ready = states.map(({ state }) => this.#names.states[state]?.set);
    this.#forget(this.#run(states.map(({ value }) => value), feeds.join(), ready.join())); // prettier-ignore
  }

  /** The values of all states. They share the states' memory until one of the two changes. */
  read(): Output[] {
    return this.#run([], '', this.#names.states.map(({ value }) => value).join());
  }

  /**
   * Runs a step. Its states are set, and changed in place where no tensor shares their memory.
   *
   * @param inputs the feeds that are no states
   * @returns the fetches that are no states
   */
  step(inputs: readonly number[]): Output[] {
    const outputs = this.#run(inputs, this.#feeds, this.#fetches);
    this.#forget(outputs.splice(-1));
    return outputs;
  }

  dispose(): void {
    this.#binding.deleteSavedModel(this.#model);
  }

  #run(inputs: readonly number[], feeds: string, fetches: string): Output[] {
    return this.#binding.runSavedModel(this.#model, inputs, feeds, fetches);
  }

  #forget(outputs: readonly Output[]): void {
    for (const { id } of outputs) this.#binding.deleteTensor(id);
  }
}
