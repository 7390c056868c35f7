import type { PictureRows } from '../../../../src/science/data/prepared/picture-rows.ts';
import type { PairSet } from '../../../../src/science/data/prepared/prepared.ts';

/** The bytes of all pictures, one after the other. */
export function pixelsOf(rows: PictureRows): Uint8Array {
  return Uint8Array.from(Array.from({ length: rows.count }, (_, index) => [...rows.at(index)]).flat());
}

/** A set that can be compared with another. */
export function inFull(set: PairSet): unknown {
  return { ...set, peaks: pixelsOf(set.peaks), weaks: pixelsOf(set.weaks) };
}
