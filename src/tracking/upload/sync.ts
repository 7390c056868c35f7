/** `pipeline sync`: uploads runs that are over. */
import { basename } from 'node:path';
import type { RunRecord } from '../offline/records.ts';
import type { WandbClient } from './client.ts';
import { type FoundRun, isOver } from './find-runs.ts';
import { RunContent } from './run-content.ts';
import { RunUpload } from './run-upload.ts';
import { claimUpload, type UploadClaim } from './claim-upload.ts';

export type SyncOutcome =
  | { readonly type: 'uploaded' }
  /** Its process is alive, and writes on. */
  | { readonly type: 'running' }
  /** Another process uploads it: who. */
  | { readonly type: 'busy'; readonly by: string }
  | { readonly type: 'failed'; readonly reason: string };

/**
 * Uploads one run from where the last upload of it ended. `onStart` hears of the run before anything of it is sent. Whatever
 * is wrong with one run is its outcome: the others are uploaded all the same.
 */
export async function syncRun(
  found: FoundRun,
  client: WandbClient,
  onStart: (run: RunRecord) => void = () => undefined,
): Promise<SyncOutcome> {
  if (found.damage !== undefined) return { type: 'failed', reason: found.damage };
  let claim: UploadClaim;
  try {
    claim = claimUpload(found.file);
  } catch (error) {
    return failure(error);
  }
  if (claim.release === null) return { type: 'busy', by: claim.takenBy };
  try {
    const content = new RunContent(found.directory, found.file);
    content.poll();
    if (content.exitCode === null && !isOver(found)) return { type: 'running' };
    if (content.run === null) return { type: 'failed', reason: `${basename(found.file)} holds no run` };
    onStart(content.run);
    const upload = new RunUpload(content, client);
    await upload.advance({ crashed: true });
    return { type: 'uploaded' };
  } catch (error) {
    // A damaged file or a full disk is told like any other reason; the next run may fare better.
    return failure(error);
  } finally {
    claim.release();
  }
}

function failure(error: unknown): SyncOutcome {
  return { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
}
