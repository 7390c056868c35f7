import path from 'node:path';
import type { RunRecord } from '../../tracking/offline/records.ts';
import { recordedHere } from '../../tracking/runs/recorded-here.ts';
import { trackingSettings } from '../../tracking/settings.ts';
import { serviceKey } from '../../tracking/upload/access.ts';
import { WandbClient } from '../../tracking/upload/client.ts';
import { type FoundRun, foundRun, unsyncedRuns } from '../../tracking/upload/find-runs.ts';
import { syncRun, type SyncOutcome } from '../../tracking/upload/sync.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { findRoot } from '../find-root.ts';
import { visible } from '../../engine/console/visible.ts';

const ATTEMPTS = 5;

/** `pipeline sync [DIR...]`: uploads runs that were recorded offline, each exactly once, from where it ended last. */
export async function sync(directories: readonly string[]): Promise<ExitCode> {
  const root = findRoot();
  const { directory, baseUrl } = trackingSettings(root, process.env);
  const found = directories.length > 0 ? directories.map(named) : unsyncedRuns(directory);
  if (found.length === 0) {
    process.stdout.write(`Nothing to upload in ${visible(path.relative(process.cwd(), directory) || '.')}.\n`);
    return exitCodes.ok;
  }
  const { key, warnings } = serviceKey(process.env, baseUrl);
  for (const warning of warnings) process.stderr.write(`${visible(warning)}.\n`);
  if (key === null) {
    throw new UsageError(`there is no key for ${baseUrl}. Set WANDB_API_KEY, or add the host to ~/.netrc.`);
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  const client = new WandbClient({ baseUrl, key, attempts: ATTEMPTS, signal: interrupt.signal });
  const outcomes: SyncOutcome[] = [];
  const isOurs = recordedHere(root);
  for (const run of found) {
    if (interrupt.signal.aborted) break;
    const name = path.basename(run.directory);
    const say = (text: string): boolean => process.stdout.write(`${visible(`${name}  ${text}`)}\n`);
    const outcome = await syncRun(run, client, (record) => {
      if (!isOurs(run)) say(`this project has no journal of it; ${destination(record)}`);
    });
    outcomes.push(outcome);
    say(inWords(outcome));
  }
  if (interrupt.signal.aborted) return exitCodes.interrupted;
  const failed = outcomes.filter(({ type }) => type === 'failed').length;
  const uploaded = outcomes.filter(({ type }) => type === 'uploaded').length;
  const rest = failed > 0 ? `, ${failed} not: run "pipeline sync" again` : '';
  process.stdout.write(`${uploaded} ${uploaded === 1 ? 'run' : 'runs'} uploaded to ${visible(baseUrl)}${rest}\n`);
  return failed > 0 ? exitCodes.failed : exitCodes.ok;
}

/** Where a run goes. One from elsewhere chooses that itself. */
function destination({ entity = '', project = 'uncategorized' }: RunRecord): string {
  const owner = entity === '' ? "of the key's own entity" : `of the entity ${JSON.stringify(entity)}`;
  return `it goes to the project ${JSON.stringify(project)} ${owner}, as it says itself`;
}

function named(directory: string): FoundRun {
  const run = foundRun(path.resolve(directory));
  if (run !== null) return run;
  throw new UsageError(
    `${directory} is no run directory: it holds no run-<id>.wandb. Runs lie in wandb/offline-run-*.`,
  );
}

function inWords(outcome: SyncOutcome): string {
  switch (outcome.type) {
    case 'uploaded':
      return 'uploaded';
    case 'running':
      return 'still running, left for later';
    case 'busy':
      return `being uploaded by ${outcome.by}`;
    case 'failed':
      return `not uploaded: ${outcome.reason}`;
  }
}
