import type { Operand } from './shapes.ts';
import { type Attribute, sameShape, type Spec, type TensorValues, UPDATE } from './binding.ts';

/** Where an operand comes from: an output of an earlier event, or a feed (event FEED, by number). Equal ones are one object. */
export interface Source {
  readonly event: number;
  readonly output: number;
}

export const FEED = -1;

/** A small tensor of whole numbers: a shape, an axis. Another value may mean outputs of another shape. */
export interface ConstantEvent {
  readonly kind: 'constant';
  readonly spec: Spec;
  readonly values: readonly number[];
  readonly makes: readonly [Source];
}

export interface OperationEvent {
  readonly kind: 'operation';
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly Spec[];
  readonly makes: readonly Source[];
}

export type Event = ConstantEvent | OperationEvent;

export interface Feed {
  readonly spec: Spec;
  readonly source: Source;
}

/** What a stretch of a step did, and what of it outlived the stretch. */
export interface Recording {
  readonly events: readonly Event[];
  /** Tensors from before, in the order of their first use. */
  readonly feeds: readonly Feed[];
  readonly fetches: readonly Source[];
  readonly states: readonly State[];
}

/** A feed that an update changes, and whose old value nobody needs any more: a weight, or a moment of one. */
export interface State {
  /** Number of the feed with its value before. */
  readonly feed: number;
  /** Its value after. */
  readonly result: Source;
}

/** Their outputs' shapes follow from values, or they are not the same twice: not to be foreseen. */
const UNFORESEEABLE =
  /^(Where|Unique|Range|ListDiff|NonMaxSuppression|Decode|Encode|Random|Multinomial|Print|Read|Assign|Var|Resource)/;

export function isForeseeable(name: string): boolean {
  return name.startsWith(UPDATE) || !UNFORESEEABLE.test(name);
}

/** Outputs of operations that outlive a segment. */
export function fetchesOf(segment: Segment): Source[] {
  return segment.events.flatMap((event, index) =>
    event.kind === 'constant'
      ? []
      : event.makes.filter((_, output) => segment.alive.has(segment.ids[index]?.[output] as number)),
  );
}

/** What a segment did, once it is over. */
export function recordingOf(segment: Segment): Recording {
  const fetches = fetchesOf(segment);
  const states = segment.events.flatMap((event) => {
    if (event.kind === 'constant' || !event.name.startsWith(UPDATE)) return [];
    const changes = event.makes.map((result, index) => ({ before: event.inputs[index] as Source, result }));
    return changes
      .filter(({ before, result }) => before.event === FEED && fetches.includes(result))
      .map(({ before, result }) => ({ feed: before.output, result }))
      .filter(({ feed }) => segment.deletedFeeds.has((segment.feeds[feed] as { id: number }).id));
  });
  // Of a value that two updates start from, each needs a copy of its own.
  const once = states.filter(({ feed }) => states.filter((other) => other.feed === feed).length === 1);
  return { events: segment.events, feeds: segment.feeds, fetches, states: once };
}

/** A stretch of a step as it goes, from its beginning or from the last value read back: which ids are what. */
export class Segment {
  readonly events: Event[] = [];
  /** The ids each event has given out. */
  readonly ids: (readonly number[])[] = [];
  readonly feeds: (Feed & { readonly id: number })[] = [];
  /** Ids of what the segment made and nobody has deleted. */
  readonly alive = new Set<number>();
  /** Feeds that nobody needs after the segment. */
  readonly deletedFeeds = new Set<number>();
  /** Ids to be deleted at its end. */
  readonly deleted: number[] = [];
  /** Whether what it made is only promised so far. */
  isPromised = true;
  readonly #sources = new Map<number, Source>();

  madeHere(id: number): boolean {
    const source = this.#sources.get(id);
    return source !== undefined && source.event !== FEED;
  }

  isFeed(id: number): boolean {
    return this.#sources.get(id)?.event === FEED;
  }

  /** The next event: an operation on these tensors. Those that the segment does not know yet become feeds. */
  operation(
    name: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    outputs: readonly Spec[],
    spec: (id: number) => Spec,
  ): OperationEvent {
    const inputs = ids.map((id) => {
      const known = this.#sources.get(id);
      if (known !== undefined) return known;
      const source = { event: FEED, output: this.feeds.length };
      this.#addFeed(id, { spec: spec(id), source });
      return source;
    });
    return {
      kind: 'operation',
      name,
      attributes,
      inputs,
      outputs,
      makes: outputs.map((_, output) => this.#next(output)),
    };
  }

  /** The next event: a constant. */
  constant(spec: Spec, values: TensorValues): ConstantEvent {
    return { kind: 'constant', spec, values: Array.from(values, Number), makes: [this.#next(0)] };
  }

  /** What is known of tensors without their values, but for constants of this segment. */
  operandsOf(ids: readonly number[], spec: (id: number) => Spec): Operand[] {
    return ids.map((id) => {
      const source = this.#sources.get(id);
      const event = source === undefined ? undefined : this.events[source.event];
      return event?.kind === 'constant' ? { ...event.spec, values: event.values } : spec(id);
    });
  }

  /** An event that has happened, or is promised, and the ids of what it made. */
  push(event: Event, ids: readonly number[]): void {
    this.events.push(event);
    this.ids.push(ids);
    event.makes.forEach((source, index) => {
      const id = ids[index] as number;
      this.#sources.set(id, source);
      this.alive.add(id);
    });
  }

  #next(output: number): Source {
    return { event: this.events.length, output };
  }

  /** What the recording did next, if it was this operation on these tensors. */
  followOperation(
    recording: Recording,
    name: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    outputs: number,
    spec: (id: number) => Spec,
  ): OperationEvent | null {
    const event = recording.events[this.events.length];
    if (event?.kind !== 'operation' || event.name !== name || event.outputs.length !== outputs) return null;
    if (event.inputs.length !== ids.length || !sameAttributes(event.attributes, attributes)) return null;
    const same = event.inputs.every((source, index) => this.#isSource(recording, ids[index] as number, source, spec));
    return same ? event : null;
  }

  /** What the recording did next, if it was to make this constant. */
  followConstant(recording: Recording, shape: readonly number[], dtype: number, values: TensorValues): Event | null {
    const event = recording.events[this.events.length];
    if (event?.kind !== 'constant' || event.spec.dtype !== dtype || !sameShape(event.spec.shape, shape)) return null;
    if (event.values.length !== values.length) return null;
    return event.values.every((value, index) => value === Number(values[index])) ? event : null;
  }

  idOf({ event, output }: Source): number {
    return (event === FEED ? this.feeds[output]?.id : this.ids[event]?.[output]) as number;
  }

  #isSource(recording: Recording, id: number, source: Source, spec: (id: number) => Spec): boolean {
    const known = this.#sources.get(id);
    if (known !== undefined) return known === source;
    // A tensor from before: in the recording it must have been met for the first time at this place, too.
    const feed =
      source.event === FEED && source.output === this.feeds.length ? recording.feeds[source.output] : undefined;
    if (feed === undefined) return false;
    const { shape, dtype } = spec(id);
    if (dtype !== feed.spec.dtype || !sameShape(shape, feed.spec.shape)) return false;
    this.#addFeed(id, feed);
    return true;
  }

  #addFeed(id: number, feed: Feed): void {
    this.feeds.push({ ...feed, id });
    this.#sources.set(id, feed.source);
  }
}

function sameAttributes(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  return a.length === b.length && a.every((attribute, index) => isSame(attribute, b[index] as Attribute));
}

function isSame(a: Attribute, b: Attribute): boolean {
  if (a.name !== b.name || a.type !== b.type) return false;
  if (a.value === b.value) return true;
  if (!Array.isArray(a.value) || !Array.isArray(b.value)) return false;
  const other = b.value as readonly unknown[];
  return a.value.length === other.length && a.value.every((value, index) => value === other[index]);
}
