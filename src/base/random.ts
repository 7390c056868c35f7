import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { log } from './deterministic-math.ts';

/**
 * A seeded stream of random numbers, the same on every machine. It is always an argument: nothing in this project
 * draws from a global generator.
 */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** Standard normal: mean 0, standard deviation 1. */
  normal(): number;
  /** A new array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** One of the items. Throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /**
   * An independent stream named by a label. It depends on this stream's seed and the label only, not on how much was
   * drawn before, so that adding a draw in one place does not move every other place.
   */
  fork(label: string | number): Random;
  /** Everything needed to go on later with `restoreRandom`. */
  state(): RandomState;
}

/** A snapshot of a stream, safe to write as JSON. */
export interface RandomState {
  readonly seed: number;
  readonly words: readonly number[];
  readonly spare: number | null;
}

/**
 * 32-bit FNV-1a with a final avalanche, to derive seeds from labels. The seed is hashed as text before the label: were
 * it mixed into the start by XOR, seed 3 with label "4" would give what seed 7 with label "0" gives.
 */
function mix(seed: number, label: string): number {
  const text = `${seed} ${label}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

type Generator = ReturnType<typeof xoroshiro128plus>;

class SeededRandom implements Random {
  readonly #seed: number;
  readonly #generator: Generator;
  #spare: number | null;

  constructor(seed: number, generator: Generator, spare: number | null) {
    this.#seed = seed;
    this.#generator = generator;
    this.#spare = spare;
  }

  uniform(): number {
    return (this.#generator.next() >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new RangeError(`integer(below) needs a whole number from 1 to 2^32, not ${below}`);
    }
    return Math.floor(this.uniform() * below);
  }

  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    // Marsaglia's polar method: no sine or cosine.
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt((-2 * log(square)) / square);
      this.#spare = y * scale;
      return x * scale;
    }
  }

  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const a = result[i] as T;
      result[i] = result[j] as T;
      result[j] = a;
    }
    return result;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('pick needs at least one item');
    return items[this.integer(items.length)] as T;
  }

  fork(label: string | number): Random {
    return createRandom(mix(this.#seed, String(label)));
  }

  state(): RandomState {
    return { seed: this.#seed, words: this.#generator.getState(), spare: this.#spare };
  }
}

/** A stream from a seed (any finite number; only its 32 low bits count). */
export function createRandom(seed: number): Random {
  if (!Number.isFinite(seed)) throw new RangeError(`a seed must be a finite number, not ${seed}`);
  return new SeededRandom(seed | 0, xoroshiro128plus(mix(seed | 0, 'seed')), null);
}

/** Continues a stream exactly where `state()` was taken. */
export function restoreRandom(state: RandomState): Random {
  return new SeededRandom(state.seed, xoroshiro128plusFromState(state.words), state.spare);
}
