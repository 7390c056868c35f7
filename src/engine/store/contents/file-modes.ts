import { type BigIntStats, chmodSync, existsSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { uniqueName } from '../../../base/atomic-file.ts';

const ownerExecutes = 0o100;
const everybodyExecutes = 0o111;
const everybodyReads = 0o444;

/**
 * Whether the file system of a folder keeps the right to execute a file. exFAT, most CIFS mounts and drives of Windows
 * give all files one mode, which then says nothing about an output. Tried with a real file, once, when a file is met
 * whose mode would matter.
 */
export class FileModes {
  readonly #folder: string;
  #kept: boolean | null;

  /** @param kept the answer, where it is known; null: tried in the folder */
  constructor(folder: string, kept: boolean | null = null) {
    this.#folder = folder;
    this.#kept = process.platform === 'win32' ? false : kept;
  }

  get areKept(): boolean {
    this.#kept ??= tryModes(this.#folder);
    return this.#kept ?? true;
  }

  /** True for a file that its owner may execute, as far as that can be told. */
  executable(stat: Stats | BigIntStats): boolean {
    return (Number(stat.mode) & ownerExecutes) !== 0 && this.areKept;
  }
}

/** Null when there is no folder yet to try it in. */
function tryModes(folder: string): boolean | null {
  const place = [folder, path.dirname(folder)].find((candidate) => existsSync(candidate));
  if (place === undefined) return null;
  const probe = path.join(place, uniqueName('modes'));
  try {
    writeFileSync(probe, '', { flag: 'wx', mode: 0o600 });
    const before = statSync(probe).mode & ownerExecutes;
    chmodSync(probe, 0o700);
    return before === 0 && (statSync(probe).mode & ownerExecutes) !== 0;
  } catch {
    // Where nothing may be written nothing is saved or restored either, and most file systems keep modes.
    return true;
  } finally {
    rmSync(probe, { force: true });
  }
}

/**
 * The mode of an object: readable by those who may read the source, executable by those who may execute it if it is a
 * program, writable by nobody.
 *
 * @param reach bits that the folders around the source leave to others
 */
export function objectMode(source: number, executable: boolean, reach = 0o777): number {
  const read = (source & reach & everybodyReads) | 0o400;
  return executable ? read | (source & reach & everybodyExecutes) | ownerExecutes : read;
}

/** The mode of a file of one's own that holds what an object of this mode holds. */
export function workspaceMode(object: number, executable: boolean): number {
  const read = object & everybodyReads;
  const execute = (object & everybodyExecutes) === 0 ? read >> 2 : object & everybodyExecutes;
  return read | (executable ? execute | ownerExecutes : 0) | 0o600;
}

/** The bits that a folder leaves to others: without the right to enter it they have none. */
export function reachThrough(folder: number): number {
  return 0o700 | ((folder & 0o010) === 0 ? 0 : 0o070) | ((folder & 0o001) === 0 ? 0 : 0o007);
}
