import type { Lifetime } from './lifetimes.ts';

/** Blocks begin at multiples of a cache line, and the widest vector load past an end stays inside of the arena. */
const ALIGNMENT = 64;

export interface Arena {
  /** Of each piece, in bytes from the beginning. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

export interface Piece extends Lifetime {
  readonly bytes: number;
}

/**
 * Lays pieces of memory out in one so that no two overlap that are in use at the same time: the largest first, each at
 * the lowest place that is free all its life ("greedy by size", Pisarchyk and Lee 2020).
 */
export function layOut(pieces: readonly Piece[]): Arena {
  const offsets = new Array<number>(pieces.length).fill(0);
  const order = [...pieces.keys()].sort((a, b) => (pieces[b] as Piece).bytes - (pieces[a] as Piece).bytes || a - b);
  /** Pieces that have a place, by their places. */
  const placed: { readonly from: number; readonly to: number; readonly first: number; readonly last: number }[] = [];
  let total = 0;
  for (const index of order) {
    const { first, last, bytes } = pieces[index] as Piece;
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    let at = 0;
    for (const other of placed) {
      if (other.first > last || other.last < first) continue;
      if (other.from >= at + size) break;
      at = Math.max(at, other.to);
    }
    offsets[index] = at;
    total = Math.max(total, at + size);
    placed.splice(insertion(placed, at), 0, { from: at, to: at + size, first, last });
  }
  return { offsets, bytes: total + ALIGNMENT };
}

function insertion(placed: readonly { readonly from: number }[], at: number): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle] as { readonly from: number }).from <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
