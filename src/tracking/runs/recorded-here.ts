/** Which run directories this project recorded itself. A directory from elsewhere can say so of itself, but has no journal here. */
import { readdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FoundRun } from '../upload/find-runs.ts';
import { readJournalOrigin } from './run-list.ts';
import { statePlace } from '../../base/state-place.ts';

/** Answers whether a run has a journal in the project's `.pipeline` that names its id and its directory. */
export function recordedHere(root: string): (found: FoundRun) => boolean {
  const known = new Map<string, ReadonlySet<string>>();
  return ({ directory, marker }) => {
    if (marker === null || !/^[\w-]+$/.test(marker.invocation)) return false;
    const { id, invocation } = marker;
    const runs = known.get(invocation) ?? runsOf(root, invocation);
    known.set(invocation, runs);
    return runs.has(`${id} ${realpathSync(directory)}`);
  };
}

function runsOf(root: string, invocation: string): ReadonlySet<string> {
  const folder = statePlace(root, `.pipeline/journal/${invocation}`);
  const runs = new Set<string>();
  for (const file of journalsIn(folder)) {
    const origin = readJournalOrigin(join(folder, file));
    if (origin === null || origin.directory === null) continue;
    try {
      runs.add(`${origin.id} ${realpathSync(resolve(root, origin.directory))}`);
    } catch {
      // Its directory is gone.
    }
  }
  return runs;
}

function journalsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  } catch {
    return [];
  }
}
