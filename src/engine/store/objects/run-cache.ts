import { rmSync } from 'node:fs';
import path from 'node:path';
import { type Artifact, isArtifact, isDirectory } from '../contents/artifact.ts';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { type Digest, hashBytes } from '../contents/digest.ts';
import { readRegular } from '../regular-file.ts';
import { makeFolder } from './shared-folder.ts';
import { ownFolder } from '../../../base/state-place.ts';

/** An entry of more bytes names more outputs than a stage can have; it is not read. */
export const largestEntry = 1 << 24;

/** What a fingerprint once produced: canonical output path to content. */
export type RunOutputs = ReadonlyMap<string, Artifact>;

/** Everything that the cache knows of one run. */
export interface RunEntry {
  readonly outs: RunOutputs;
  /** What the run printed, as an object of the store; null when it printed nothing, or when that was not kept. */
  readonly log: Artifact | null;
}

/**
 * Remembers for every fingerprint what it produced, whatever profile or branch it was run on, so that an earlier
 * combination of command, params, inputs and code is restored instead of run again.
 */
export class RunCache {
  readonly #directory: string;

  constructor(directory: string) {
    ownFolder(path.join(directory, 'runs'));
    this.#directory = directory;
  }

  get(fingerprint: Digest): RunOutputs | null {
    return this.#read(fingerprint)?.outs ?? null;
  }

  log(fingerprint: Digest): Artifact | null {
    return this.#read(fingerprint)?.log ?? null;
  }

  set(fingerprint: Digest, instance: string, outs: RunOutputs, log: Artifact | null = null): void {
    const document = { instance, outs: Object.fromEntries(outs), ...(log === null ? {} : { log }) };
    // Not flushed: an entry that a power failure takes costs a run, and the lock, which is flushed, says the same.
    this.#write(fingerprint, entryText(fingerprint, JSON.stringify(document)), false);
  }

  /** Takes the text of an entry from elsewhere; false when it is none of this fingerprint, or damaged. */
  take(fingerprint: Digest, text: string): boolean {
    if (parseRunEntry(text, fingerprint) === null) return false;
    this.#write(fingerprint, text, true);
    return true;
  }

  /** Where an entry lies, or would lie. */
  pathOf(fingerprint: Digest): string {
    return path.join(this.#directory, 'runs', fingerprint.slice(0, 2), `${fingerprint.slice(2)}.json`);
  }

  #read(fingerprint: Digest): RunEntry | null {
    const text = readEntryText(this.pathOf(fingerprint));
    return text === null ? null : parseRunEntry(text, fingerprint);
  }

  #write(fingerprint: Digest, text: string, durable: boolean): void {
    const file = this.pathOf(fingerprint);
    makeFolder(this.#directory, path.dirname(file));
    try {
      writeFileAtomic(file, text, { durable });
    } catch (error) {
      if (!['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      // A folder has the name, which can only be damage.
      rmSync(file, { recursive: true, force: true });
      writeFileAtomic(file, text, { durable });
    }
  }
}

/** The check stands for the fingerprint, too: an entry under another's name is as wrong as a flipped bit. */
function entryText(fingerprint: Digest, json: string): string {
  return `${hashBytes(fingerprint + json)} ${json}\n`;
}

/** The text of an entry; null when there is none that could be one. */
export function readEntryText(file: string): string | null {
  try {
    return readRegular(file, largestEntry);
  } catch {
    return null;
  }
}

/** Reads an entry; null when it is damaged, which means unknown: the stage runs. */
export function parseRunEntry(text: string, fingerprint: Digest): RunEntry | null {
  // Entries of earlier versions begin with the document; what they name is verified when it is restored.
  const json = text.startsWith('{') ? text.trimEnd() : text.slice(65, -1);
  if (!text.startsWith('{') && text !== entryText(fingerprint, json)) return null;
  try {
    const { outs, log } = JSON.parse(json) as { outs: unknown; log?: unknown };
    const entries = Object.entries(outs as Record<string, unknown>);
    if (!entries.every((entry): entry is [string, Artifact] => isArtifact(entry[1]) && isConsistent(entry[1]))) {
      return null;
    }
    return { outs: new Map(entries), log: isArtifact(log) && !isDirectory(log) ? log : null };
  } catch {
    return null;
  }
}

/** Only a directory has a number of files. */
function isConsistent(artifact: Artifact): boolean {
  return isDirectory(artifact) === (artifact.files !== undefined);
}
