/** Run directories of this machine that the service does not have yet. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MARKER_FILE, type RunMarker } from '../offline/offline-run.ts';
import { isAlive } from '../runs/run-list.ts';
import { wandbFileIn } from './run-content.ts';
import { syncedMark } from './upload-state.ts';

export interface FoundRun {
  /** Absolute. */
  readonly directory: string;
  readonly file: string;
  /** Null: recorded by another program. */
  readonly marker: RunMarker | null;
}

/** Runs below a `wandb` directory that are not marked as uploaded, the oldest first. */
export function unsyncedRuns(directory: string): FoundRun[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.startsWith('offline-run-'))
    .sort()
    .flatMap((name) => foundRun(join(directory, name)) ?? [])
    .filter(({ file }) => !existsSync(syncedMark(file)));
}

/** The run in a directory, or null where there is none. */
export function foundRun(directory: string): FoundRun | null {
  const file = wandbFileIn(directory);
  if (file === null) return null;
  const marker = join(directory, MARKER_FILE);
  return {
    directory,
    file,
    marker: existsSync(marker) ? (JSON.parse(readFileSync(marker, 'utf8')) as RunMarker) : null,
  };
}

/** A process of another machine cannot be asked; a run that it has not touched for so long (ms) is taken for over. */
const QUIET = 10 * 60_000;

/** Whether nobody writes the run any more. Of a run of another program it is not known, and taken for true. */
export function isOver({ marker, file }: FoundRun): boolean {
  if (marker === null || !isAlive(marker)) return true;
  return marker.host !== hostname() && Date.now() - statSync(file).mtimeMs > QUIET;
}
