import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { type Steps, traced } from '../../steps.ts';
import { OutOfMemoryError } from '../../out-of-memory.ts';
import type { Heap } from '../heap.ts';
import type { ModuleObserver, TracedBackend } from './module.ts';
import { Program } from './program.ts';
import { difference, type Recording, Trace } from './trace.ts';

/** Steps that are traced before they are given up: the first may differ because its variables do. */
const TRACES = 4;

/** What the steps of all trainings share. */
export interface Tracing {
  readonly heap: Heap;
  readonly backend: TracedBackend;
  /** Sets who is told of what the backend's module does. */
  readonly observe: (observer: ModuleObserver | null) => void;
}

/** Steps that are traced until two in a row have done the same, and replayed from then on. */
export class TracedSteps implements Steps {
  readonly #tracing: Tracing;
  #last: Recording | null = null;
  #program: Program | null = null;
  /** Left of those that may be traced; 0: steps just run. */
  #left = TRACES;

  constructor(tracing: Tracing) {
    this.#tracing = tracing;
  }

  run<T extends Tensor>(body: () => T): T {
    if (this.#program?.isValid === false) this.#begin();
    if (this.#program !== null) return this.#program.run() as T;
    return this.#left > 0 ? this.#trace(body) : body();
  }

  dispose(): void {
    this.#program?.dispose();
    this.#program = null;
    this.#last = null;
  }

  #begin(): void {
    this.dispose();
    this.#left = TRACES;
  }

  #trace<T extends Tensor>(body: () => T): T {
    const { heap, backend, observe } = this.#tracing;
    const trace = new Trace(heap, backend, variables());
    let recording: Recording | null;
    let result: T;
    heap.observer = trace;
    observe(trace);
    try {
      result = traced(trace, body);
      recording = trace.finish(result, variables());
    } finally {
      observe(null);
      heap.observer = null;
    }
    this.#left -= 1;
    if (recording === null) this.#giveUp(trace.refusal ?? 'they cannot be traced');
    else this.#compare(recording);
    return result;
  }

  #compare(recording: Recording): void {
    const why = this.#last === null ? 'too few of them were alike' : difference(this.#last, recording);
    this.#last = recording;
    if (why === null) this.#build(recording);
    else if (this.#left === 0) this.#giveUp(why);
  }

  #build(recording: Recording): void {
    const { heap, backend } = this.#tracing;
    this.#last = null;
    try {
      this.#program = new Program(recording, heap, backend);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      this.#giveUp('there is no room for what a step needs in one piece');
    }
  }

  /** Steps go on operation by operation. */
  #giveUp(why: string): void {
    this.#left = 0;
    this.#last = null;
    process.stderr.write(`Steps run operation by operation, which takes longer: ${why}.\n`);
  }
}

function variables(): Variable[] {
  return Object.values(engine().state.registeredVariables);
}
