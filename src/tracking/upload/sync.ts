/** `pipeline sync`: uploads runs that are over. */
import type { WandbClient } from './client.ts';
import { type FoundRun, isOver } from './find-runs.ts';
import { RunContent } from './run-content.ts';
import { RunUpload } from './run-upload.ts';
import { claimUpload } from './upload-state.ts';

export type SyncOutcome =
  | { readonly type: 'uploaded' }
  /** Its process is alive, and writes on. */
  | { readonly type: 'running' }
  /** Another process uploads it. */
  | { readonly type: 'busy' }
  | { readonly type: 'failed'; readonly reason: string };

/** Uploads one run from where the last upload of it ended. */
export async function syncRun(found: FoundRun, client: WandbClient): Promise<SyncOutcome> {
  const release = claimUpload(found.file);
  if (release === null) return { type: 'busy' };
  try {
    const content = new RunContent(found.directory, found.file);
    content.poll();
    if (content.exitCode === null && !isOver(found)) return { type: 'running' };
    const upload = new RunUpload(content, client);
    await upload.advance({ crashed: true });
    return upload.complete ? { type: 'uploaded' } : { type: 'failed', reason: 'it holds no run' };
  } catch (error) {
    // A damaged file or a full disk is told like any other reason; the next run may fare better.
    return { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    release();
  }
}
