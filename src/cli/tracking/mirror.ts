import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { trackingSettings } from '../../tracking/settings.ts';
import { serviceKey } from '../../tracking/upload/access.ts';
import { Backoff } from '../../tracking/upload/backoff.ts';
import { WandbClient } from '../../tracking/upload/client.ts';
import { mirrorRuns } from '../../tracking/upload/mirror.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findRoot } from '../find-root.ts';

const EVERY = 1000;
const ATTEMPTS = 3;
const PATIENCE = 10_000;
const LONGEST = 60_000;
/** Below everything that computes. */
const NICE = 10;

/**
 * The process that mirrors what one command runs. Its standard input names an invocation a line, as they start; it ends
 * some time after its input does, which the runner, or its death, closes. Its result is one line of JSON.
 */
export async function mirror(): Promise<ExitCode> {
  setPriority(NICE);
  // The runner is told to stop by the same keys, and says when there is nothing more to mirror.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const { directory, baseUrl } = trackingSettings(findRoot(), process.env);
  const over = new AbortController();
  const invocations = new Set<string>();
  createInterface({ input: process.stdin })
    .on('line', (invocation) => invocations.add(invocation))
    .on('close', () => over.abort());
  const client = new WandbClient({
    baseUrl,
    key: serviceKey(process.env, baseUrl).key ?? '',
    timeout: PATIENCE,
    attempts: ATTEMPTS,
  });
  const result = await mirrorRuns({
    directory,
    invocations,
    client,
    over: over.signal,
    every: EVERY,
    patience: PATIENCE,
    longest: LONGEST,
    backoff: new Backoff(),
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return exitCodes.ok;
}
