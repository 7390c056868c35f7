/** `pipeline sync`: uploads runs that are over. */
import { Backoff, pause } from './backoff.ts';
import type { WandbClient } from './client.ts';
import { type FoundRun, isOver } from './find-runs.ts';
import { RunContent } from './run-content.ts';
import { RunUpload } from './run-upload.ts';
import { claimUpload } from './upload-state.ts';
import { UploadError } from './upload-error.ts';

export type SyncOutcome =
  | { readonly type: 'uploaded' }
  /** Its process is alive, and writes on. */
  | { readonly type: 'running' }
  /** Another process uploads it. */
  | { readonly type: 'busy' }
  | { readonly type: 'failed'; readonly reason: string };

export interface SyncOptions {
  readonly client: WandbClient;
  /** How often a request that may succeed later is tried. */
  readonly tries: number;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
}

/** Uploads one run from where the last upload of it ended. */
export async function syncRun(found: FoundRun, options: SyncOptions): Promise<SyncOutcome> {
  const release = claimUpload(found.file);
  if (release === null) return { type: 'busy' };
  try {
    const content = new RunContent(found.directory, found.file);
    content.poll();
    if (content.exitCode === null && !isOver(found)) return { type: 'running' };
    return await persist(new RunUpload(content, options.client), options);
  } catch (error) {
    // A damaged file is told like any other reason; what is whole in it was uploaded.
    return { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    release();
  }
}

async function persist(upload: RunUpload, { tries, backoff, signal }: SyncOptions): Promise<SyncOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      await upload.advance({ crashed: true });
      backoff.reset();
      return upload.complete ? { type: 'uploaded' } : { type: 'failed', reason: 'it holds no run' };
    } catch (error) {
      if (!(error instanceof UploadError)) throw error;
      if (!error.transient || attempt >= tries || signal.aborted) return { type: 'failed', reason: error.message };
      await pause(backoff.next(error.retryAfter), signal);
    }
  }
}
