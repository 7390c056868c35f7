import type { Spec } from './binding.ts';

/** Ids from here on are ours; TensorFlow's module counts from 0. */
const FIRST = 2 ** 30;

/** Whether an id was given out before its tensor was there; others are never given out again. */
export function isPromised(id: number): boolean {
  return id >= FIRST;
}

/**
 * The ids by which the backend knows its tensors, where some of them have not been computed yet: a promised id is as
 * good as any other until somebody needs the values.
 */
export class TensorIds {
  readonly #specs = new Map<number, Spec>();
  /** TensorFlow's own id of those that are known by another, or have none. */
  readonly #kept = new Map<number, number | null>();
  readonly #free: number[] = [];
  #next = FIRST;

  /** A tensor that is there. */
  add(id: number, spec: Spec): void {
    this.#specs.set(id, spec);
  }

  /** The id of a tensor that will be there later. */
  promise(spec: Spec): number {
    const id = this.#free.pop() ?? this.#next++;
    this.#specs.set(id, spec);
    return id;
  }

  /** Says which of TensorFlow's tensors stands behind an id from now on; null: none for now. */
  keep(id: number, real: number | null): void {
    this.#kept.set(id, real);
  }

  /** TensorFlow's id; null where there is no tensor for now. */
  real(id: number): number | null {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    return isPromised(id) ? null : id;
  }

  spec(id: number): Spec | undefined {
    return this.#specs.get(id);
  }

  /** After a tensor is gone. */
  forget(id: number): void {
    if (isPromised(id) && this.#specs.has(id)) this.#free.push(id);
    this.#specs.delete(id);
    this.#kept.delete(id);
  }
}
