import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Lockfile } from '../../planning/lockfile.ts';
import type { Artifact } from '../../store/contents/artifact.ts';
import { uniqueName } from '../../../base/atomic-file.ts';
import type { Digest } from '../../store/contents/digest.ts';
import type { Workspace } from '../../store/workspace.ts';
import { logPath } from '../paths.ts';
import { statePlace } from '../../../base/state-place.ts';

/**
 * The file (absolute) with everything an instance printed when it ran last, or, when its outputs came from the cache,
 * in the run that made them. Null when no run of it is known here. The cached copy is verified.
 */
export async function findLog(
  workspace: Workspace,
  lock: Pick<Lockfile, 'file' | 'get'>,
  instance: string,
): Promise<string | null> {
  const file = statePlace(workspace.root, logPath(lock.file, instance));
  if (existsSync(file)) return file;
  const block = lock.get(instance);
  return block !== undefined && (await replayLog(workspace, block.fingerprint, file)) ? file : null;
}

/** Puts the log of a cached run at `file`; false when the cache has none, and then there is no file either. */
export async function replayLog(workspace: Workspace, fingerprint: Digest, file: string): Promise<boolean> {
  rmSync(file, { force: true });
  const log = workspace.runsOf(false).log(fingerprint) ?? workspace.runs.log(fingerprint);
  if (log === null && workspace.runs.get(fingerprint) === null) return false;
  mkdirSync(path.dirname(file), { recursive: true });
  if (log === null) {
    // The run is known, and it printed nothing.
    writeFileSync(file, '');
    return true;
  }
  const temporary = uniqueName(file);
  try {
    await workspace.objects.copyTo(log.digest, temporary, log.size);
    renameSync(temporary, file);
    return true;
  } catch {
    // A log that is lost or corrupt is no reason to run the stage again.
    rmSync(temporary, { force: true });
    return false;
  }
}

/**
 * Keeps the log in the cache. Null when the instance printed nothing, or when there is no log, or when it cannot be kept:
 * that is no reason to lose what the instance made.
 */
export async function keepLog(workspace: Workspace, file: string): Promise<Artifact | null> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return null;
  try {
    return { digest: await workspace.objects.putFile(file), size };
  } catch {
    return null;
  }
}
