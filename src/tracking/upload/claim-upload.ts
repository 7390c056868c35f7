/** Only one process uploads a run at a time, whatever machine it is on. */
import { basename, dirname } from 'node:path';
import { holderName, type SeenHolder, spanText } from '../../base/locks/holder.ts';
import type { LockKey } from '../../base/locks/lock-folders.ts';
import { type LockOptions, ProcessLocks } from '../../base/locks/process-locks.ts';

export type UploadClaim =
  | { readonly release: () => void }
  /** Another process uploads the run: who, and how long at most. */
  | { readonly release: null; readonly takenBy: string };

/**
 * Takes the right to upload a run. The lock lies beside the run, because several projects may upload from one folder.
 * Throws ProcessLockError when there is something in its place that is no lock.
 */
export function claimUpload(wandbFile: string, options: LockOptions = {}): UploadClaim {
  const folder = dirname(wandbFile);
  const locks = ProcessLocks.openIn({ held: folder, running: folder }, { ...options, prefix: 'upload-' });
  try {
    const key = `${basename(wandbFile)}.upload.lock` as LockKey;
    const holder = locks.tryLock(key);
    if (holder === null) return { release: () => locks.close() };
    locks.close();
    return { release: null, takenBy: inWords(holder) };
  } catch (error) {
    locks.close();
    throw error;
  }
}

function inWords(holder: SeenHolder): string {
  const { life, lastSign, silence, file } = holder;
  if (life === 'alive') return holderName(holder);
  const sign = new Date(lastSign).toISOString();
  return `${holderName(holder)}, whose last sign of life came at ${sign}; ${spanText(silence)} later it counts as dead (${file})`;
}
