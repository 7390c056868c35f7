import path from 'node:path';
import { hashBytes } from '../store/contents/digest.ts';
import { scratchRoot } from '../store/scratch.ts';
import { rejectedRoot } from '../store/set-aside.ts';

/** A file name for an instance: its own name where file systems allow it. */
export function fileNameOf(instance: string): string {
  const safe = instance.replaceAll(/[^\w@.,+=-]/g, '_');
  if (safe === instance && safe.length <= 120) return safe;
  return `${safe.slice(0, 100)}-${hashBytes(instance).slice(0, 12)}`;
}

/** Where the full output of an instance's last run is, relative to the root; apart for each profile (lock file). */
export function logPath(lockFile: string, instance: string): string {
  return path.posix.join('.pipeline/logs', profileOf(lockFile), `${fileNameOf(instance)}.log`);
}

/** Where an instance keeps what it could go on from, one folder a fingerprint; apart for each profile (lock file). */
export function scratchFolder(lockFile: string, instance: string): string {
  return path.posix.join(scratchOfProfile(lockFile), fileNameOf(instance));
}

/** Where results of an instance lie that could not be recorded; apart for each profile (lock file). */
export function rejectedFolder(lockFile: string, instance: string): string {
  return path.posix.join(rejectedRoot, profileOf(lockFile), fileNameOf(instance));
}

/** Where the instances of a profile do. */
export function scratchOfProfile(lockFile: string): string {
  return path.posix.join(scratchRoot, profileOf(lockFile));
}

/** Where outputs are noted that an instance has begun to write, relative to the root; apart for each profile. */
export function begunFile(lockFile: string, instance: string): string {
  return path.posix.join('.pipeline/begun', profileOf(lockFile), `${fileNameOf(instance)}.json`);
}

/** Below it, by invocation and instance, lies what was in the place of an output that nobody had made yet. */
export const replacedFolder = '.pipeline/replaced';

function profileOf(lockFile: string): string {
  return path.posix.dirname(lockFile).replaceAll('..', '_');
}

/** Where an instance writes metrics while it runs, relative to the root. */
export function journalPath(invocation: string, instance: string): string {
  return path.posix.join('.pipeline/journal', invocation, `${fileNameOf(instance)}.jsonl`);
}

/** Where what is under way lies, relative to the root; emptied by a run that nobody else is beside. */
export const temporaryRoot = '.pipeline/tmp';

/** Where one invocation keeps what it needs while it runs, relative to the root. */
export function temporaryFolder(invocation: string): string {
  return path.posix.join(temporaryRoot, invocation);
}
