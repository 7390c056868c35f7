import type { Lifetime } from './lifetimes.ts';

/** Blocks begin at multiples of a cache line, and the widest vector load past an end stays inside of its part. */
const ALIGNMENT = 64;

/** Bytes of a part at least. Parts fit the gaps of memory that was in use before, which one large piece would not. */
export const PART = 2 ** 22;

export interface Arena {
  /** Of each piece: in which part it lies, and how many bytes from its beginning. */
  readonly places: readonly Place[];
  /** Bytes of each part. */
  readonly parts: readonly number[];
}

export interface Place {
  readonly part: number;
  readonly offset: number;
}

export interface Piece extends Lifetime {
  readonly bytes: number;
}

/**
 * Lays pieces of memory out so that no two overlap that are in use at the same time: the largest first, each in the
 * first part and at the lowest place there that is free all its life ("greedy by size", Pisarchyk and Lee 2020). What
 * fits in no part begins another one, of its own size.
 *
 * @param least bytes of a part at least
 */
export function layOut(pieces: readonly Piece[], least = PART): Arena {
  const size = ({ bytes }: Piece): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
  const order = [...pieces.keys()].sort((a, b) => size(pieces[b] as Piece) - size(pieces[a] as Piece) || a - b);
  const parts: Part[] = [];
  const places = new Array<Place>(pieces.length);
  for (const index of order) {
    const piece = pieces[index] as Piece;
    places[index] = place(parts, piece, size(piece)) ?? open(parts, piece, size(piece), least);
  }
  return { places, parts: parts.map(({ used }) => used + ALIGNMENT) };
}

interface Part {
  readonly bytes: number;
  /** Bytes from its beginning beyond which no piece reaches. */
  used: number;
  /** Pieces that have their places, in the order of these. */
  readonly placed: Placed[];
}

interface Placed extends Lifetime {
  readonly from: number;
  readonly to: number;
}

/** Puts a piece where there is room for it in a part that is there; null where there is none. */
function place(parts: readonly Part[], piece: Lifetime, size: number): Place | null {
  for (const [index, part] of parts.entries()) {
    const offset = lowestPlace(part.placed, piece, size);
    if (offset + size > part.bytes) continue;
    part.placed.splice(insertion(part.placed, offset), 0, { ...piece, from: offset, to: offset + size });
    part.used = Math.max(part.used, offset + size);
    return { part: index, offset };
  }
  return null;
}

function open(parts: Part[], piece: Lifetime, size: number, least: number): Place {
  parts.push({ bytes: Math.max(size, least), used: size, placed: [{ ...piece, from: 0, to: size }] });
  return { part: parts.length - 1, offset: 0 };
}

function lowestPlace(placed: readonly Placed[], { first, last }: Lifetime, size: number): number {
  let at = 0;
  for (const other of placed) {
    if (other.first > last || other.last < first) continue;
    if (other.from >= at + size) break;
    at = Math.max(at, other.to);
  }
  return at;
}

/** Where a place stands in the order of places. */
function insertion(placed: readonly Placed[], at: number): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle] as Placed).from <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
