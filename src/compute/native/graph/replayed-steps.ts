import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { type Steps, traced, type Tracer } from '../../steps.ts';
import type { Binding, Output, TensorValues } from './binding.ts';
import type { GraphStep, StepBinding } from './step-binding.ts';
import { isPromised } from './tensor-ids.ts';

/** The part of tfjs-node's backend that knows which tensor is behind which id of its module. */
export interface NativeTensors {
  readonly tensorMap: {
    has(dataId: object): boolean;
    get(dataId: object): { readonly id: number; readonly values: TensorValues | null; readonly refCount: number };
  };
  createOutputTensor(output: Output): Tensor;
}

/** What steps of all trainings share. */
export interface Replaying {
  readonly steps: StepBinding;
  /** What `steps` is the binding of. */
  readonly binding: Binding;
  readonly backend: NativeTensors;
}

/** Steps whose graph was the same and that could still not be replayed, before it is not tried any more. */
const TRIES = 4;

/** What a step asked for that differs from step to step, in its order. */
type Question =
  | { readonly kind: 'each'; readonly run: () => void }
  | { readonly kind: 'input'; readonly values: TensorValues | null; readonly read: () => Float32Array };

class Questions implements Tracer {
  readonly all: Question[] = [];
  readonly #backend: NativeTensors;

  constructor(backend: NativeTensors) {
    this.#backend = backend;
  }

  eachStep(run: () => void): void {
    this.all.push({ kind: 'each', run });
  }

  input(tensor: Tensor, read: () => Float32Array): void {
    this.all.push({ kind: 'input', values: this.#backend.tensorMap.get(tensor.dataId).values, read });
  }
}

/**
 * Steps that run as graphs (StepBinding), and, once two in a row were the same graph on tensors whose origin is known,
 * without their JavaScript: only what they declare as different is asked for again.
 */
export class ReplayedSteps implements Steps {
  readonly #replaying: Replaying;
  readonly #graphs: Steps;
  #before: GraphStep | null = null;
  #replay: Replay | null = null;
  #tries = TRIES;

  constructor(replaying: Replaying) {
    this.#replaying = replaying;
    this.#graphs = replaying.steps.steps();
  }

  run<T extends Tensor>(body: () => T): T {
    const replayed = this.#replay?.run() ?? null;
    if (replayed !== null) return replayed as T;
    if (this.#replay !== null) this.#forget();
    if (this.#tries === 0) return this.#graphs.run(body);
    const questions = new Questions(this.#replaying.backend);
    const result = this.#graphs.run(() => traced(questions, body));
    this.#learn(questions.all, result);
    return result;
  }

  dispose(): void {
    this.#forget();
    this.#graphs.dispose();
  }

  #forget(): void {
    this.#replay?.dispose();
    this.#replay = null;
    this.#before = null;
  }

  #learn(questions: readonly Question[], result: Tensor): void {
    const step = this.#replaying.steps.latest;
    const before = this.#before;
    this.#before = step;
    if (step === null || before?.program !== step.program) return;
    try {
      this.#replay = new Replay(this.#replaying, before, step, questions, result);
    } catch (error) {
      if (!(error instanceof NotReplayable)) throw error;
      this.#tries -= 1;
      if (this.#tries === 0) {
        process.stderr.write(`The JavaScript of each step runs again, which takes longer: ${error.message}.\n`);
      }
    }
  }
}

/** Its message says of steps why their JavaScript must run each time. */
class NotReplayable extends Error {}

/** Where a feed of the graph comes from in a replayed step. */
type Source =
  | { readonly kind: 'question'; readonly index: number; readonly shape: readonly number[]; readonly dtype: number }
  /** The tensor that is behind this id, then as now. */
  | { readonly kind: 'id'; readonly id: number };

/** A variable that a step reads or changes, and the data it had after the step. */
interface Held {
  readonly variable: Variable;
  readonly dataId: object;
  readonly id: number;
  /** Whether the step changes what is behind the id. */
  readonly changes: boolean;
}

class Replay {
  readonly #replaying: Replaying;
  readonly #step: GraphStep;
  readonly #questions: readonly Question[];
  /** Of the feeds that are no states. */
  readonly #sources: readonly Source[];
  readonly #result: number;
  readonly #held: readonly Held[];
  /** Ids of tensors from outside that are no variables. */
  readonly #outside: readonly number[];
  /** Ids of tensors that only this replay knows. */
  readonly #constants: number[] = [];

  /**
   * @param before,step two steps in a row, of one graph
   * @param questions of the second
   * @param result of the second
   * @throws NotReplayable
   */
  constructor(
    replaying: Replaying,
    before: GraphStep,
    step: GraphStep,
    questions: readonly Question[],
    result: Tensor,
  ) {
    const { backend } = replaying;
    this.#replaying = replaying;
    this.#step = step;
    this.#questions = questions;
    const { feeds, fetches, states } = step.program.recording;
    this.#result = step.fetches.indexOf(backend.tensorMap.get(result.dataId).id);
    const variables = variablesById(backend);
    const held = new Map<number, Held>();
    const hold = (id: number, changes: boolean): boolean => {
      const variable = variables.get(id);
      if (variable === undefined) return false;
      held.set(id, { variable, dataId: variable.dataId, id, changes: changes || held.get(id)?.changes === true });
      return true;
    };
    const outside: number[] = [];
    const stateOf = new Map(states.map(({ feed, result: after }) => [feed, fetches.indexOf(after)]));
    const carried = new Set(step.fetches.keys());
    carried.delete(this.#result);
    const sources: Source[] = [];
    if (this.#result < 0 || states.some(({ result: after }) => after === fetches[this.#result])) {
      throw new NotReplayable('what they return is not something that they compute');
    }
    for (const [index, { spec }] of feeds.entries()) {
      const [earlier, id] = [before.feeds[index] as number, step.feeds[index] as number];
      const state = stateOf.get(index);
      const fetch = state ?? before.fetches.indexOf(id);
      const values = step.values.get(id);
      if (fetch >= 0) {
        const now = step.fetches[fetch] as number;
        const isKnown = before.fetches[fetch] === id && fetch !== this.#result && hold(now, true);
        if (!isKnown) throw new NotReplayable('they change what is no variable');
        carried.delete(fetch);
        if (state === undefined) sources.push({ kind: 'id', id: now });
      } else if (values !== undefined) {
        sources.push(this.#sourceOf(values, before.values.get(earlier), spec));
      } else {
        if (earlier !== id) throw new NotReplayable('they work on other tensors each time');
        if (!hold(id, false)) {
          if (isPromised(id)) throw new NotReplayable('they work on what another step has made');
          outside.push(id);
        }
        sources.push({ kind: 'id', id });
      }
    }
    if (carried.size > 0) throw new NotReplayable('something of every step is kept');
    this.#sources = sources;
    this.#held = [...held.values()];
    this.#outside = outside;
  }

  /** Does the step. Null, and nothing has happened, where the tensors it worked on are no longer what they were. */
  run(): Tensor | null {
    const { steps, binding, backend } = this.#replaying;
    if (!this.#isValid()) return null;
    const answers = this.#questions.map((question) => (question.kind === 'each' ? question.run() : question.read()));
    const made: number[] = [];
    try {
      const inputs = this.#sources.map((source) => {
        if (source.kind === 'id') return source.id;
        const values = answers[source.index] as Float32Array;
        const size = source.shape.reduce((a, b) => a * b, 1);
        if (values.length !== size)
          throw new RangeError(`a step was given ${values.length} numbers where it began with ${size}`);
        const id = binding.createTensor(source.shape, source.dtype, values);
        made.push(id);
        return id;
      });
      const id = steps.runAgain(this.#step, inputs, this.#result);
      return backend.createOutputTensor({ id, ...steps.specOf(id) });
    } finally {
      for (const id of made) binding.deleteTensor(id);
    }
  }

  dispose(): void {
    for (const id of this.#constants.splice(0)) this.#replaying.binding.deleteTensor(id);
  }

  #isValid(): boolean {
    const { steps, backend } = this.#replaying;
    return (
      steps.canRunAgain(this.#step) &&
      this.#outside.every((id) => steps.has(id)) &&
      this.#held.every(({ variable, dataId, id, changes }) => {
        if (variable.isDisposed || variable.dataId !== dataId) return false;
        const data = backend.tensorMap.get(dataId);
        // What somebody else holds, a snapshot, must not change behind its id.
        return data.id === id && (!changes || data.refCount === 1);
      })
    );
  }

  /** Of a tensor that the step made of values. */
  #sourceOf(
    values: TensorValues,
    earlier: TensorValues | undefined,
    { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: number },
  ): Source {
    const asked = [...this.#questions.keys()].filter((index) => {
      const question = this.#questions[index] as Question;
      return question.kind === 'input' && question.values === values;
    });
    const [index] = asked;
    if (asked.length > 1) throw new NotReplayable('two of their inputs share memory');
    if (index !== undefined) return { kind: 'question', index, shape, dtype };
    if (earlier === undefined || !sameValues(values, earlier)) {
      throw new NotReplayable('they differ in values that they do not declare');
    }
    const id = this.#replaying.binding.createTensor(shape, dtype, Float32Array.from(values as ArrayLike<number>));
    this.#constants.push(id);
    return { kind: 'id', id };
  }
}

function sameValues(a: TensorValues, b: TensorValues): boolean {
  return a.length === b.length && Array.from<unknown>(a).every((value, index) => Object.is(value, b[index]));
}

function variablesById(backend: NativeTensors): ReadonlyMap<number, Variable> {
  const variables = Object.values(engine().state.registeredVariables);
  return new Map(variables.map((variable) => [backend.tensorMap.get(variable.dataId).id, variable]));
}
