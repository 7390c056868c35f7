import {
  type Attribute,
  type Binding,
  type Output,
  type Spec,
  sameShape,
  type TensorValues,
  UPDATE,
} from './binding.ts';
import type { Messages } from './messages.ts';
import { Program } from './program.ts';
import {
  type ConstantEvent,
  type Event,
  fetchesOf,
  isForeseeable,
  type Recording,
  recordingOf,
  Segment,
} from './segment.ts';
import { foresee } from './shapes.ts';
import { TensorIds } from './tensor-ids.ts';

/** How often a stretch of a step may turn out to be another one before it is run operation by operation for good. */
const RECORDINGS = 6;

/** States are copied when they are set. All at once would take as much memory again. */
const SET_AT_ONCE = 16;

/** What is known of one stretch of the steps of a training. */
interface Stretch {
  program: Program | null;
  recordings: number;
}

/** A step that ran as one graph from its beginning to its end, and by which ids its tensors were known. */
export interface GraphStep {
  readonly program: Program;
  /** In the order of the recording's feeds, and of its fetches. */
  readonly feeds: readonly number[];
  readonly fetches: readonly number[];
  /** The floats it was given as values, by their ids. */
  readonly values: ReadonlyMap<number, TensorValues>;
}

/**
 * tfjs-node's compiled module with a way to run a step of a training as one graph.
 *
 * The JavaScript of a step runs as always, but its operations only promise their outputs, whose shapes follow from
 * their operands. At the end of the step what they would have done is made into a graph, which is kept: a later step
 * that does the same on other tensors of the same shapes runs it again. Its feeds are the batch and all other tensors
 * from before; weights and their moments stay in the graph from step to step, and change in place. Where an output cannot
 * be foreseen, what was promised is computed operation by operation, and the rest of the step as well; values are right in
 * any case. A value that is read back in the middle cuts a step into stretches, each with its own graph.
 *
 * TensorFlow runs independent parts of a graph on several threads, and an operation of a graph costs a fraction of
 * what a single one does.
 */
export class StepBinding {
  readonly #binding: Binding;
  readonly #messages: Messages | null;
  readonly #ids = new TensorIds();
  /** Ids whose value is a state of a program. */
  readonly #held = new Map<number, { readonly program: Program; readonly state: number }>();
  /** Of operations that change resources, when they are run by themselves. */
  readonly #handles: number[] = [];
  #segment: Segment | null = null;
  #program: Program | null = null;
  #stretches: Stretch[] = [];
  #at = 0;
  /** An operation of the segment whose outputs cannot be foreseen. */
  #unforeseeable: string | null = null;
  #values = new Map<number, TensorValues>();
  #whole: GraphStep | null = null;

  /** @param messages what graphs are written with; null: operations run one by one always */
  constructor(binding: Binding, messages: Messages | null) {
    this.#binding = binding;
    this.#messages = messages;
  }

  /** What the backend is to call in place of the module. */
  binding(): Binding {
    const replaced: Partial<Binding> = {
      executeOp: this.#executeOp.bind(this),
      createTensor: this.#createTensor.bind(this),
      deleteTensor: this.#deleteTensor.bind(this),
      tensorDataSync: this.#tensorDataSync.bind(this),
      runSavedModel: (model, inputs, feeds, fetches) =>
        this.#binding.runSavedModel(model, this.#reals(inputs), feeds, fetches).map((output) => this.#added(output)),
    };
    // All else comes from the module itself, whose properties cannot be written.
    const properties = Object.entries(replaced).map(([name, value]) => [name, { value }]);
    return Object.create(this.#binding, Object.fromEntries(properties) as PropertyDescriptorMap) as Binding;
  }

  steps(): { run<T>(body: () => T): T; dispose(): void } {
    const stretches: Stretch[] = [];
    return {
      run: (body) => this.#runStep(stretches, body),
      dispose: () => {
        for (const stretch of stretches.splice(0)) this.#drop(stretch);
      },
    };
  }

  /** The step that has just ended, where it was one graph and nothing but tensors of floats outlived it. */
  get latest(): GraphStep | null {
    return this.#whole;
  }

  /** Whether there is a tensor of this id. */
  has(id: number): boolean {
    return this.#ids.spec(id) !== undefined;
  }

  specOf(id: number): Spec {
    return this.#spec(id);
  }

  /** Whether the states of a step's program are still known by the ids that the step gave them. */
  canRunAgain({ program, fetches }: GraphStep): boolean {
    const { recording, holders } = program;
    return recording.states.every(({ result }, state) => holders[state] === fetches[recording.fetches.indexOf(result)]);
  }

  /**
   * Runs the graph of a step again without its JavaScript. What it gives is from then on behind the same ids as before,
   * but for the result.
   *
   * @param inputs ids of the feeds that are no states
   * @param result number of the fetch that gets an id of its own
   * @returns that id
   */
  runAgain({ program, fetches }: GraphStep, inputs: readonly number[], result: number): number {
    const { recording, holders } = program;
    const states = new Set(recording.states.map(({ result: source }) => source));
    // No tensor may share the memory of what changes in place.
    for (const id of holders) if (id !== null) this.#withdraw(id);
    const outputs = program.step(this.#reals(inputs));
    const ids = recording.fetches.flatMap((source, fetch) => (states.has(source) ? [] : [fetch]));
    let made = 0;
    ids.forEach((fetch, index) => {
      const output = outputs[index] as Output;
      if (fetch === result) {
        made = this.#added(output).id;
        return;
      }
      const id = fetches[fetch] as number;
      this.#withdraw(id);
      this.#keep(id, output);
    });
    return made;
  }

  #runStep<T>(stretches: Stretch[], body: () => T): T {
    if (this.#messages === null) return body();
    if (this.#segment !== null) throw new Error('a step was begun within a step');
    this.#stretches = stretches;
    this.#at = 0;
    this.#values = new Map();
    this.#begin();
    try {
      const result = body();
      this.#finish();
      return result;
    } catch (error) {
      this.#whole = null;
      this.#abandon();
      throw error;
    }
  }

  #begin(): void {
    const stretch = (this.#stretches[this.#at] ??= { program: null, recordings: 0 });
    this.#unforeseeable = null;
    this.#program = stretch.program;
    this.#segment = this.#program === null && stretch.recordings >= RECORDINGS ? null : new Segment();
  }

  #executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Output[] {
    const segment = this.#segment;
    if (segment === null) return this.#execute(name, attributes, inputs, outputs);
    if (this.#program !== null) {
      const { recording } = this.#program;
      const event = segment.followOperation(recording, name, attributes, inputs, outputs, this.#spec);
      if (event !== null) return this.#promise(segment, event);
      // Another step than the one that was recorded: up to here they were the same.
      this.#program = null;
    }
    if (segment.isPromised) {
      const specs = foresee(name, attributes, segment.operandsOf(inputs, this.#spec), outputs, this.#binding);
      if (specs !== null) return this.#promise(segment, segment.operation(name, attributes, inputs, specs, this.#spec));
      this.#compute(segment);
    }
    const made = this.#execute(name, attributes, inputs, outputs);
    segment.push(segment.operation(name, attributes, inputs, made.map(specOf), this.#spec), made.map(({ id }) => id)); // prettier-ignore
    if (!isForeseeable(name)) this.#unforeseeable = name;
    return made;
  }

  #createTensor(shape: readonly number[], dtype: number, values: TensorValues): number {
    const segment = this.#isConstant(dtype) ? this.#segment : null;
    if (segment !== null && this.#program !== null) {
      const event = segment.followConstant(this.#program.recording, shape, dtype, values);
      if (event !== null) return (this.#promise(segment, event)[0] as Output).id;
      this.#program = null;
    }
    const event = segment?.constant({ shape, dtype }, values);
    if (event !== undefined && segment?.isPromised === true) return (this.#promise(segment, event)[0] as Output).id;
    const id = this.#binding.createTensor(shape, dtype, values);
    this.#ids.add(id, { shape, dtype });
    if (this.#segment !== null) this.#values.set(id, values);
    if (event !== undefined) segment?.push(event, [id]);
    return id;
  }

  #deleteTensor(id: number): void {
    const segment = this.#segment;
    if (segment === null) {
      this.#delete(id);
      return;
    }
    segment.alive.delete(id);
    if (segment.isFeed(id)) segment.deletedFeeds.add(id);
    // What a graph is fed with must be there until it has run, and a promised id must not be given out twice.
    const isNeeded = segment.isPromised && (segment.isFeed(id) || segment.madeHere(id));
    if (isNeeded) segment.deleted.push(id);
    else this.#delete(id);
  }

  #tensorDataSync(id: number): unknown {
    if (this.#segment?.madeHere(id) === true) {
      this.#finish();
      this.#at += 1;
      this.#begin();
    }
    return this.#binding.tensorDataSync(this.#real(id));
  }

  /** Small tensors of whole numbers, which say what an operation does rather than what it does it to. */
  #isConstant(dtype: number): boolean {
    const { TF_INT32, TF_INT64, TF_BOOL } = this.#binding;
    return dtype === TF_INT32 || dtype === TF_INT64 || dtype === TF_BOOL;
  }

  #promise(segment: Segment, event: Event): Output[] {
    const specs = event.kind === 'constant' ? [event.spec] : event.outputs;
    const outputs = specs.map((spec) => ({ shape: spec.shape, dtype: spec.dtype, id: this.#ids.promise(spec) }));
    segment.push(event, outputs.map(({ id }) => id)); // prettier-ignore
    return outputs;
  }

  /** Ends a stretch: afterwards there is a tensor behind every id that was given out and not deleted. */
  #finish(): void {
    const segment = this.#segment;
    this.#whole = null;
    if (segment === null) return;
    const program = this.#program;
    if (program !== null && isAllOf(program.recording, segment)) this.#runGraph(segment, program);
    else this.#record(segment);
    this.#release(segment);
  }

  /** After an error in the middle of a step: what is still referred to is computed, if that can be. */
  #abandon(): void {
    const segment = this.#segment;
    if (segment === null) return;
    try {
      if (segment.isPromised) this.#compute(segment);
    } catch {
      // The error that ended the step says more.
    } finally {
      this.#release(segment);
    }
  }

  #release(segment: Segment): void {
    this.#segment = null;
    this.#program = null;
    for (const id of segment.deleted) this.#delete(id);
  }

  /** Computes what was promised, operation by operation. From there on nothing is promised in this segment. */
  #compute(segment: Segment): void {
    segment.isPromised = false;
    segment.events.forEach((event, index) => {
      const ids = segment.ids[index] as readonly number[];
      const inputs = event.kind === 'constant' ? [] : event.inputs.map((source) => segment.idOf(source));
      const made =
        event.kind === 'constant'
          ? [this.#makeConstant(event)]
          : this.#executed(event.name, event.attributes, inputs, event.outputs.length).map(({ id }) => id);
      ids.forEach((id, output) => this.#ids.keep(id, made[output] as number));
    });
  }

  /** Makes a graph of a segment that was not as the one before, and runs it where nothing is computed yet. */
  #record(segment: Segment): void {
    const stretch = this.#stretches[this.#at] as Stretch;
    const recording = recordingOf(segment);
    if (recording.fetches.length === 0) {
      this.#makeConstants(segment);
      return;
    }
    stretch.recordings += 1;
    this.#drop(stretch);
    if (this.#unforeseeable !== null) this.#giveUp(stretch, `what ${this.#unforeseeable} gives cannot be foreseen`);
    else if (stretch.recordings === RECORDINGS) this.#giveUp(stretch, `${RECORDINGS} of them were all different`);
    else stretch.program = this.#programOf(stretch, recording);
    if (!segment.isPromised) return;
    if (stretch.program === null) this.#compute(segment);
    else this.#runGraph(segment, stretch.program);
  }

  /** A stretch goes on operation by operation, as without graphs. */
  #giveUp(stretch: Stretch, why: string): void {
    stretch.recordings = RECORDINGS;
    process.stderr.write(
      `This training is slower than it could be: its steps do not run as one graph of TensorFlow (${why}).\n`,
    );
  }

  /** The graph of a recording, if TensorFlow takes it. */
  #programOf(stretch: Stretch, recording: Recording): Program | null {
    try {
      return new Program(recording, this.#messages as Messages, this.#binding);
    } catch (error) {
      this.#giveUp(stretch, error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  #runGraph(segment: Segment, program: Program): void {
    const { feeds, fetches, states } = program.recording;
    this.#setStates(segment, program);
    const stateFeeds = new Set(states.map(({ feed }) => feed));
    const inputs = feeds.flatMap((_, index) => (stateFeeds.has(index) ? [] : [this.#real(segment.feeds[index]?.id as number)])); // prettier-ignore
    const outputs = program.step(inputs);
    const results = new Map(states.map(({ result }, state) => [result, state]));
    let next = 0;
    fetches.forEach((source) => {
      const id = segment.idOf(source);
      const state = results.get(source);
      if (state === undefined) this.#keep(id, outputs[next++] as Output);
      else this.#hold(program, state, segment.alive.has(id) ? id : null);
    });
    this.#makeConstants(segment);
    const keepsConstants = segment.events.some(
      ({ kind }, index) => kind === 'constant' && segment.alive.has(segment.ids[index]?.[0] as number),
    );
    if (this.#at > 0 || keepsConstants) return;
    this.#whole = {
      program,
      feeds: segment.feeds.map(({ id }) => id),
      fetches: fetches.map((source) => segment.idOf(source)),
      values: this.#values,
    };
  }

  /** Makes the promised constants that somebody keeps. */
  #makeConstants(segment: Segment): void {
    for (const [index, event] of segment.events.entries()) {
      const id = segment.ids[index]?.[0] as number;
      if (event.kind !== 'constant' || !segment.alive.has(id) || this.#ids.real(id) !== null) continue;
      this.#ids.keep(id, this.#makeConstant(event));
    }
  }

  /** Puts what a graph has made behind the id that was promised for it. */
  #keep(id: number, { id: real, shape }: Output): void {
    const foreseen = this.#spec(id).shape;
    if (!sameShape(shape, foreseen)) {
      throw new Error(
        `TensorFlow gave [${shape.join()}] where [${foreseen.join()}] was foreseen, by a mistake of shapes.ts`,
      );
    }
    this.#ids.keep(id, real);
  }

  #makeConstant({ spec: { shape, dtype }, values }: ConstantEvent): number {
    const array = dtype === this.#binding.TF_BOOL ? Uint8Array.from(values) : Int32Array.from(values);
    return this.#binding.createTensor(shape, dtype, array);
  }

  /** Sees to it that the states of a program are what a segment's feeds say, and can be changed in place. */
  #setStates(segment: Segment, program: Program): void {
    const feeds = program.recording.states.map(({ feed }) => segment.feeds[feed]?.id as number);
    const deleted = segment.deletedFeeds;
    const unset = feeds.flatMap((id, state) => (program.holders[state] === id ? [] : [{ state, id }]));
    for (let start = 0; start < unset.length; start += SET_AT_ONCE) {
      const some = unset.slice(start, start + SET_AT_ONCE);
      program.set(some.map(({ state, id }) => ({ state, value: this.#real(id) })));
      for (const { id } of some) if (deleted.has(id)) this.#withdraw(id);
    }
    if (feeds.some((id) => !deleted.has(id) && this.#ids.real(id) === null)) this.#readStates(program);
    // No tensor may share the memory of those that nobody needs any more.
    for (const id of feeds) if (deleted.has(id)) this.#withdraw(id);
  }

  /** Notes that the value behind an id is a program's state; with null, that nobody knows the state. */
  #hold(program: Program, state: number, id: number | null): void {
    const before = program.holders[state] ?? null;
    if (before !== null) this.#held.delete(before);
    program.holders[state] = id;
    if (id !== null) this.#held.set(id, { program, state });
  }

  /** Makes tensors of all states of a program that are known outside. */
  #readStates(program: Program): void {
    program.read().forEach(({ id: real }, state) => {
      const id = program.holders[state] ?? null;
      if (id === null || this.#ids.real(id) !== null) this.#binding.deleteTensor(real);
      else this.#ids.keep(id, real);
    });
  }

  /** Forgets the graph of a stretch, but not what it holds. */
  #drop(stretch: Stretch): void {
    const { program } = stretch;
    if (program === null) return;
    if (program.holders.some((id) => id !== null)) this.#readStates(program);
    program.holders.forEach((_, state) => this.#hold(program, state, null));
    program.dispose();
    stretch.program = null;
  }

  /** Deletes the tensor behind an id, if there is one; the id stays. */
  #withdraw(id: number): void {
    const real = this.#ids.real(id);
    if (real !== null) this.#binding.deleteTensor(real);
    this.#ids.keep(id, null);
  }

  #execute(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Output[] {
    return this.#executed(name, attributes, inputs, outputs).map((output) => this.#added(output));
  }

  #executed(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Output[] {
    const reals = this.#reals(inputs);
    return name.startsWith(UPDATE)
      ? this.#update(name.slice(UPDATE.length), attributes, reals, outputs)
      : this.#binding.executeOp(name, attributes, reals, outputs);
  }

  /** An operation that changes resources, run on copies: the states are put into resources that all updates share. */
  #update(name: string, attributes: readonly Attribute[], inputs: readonly number[], states: number): Output[] {
    const { TF_ATTR_TYPE, TF_FLOAT } = this.#binding;
    const dtype = { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT };
    const handles = inputs.slice(0, states).map((state, index) => {
      const handle = (this.#handles[index] ??= this.#makeHandle(index, dtype));
      this.#binding.executeOp('AssignVariableOp', [dtype], [handle, state], 0);
      return handle;
    });
    this.#binding.executeOp(name, attributes, [...handles, ...inputs.slice(states)], 0);
    return handles.map((handle) => this.#binding.executeOp('ReadVariableOp', [dtype], [handle], 1)[0] as Output);
  }

  #makeHandle(index: number, dtype: Attribute): number {
    const { TF_ATTR_SHAPE, TF_ATTR_STRING } = this.#binding;
    const attributes = [
      dtype,
      // A promise that only graphs ask for.
      { name: 'shape', type: TF_ATTR_SHAPE, value: [] },
      { name: 'container', type: TF_ATTR_STRING, value: '' },
      { name: 'shared_name', type: TF_ATTR_STRING, value: `update-${index}` },
    ];
    return (this.#binding.executeOp('VarHandleOp', attributes, [], 1)[0] as Output).id;
  }

  #added(output: Output): Output {
    this.#ids.add(output.id, specOf(output));
    return output;
  }

  #delete(id: number): void {
    const real = this.#ids.real(id);
    const held = this.#held.get(id);
    if (held !== undefined) this.#hold(held.program, held.state, null);
    this.#ids.forget(id);
    if (real !== null) this.#binding.deleteTensor(real);
  }

  #reals(ids: readonly number[]): number[] {
    return ids.map((id) => this.#real(id));
  }

  #real(id: number): number {
    const held = this.#held.get(id);
    if (held !== undefined && this.#ids.real(id) === null) this.#readStates(held.program);
    const real = this.#ids.real(id);
    if (real === null) throw new Error('a tensor was asked for whose step ended in an error');
    return real;
  }

  readonly #spec = (id: number): Spec => {
    const spec = this.#ids.spec(id);
    if (spec === undefined) throw new Error(`nothing is known of the tensor ${id}`);
    return spec;
  };
}

function specOf({ shape, dtype }: Output): Spec {
  return { shape, dtype };
}

/** Whether a segment did all that was recorded, and needs nothing that the recording does not fetch. */
function isAllOf(recording: Recording, segment: Segment): boolean {
  if (segment.events.length !== recording.events.length) return false;
  const fetched = new Set(recording.fetches);
  return fetchesOf(segment).every((source) => fetched.has(source));
}
