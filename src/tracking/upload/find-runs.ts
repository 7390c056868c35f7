/** Run directories of this machine that the service does not have yet. */
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { MARKER_FILE, type RunMarker } from '../offline/offline-run.ts';
import { isAlive } from '../runs/run-list.ts';
import { kindOf, readRegularFile } from './regular-file.ts';
import { wandbFileIn } from './run-content.ts';
import { syncedMark } from './upload-state.ts';

export interface FoundRun {
  /** Absolute. */
  readonly directory: string;
  readonly file: string;
  /** Null: recorded by another program. */
  readonly marker: RunMarker | null;
  /** Why it cannot be read as a run, as after a power cut, and what to do: for the user. */
  readonly damage?: string;
}

/** Runs below a `wandb` directory that are not marked as uploaded, the oldest first; damaged ones in their place. */
export function unsyncedRuns(directory: string): FoundRun[] {
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [damaged(directory, `it is ${kindOf(stat)}, not a directory`)];
  return readdirSync(directory)
    .filter((name) => name.startsWith('offline-run-'))
    .sort()
    .flatMap((name) => foundRun(join(directory, name)) ?? [])
    .filter(({ file, damage }) => damage !== undefined || !existsSync(syncedMark(file)));
}

/** The run in a directory, which may be damaged, or null where there is none. */
export function foundRun(directory: string): FoundRun | null {
  try {
    const file = wandbFileIn(directory);
    if (file === null) return null;
    const kind = kindOf(statSync(file));
    if (kind !== 'a file') return damaged(directory, `${basename(file)} is ${kind}, not a file`);
    return { directory, file, marker: markerIn(directory) };
  } catch (error) {
    return damaged(directory, error instanceof Error ? error.message : String(error));
  }
}

function damaged(directory: string, damage: string): FoundRun {
  return { directory, file: '', marker: null, damage };
}

/** Throws where there is one that cannot be read. */
function markerIn(directory: string): RunMarker | null {
  const file = join(directory, MARKER_FILE);
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return null;
  const text = readRegularFile(file).toString();
  const marker = parsed(text) as Partial<RunMarker> | null;
  const isWhole =
    typeof marker?.invocation === 'string' && typeof marker.pid === 'number' && typeof marker.host === 'string';
  if (isWhole) return marker as RunMarker;
  throw new Error(
    `${MARKER_FILE} is ${text === '' ? 'empty' : 'damaged'}, as a power cut leaves it. If nothing writes the run any ` +
      'more, delete that file and sync again',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A process of another machine cannot be asked; a run that it has not touched for so long (ms) is taken for over. */
const QUIET = 10 * 60_000;

/** Whether nobody writes the run any more. Of a run of another program it is not known, and taken for true. */
export function isOver({ marker, file }: FoundRun): boolean {
  if (marker === null || !isAlive(marker)) return true;
  return marker.host !== hostname() && Date.now() - statSync(file).mtimeMs > QUIET;
}
