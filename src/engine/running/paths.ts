import path from 'node:path';
import { hashBytes } from '../store/digest.ts';

/** A file name for an instance: its own name where file systems allow it. */
export function fileNameOf(instance: string): string {
  const safe = instance.replaceAll(/[^\w@.,+=-]/g, '_');
  if (safe === instance && safe.length <= 120) return safe;
  return `${safe.slice(0, 100)}-${hashBytes(instance).slice(0, 12)}`;
}

/** Where the full output of an instance's last run is, relative to the root; apart for each profile (lock file). */
export function logPath(lockFile: string, instance: string): string {
  const profile = path.posix.dirname(lockFile).replaceAll('..', '_');
  return path.posix.join('.pipeline/logs', profile, `${fileNameOf(instance)}.log`);
}

/** Where an instance writes metrics while it runs, relative to the root. */
export function journalPath(invocation: string, instance: string): string {
  return path.posix.join('.pipeline/journal', invocation, `${fileNameOf(instance)}.jsonl`);
}

/** Where one invocation keeps what it needs while it runs, relative to the root. */
export function temporaryFolder(invocation: string): string {
  return path.posix.join('.pipeline/tmp', invocation);
}
