import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Binding, Output } from './binding.ts';
import type { Messages } from './messages.ts';
import { savedModel, TAG } from './saved-model.ts';
import type { Recording } from './segment.ts';

/** A recording as a graph that TensorFlow holds. */
export class Program {
  readonly recording: Recording;
  readonly #binding: Binding;
  readonly #model: number;
  readonly #feeds: string;
  readonly #fetches: string;

  /** Throws where TensorFlow does not take the graph, or no temporary file can be written. */
  constructor(recording: Recording, messages: Messages, binding: Binding) {
    const { bytes, feeds, fetches } = savedModel(recording, messages, binding);
    this.recording = recording;
    this.#binding = binding;
    this.#feeds = feeds;
    this.#fetches = fetches;
    const directory = mkdtempSync(path.join(tmpdir(), 'training-step-'));
    try {
      writeFileSync(path.join(directory, 'saved_model.pb'), bytes);
      this.#model = binding.loadSavedModel(directory, TAG);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  /**
   * @param inputs TensorFlow's ids of the feeds
   * @returns the fetches, in the order of the recording
   */
  run(inputs: readonly number[]): Output[] {
    return this.#binding.runSavedModel(this.#model, inputs, this.#feeds, this.#fetches);
  }

  dispose(): void {
    this.#binding.deleteSavedModel(this.#model);
  }
}
