import type { Digest } from '../contents/digest.ts';

/** The outcome of a transfer: numbers of objects, and bytes that were copied. */
export interface Transfer {
  readonly copied: number;
  readonly bytes: number;
  readonly present: number;
  /** Of the copied ones, those that took the place of a damaged object in the remote. */
  readonly mended: readonly Digest[];
  /** On neither side, or damaged on the side they should have come from. */
  readonly missing: readonly Digest[];
  readonly corrupt: readonly Digest[];
}

/** A transfer that is being counted. */
export class Tally implements Transfer {
  copied = 0;
  bytes = 0;
  present = 0;
  readonly mended: Digest[] = [];
  readonly missing: Digest[] = [];
  readonly corrupt: Digest[] = [];

  count(bytes: number): void {
    this.copied++;
    this.bytes += bytes;
  }
}
