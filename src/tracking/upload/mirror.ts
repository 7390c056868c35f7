/** Follows the runs of invocations of the pipeline while they are written, and takes them to the service. */
import { type Backoff, pause } from './backoff.ts';
import { claimUpload } from './claim-upload.ts';
import type { WandbClient } from './client.ts';
import { type FoundRun, isOver, unsyncedRuns } from './find-runs.ts';
import { RunContent } from './run-content.ts';
import { RunUpload } from './run-upload.ts';
import { UploadError } from './upload-error.ts';

export interface MirrorOptions {
  /** The `wandb` directory. */
  readonly directory: string;
  /** May grow while the mirror works. */
  readonly invocations: ReadonlySet<string>;
  readonly client: WandbClient;
  /** Aborted when the runs are over: what is left is uploaded, as long as that gets on. */
  readonly over: AbortSignal;
  /** Pause between two looks, in ms. */
  readonly every: number;
  /** After the end, how long to go on without any acknowledgement, in ms; and how long altogether. */
  readonly patience: number;
  readonly longest: number;
  readonly backoff: Backoff;
}

/** The outcome of mirroring. */
export interface MirrorResult {
  readonly uploaded: number;
  /** Runs that the service does not have, or not all of. */
  readonly left: number;
  /** Why, in the words of the last failure. */
  readonly problem: string | null;
}

interface Mirrored {
  readonly found: FoundRun;
  readonly upload: RunUpload;
  readonly release: () => void;
  /** The service will not take it, however often it is asked. */
  refused: boolean;
}

/** Resolves when everything is uploaded after the end, or patience has run out. It does not throw for the service. */
export async function mirrorRuns(options: MirrorOptions): Promise<MirrorResult> {
  const { directory, invocations, client, over, every, patience, longest, backoff } = options;
  /** Those that are not complete: a sweep has many, and a complete one need not stay in memory. */
  const runs = new Map<string, Mirrored>();
  let uploaded = 0;
  let problem: string | null = null;
  let progressAt = 0;
  let overAt = over.aborted ? performance.now() : Infinity;
  over.addEventListener('abort', () => (overAt = performance.now()), { once: true });
  const join = (): void => {
    for (const found of unsyncedRuns(directory)) {
      // What is damaged is told by `pipeline sync`; the others are mirrored all the same.
      if (found.damage !== undefined) continue;
      const isOurs = found.marker !== null && invocations.has(found.marker.invocation);
      if (!isOurs || runs.has(found.directory)) continue;
      const release = claimed(found);
      if (release === null) continue;
      const upload = new RunUpload(new RunContent(found.directory, found.file), client);
      runs.set(found.directory, { found, upload, release, refused: false });
    }
  };
  try {
    for (;;) {
      const isLast = over.aborted;
      join();
      let wait = every;
      for (const [key, run] of runs) {
        if (run.refused) continue;
        try {
          if (await run.upload.advance({ crashed: isLast && isOver(run.found) })) progressAt = performance.now();
          backoff.reset();
          if (!run.upload.complete) continue;
          uploaded++;
          runs.delete(key);
          run.release();
        } catch (error) {
          problem = error instanceof Error ? error.message : String(error);
          // A fault of ours in one run must not cost the others their place.
          run.refused = !(error instanceof UploadError) || !error.transient;
          if (run.refused) continue;
          wait = backoff.next(error instanceof UploadError ? error.retryAfter : null);
          break;
        }
      }
      const isDone = isLast && [...runs.values()].every(({ refused }) => refused);
      const sinceOver = performance.now() - overAt;
      const sinceProgress = performance.now() - Math.max(progressAt, overAt);
      if (isDone || sinceOver > longest || sinceProgress > patience) break;
      await waitFor(wait, over);
    }
  } finally {
    for (const { release } of runs.values()) release();
  }
  const left = runs.size;
  return { uploaded, left, problem: left > 0 ? problem : null };
}

/** How to let go of a run, or null while it cannot be had: another process uploads it, or its folder is closed to us. */
function claimed({ file }: FoundRun): (() => void) | null {
  try {
    return claimUpload(file).release;
  } catch {
    // Once the run is over, `pipeline sync` says why.
    return null;
  }
}

/** A pause that ends early when the runs are over, but stays a pause when they are over already. */
function waitFor(ms: number, over: AbortSignal): Promise<void> {
  return pause(ms, over.aborted ? new AbortController().signal : over);
}
