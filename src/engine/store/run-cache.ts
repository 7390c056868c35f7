import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Artifact, isArtifact } from './artifact.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { Digest } from './digest.ts';

/** What a fingerprint once produced: canonical output path to content. */
export type RunOutputs = ReadonlyMap<string, Artifact>;

/**
 * Remembers for every fingerprint what it produced, whatever profile or branch it was run on, so that an earlier
 * combination of command, params, inputs and code is restored instead of run again.
 */
export class RunCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get(fingerprint: Digest): RunOutputs | null {
    try {
      const document = JSON.parse(readFileSync(this.#pathOf(fingerprint), 'utf8')) as { outs: unknown };
      const entries = Object.entries(document.outs as Record<string, unknown>);
      return entries.every((entry): entry is [string, Artifact] => isArtifact(entry[1])) ? new Map(entries) : null;
    } catch {
      // Missing or unreadable means unknown: the stage runs.
      return null;
    }
  }

  /** What the run printed, as an object of the store; null when it printed nothing, or when that was not kept. */
  log(fingerprint: Digest): Artifact | null {
    try {
      const { log } = JSON.parse(readFileSync(this.#pathOf(fingerprint), 'utf8')) as { log?: unknown };
      return isArtifact(log) ? log : null;
    } catch {
      return null;
    }
  }

  set(fingerprint: Digest, instance: string, outs: RunOutputs, log: Artifact | null = null): void {
    const document = { instance, outs: Object.fromEntries(outs), ...(log === null ? {} : { log }) };
    writeFileAtomic(this.#pathOf(fingerprint), `${JSON.stringify(document)}\n`, { durable: true });
  }

  #pathOf(fingerprint: Digest): string {
    return path.join(this.#directory, 'runs', fingerprint.slice(0, 2), `${fingerprint.slice(2)}.json`);
  }
}
