import { existsSync, type Stats } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { type Digest, hashOf } from '../contents/digest.ts';
import type { FileModes } from '../contents/file-modes.ts';
import { readText } from '../read-text.ts';

/**
 * Earlier versions gave programs and other files names of one kind, and told them by the mode of the object alone. Which
 * objects of a store may still be of that kind: a store keeps the moment from which on names tell programs. Without it,
 * a right to execute that somebody gives to a hard-linked output would pass for one that it had always had.
 */
export class OlderObjects {
  readonly #directory: string;
  readonly #modes: FileModes;
  #before: number | null = null;
  #noted = false;

  constructor(directory: string, modes: FileModes) {
    this.#directory = directory;
    this.#modes = modes;
  }

  /** True for a program whose name does not say so. */
  include(digest: Digest, { mode, mtimeMs }: Stats): boolean {
    if (digest !== hashOf(digest) || (mode & 0o777) !== 0o555 || !this.#modes.areKept) return false;
    this.#before ??= readMoment(this.#file);
    return mtimeMs < this.#before;
  }

  /** To be called before an object is added. */
  end(): void {
    if (this.#noted) return;
    this.#noted = true;
    if (existsSync(this.#file)) return;
    const moment = existsSync(path.join(this.#directory, 'objects')) ? Date.now() : 0;
    writeFileAtomic(this.#file, `${moment}\n`);
    this.#before = moment;
  }

  get #file(): string {
    return path.join(this.#directory, 'programs-have-names-since');
  }
}

/** Ms since 1970; infinite while no version that names programs has written. */
function readMoment(file: string): number {
  const moment = Number(readText(file) ?? NaN);
  return Number.isNaN(moment) ? Infinity : moment;
}
