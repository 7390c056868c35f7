import { holderName, wayOut } from '../../base/locks/holder.ts';
import { runningProcesses } from '../../base/locks/holders.ts';
import { visibleLines } from '../../engine/console/visible.ts';
import { showBytes } from '../../base/bytes.ts';
import { readSettings } from '../../engine/settings.ts';
import { readCache, removeGarbage } from '../../engine/store/objects/cache-contents.ts';
import { collectGarbage, type Garbage } from '../../engine/store/objects/gc.ts';
import { lockReferences } from '../../engine/store/objects/lock-references.ts';
import { ObjectStore } from '../../engine/store/objects/object-store.ts';
import { refuseLinkedState } from '../../engine/store/state-folder.ts';
import { removeEmptyScratch, scratchLeftovers } from '../../engine/store/scratch.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { findRoot } from '../find-root.ts';

export interface GcOptions {
  /** In ms; null: not given. */
  readonly olderThan?: number;
  /** Bytes. */
  readonly maxSize?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const day = 24 * 60 * 60 * 1000;
/** Age (ms) from which on garbage goes when neither an age nor a size is asked for. */
const defaultAge = 30 * day;

/** `pipeline gc`: removes from the cache what no lock file refers to. */
export function gc(options: GcOptions): ExitCode {
  const root = findRoot();
  refuseLinkedState(root);
  refuseWhileRunning(root);
  const { dir } = readSettings(root).cache;
  const { digests, lockFiles } = lockReferences(root);
  const objects = new ObjectStore(dir);
  const age = options.olderThan ?? (options.maxSize === undefined ? defaultAge : 0);
  const contents = readCache(dir);
  const leftovers = [...contents.leftovers, ...scratchLeftovers(root)];
  const garbage = collectGarbage(
    { ...contents, leftovers },
    {
      referenced: digests,
      filesOf(directory) {
        try {
          return objects.readManifest(directory).files.map(({ digest }) => digest);
        } catch {
          // Missing or corrupt: it protects nothing that could be restored.
          return [];
        }
      },
      keepSince: Date.now() - age,
      maxSize: options.maxSize ?? null,
    },
  );
  if (options.dryRun !== true) {
    refuseWhileRunning(root);
    for (const text of removeGarbage(dir, garbage)) process.stderr.write(`warning: ${visibleLines(text)}\n`);
    removeEmptyScratch(root);
  }
  process.stdout.write(options.json === true ? json(garbage, lockFiles, options) : text(garbage, lockFiles, options));
  return exitCodes.ok;
}

/** A run may be about to refer to what nobody refers to yet. */
function refuseWhileRunning(root: string): void {
  const [holder] = runningProcesses(root);
  if (holder === undefined) return;
  const advice = wayOut(holder) || 'wait until it is done, or stop it, and collect garbage then';
  throw new UsageError(`${holderName(holder)} has been running stages here since ${holder.since}; ${advice}`);
}

function text(garbage: Garbage, lockFiles: number, { dryRun, maxSize }: GcOptions): string {
  const { objects, runs, leftovers, freed, kept } = garbage;
  const lines = [
    `${dryRun === true ? 'would remove' : 'removed'} ${objects.length} objects, ${runs.length} runs and ` +
      `${leftovers.length} leftovers (${showBytes(freed)}); ${showBytes(kept)} stay (${lockFiles} lock files were read)`,
  ];
  if (maxSize !== undefined && kept > maxSize) {
    lines.push(`That is more than ${showBytes(maxSize)}: lock files or younger runs need the rest.`);
  }
  return `${lines.join('\n')}\n`;
}

function json({ objects, runs, leftovers, freed, kept }: Garbage, lockFiles: number, { dryRun }: GcOptions): string {
  const document = {
    dryRun: dryRun ?? false,
    objects: objects.map(({ digest, size }) => ({ digest, size })),
    runs: runs.map(({ fingerprint }) => fingerprint),
    leftovers: leftovers.map(({ file, size }) => ({ file, size })),
    freed,
    kept,
    lockFiles,
  };
  return `${JSON.stringify(document)}\n`;
}
