/** How far a run has been uploaded, beside the run, so that an upload that dies goes on from the last acknowledgement. */
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readRegularFile } from './regular-file.ts';
import type { RemoteRun } from './requests.ts';

export interface UploadState {
  readonly version: 1;
  /** Null until the service knows the run. */
  readonly remote: RemoteRun | null;
  /** Rows of the history that the service has. */
  readonly rows: number;
  /** Paths below `files` that the service has. */
  readonly files: readonly string[];
  /** Client ids of artifacts that are committed. */
  readonly artifacts: readonly string[];
}

const NOTHING: UploadState = { version: 1, remote: null, rows: 0, files: [], artifacts: [] };

/** Written by the official client as well, when it has uploaded a run. */
export function syncedMark(wandbFile: string): string {
  return `${wandbFile}.synced`;
}

/** Nothing is known of a state that is damaged: what is sent twice is there once all the same. */
export function readUploadState(wandbFile: string): UploadState {
  const file = stateFile(wandbFile);
  if (!existsSync(file)) return NOTHING;
  try {
    const state = JSON.parse(readRegularFile(file).toString()) as Partial<UploadState> | null;
    return isWhole(state) ? state : NOTHING;
  } catch {
    return NOTHING;
  }
}

function isWhole(state: Partial<UploadState> | null): state is UploadState {
  if (state?.version !== 1) return false;
  const { remote, rows, files, artifacts } = state;
  const isPlace =
    remote === null || [remote?.entity, remote?.project, remote?.id].every((part) => typeof part === 'string');
  return isPlace && Number.isSafeInteger(rows) && Array.isArray(files) && Array.isArray(artifacts);
}

export function writeUploadState(wandbFile: string, state: UploadState): void {
  writeWhole(stateFile(wandbFile), JSON.stringify(state));
}

/** Says that the service has all of the run. */
export function markSynced(wandbFile: string): void {
  writeWhole(syncedMark(wandbFile), '');
  rmSync(stateFile(wandbFile), { force: true });
}

function stateFile(wandbFile: string): string {
  return `${wandbFile}.upload.json`;
}

function writeWhole(file: string, content: string): void {
  // In a directory from elsewhere a link may lie under any name that can be guessed.
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  writeFileSync(temporary, content, { flag: 'wx', flush: true });
  renameSync(temporary, file);
}
