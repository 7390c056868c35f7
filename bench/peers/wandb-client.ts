/**
 * Uploads run directories with the official Python client, and with ours, each to a stand-in of the service of its own,
 * and says in what the two stand-ins then differ:
 *   npx tsx bench/peers/wandb-client.ts WANDB-COMMAND RUN-DIRECTORY...
 * The client gets copies, an empty home and no telemetry, and reaches nothing but this machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { WandbClient } from '../../src/tracking/upload/client.ts';
import { foundRun } from '../../src/tracking/upload/find-runs.ts';
import { syncRun } from '../../src/tracking/upload/sync.ts';
import { KEY, StandIn } from '../../test/tracking/service/stand-in.ts';

/** Files that the official client writes from the config and the summary, which the service has besides. */
const derived = new Set(['config.yaml', 'wandb-summary.json']);

/** Of one call of the client, in ms. */
const START_LIMIT = 60_000;
const SYNC_LIMIT = 300_000;

/** What the client imports of its telemetry when it starts. Without the rest it sends none, and says nothing of it. */
const telemetry = {
  'opentelemetry/_logs.py': 'class SeverityNumber:\n    INFO = 9\n    ERROR = 17\n',
  'opentelemetry/metrics.py': 'class Counter:\n    pass\n',
  'opentelemetry/sdk/metrics/export.py': 'class AggregationTemporality:\n    DELTA = 1\n',
};

const [command, ...directories] = process.argv.slice(2);
const missing = directories.find((directory) => foundRun(resolve(directory)) === null);
if (command === undefined || directories.length === 0 || missing !== undefined) {
  const reason = missing === undefined ? '' : `${missing} holds no run-ID.wandb\n`;
  console.error(`${reason}usage: npx tsx bench/peers/wandb-client.ts WANDB-COMMAND RUN-DIRECTORY...`);
  process.exit(2);
}
const home = mkdtempSync(join(tmpdir(), 'wandb-client-'));
const [theirs, ours] = [new StandIn(), new StandIn()];
try {
  await Promise.all([theirs.start(), ours.start()]);
  process.exitCode = await compare(command, directories);
} finally {
  await Promise.all([theirs.stop(), ours.stop()]);
  rmSync(home, { recursive: true, force: true });
}

async function compare(wandb: string, runs: readonly string[]): Promise<number> {
  for (const [file, text] of Object.entries(telemetry)) {
    mkdirSync(dirname(join(home, 'python', file)), { recursive: true });
    writeFileSync(join(home, 'python', file), text);
  }
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    PYTHONPATH: join(home, 'python'),
    WANDB_BASE_URL: theirs.url,
    WANDB_API_KEY: KEY,
    WANDB_ERROR_REPORTING: 'false',
    NO_PROXY: '127.0.0.1',
  };
  const version = spawnSync(wandb, ['--version'], { env, encoding: 'utf8', timeout: START_LIMIT });
  if (version.status !== 0) {
    const said = version.error?.message ?? version.stderr.trim().split('\n').at(-1) ?? '';
    console.error(
      `"${wandb} --version" failed: ${said}\nInstall the client in a virtual environment, with what it imports but its telemetry:\n` +
        `  pip install --no-deps wandb==0.30.0\n  pip install click packaging platformdirs "protobuf<8" "pydantic<3" pyyaml "requests<3" xxhash`,
    );
    return 2;
  }
  console.log(version.stdout.trim());
  for (const directory of runs) {
    for (const whose of ['theirs', 'ours']) {
      cpSync(resolve(directory), copyOf(directory, whose), { recursive: true });
      for (const mark of ['.synced', '.upload.json']) {
        rmSync(`${foundRun(copyOf(directory, whose))?.file ?? ''}${mark}`, { force: true });
      }
    }
  }
  const code = await official(
    wandb,
    runs.map((directory) => copyOf(directory, 'theirs')),
    env,
  );
  if (code !== 0) {
    console.error(`${wandb} sync ended with ${code ?? `a time limit of ${SYNC_LIMIT / 1000} s`}`);
    return 1;
  }
  const client = new WandbClient({ baseUrl: ours.url, key: KEY });
  for (const directory of runs) {
    const found = foundRun(copyOf(directory, 'ours'));
    const outcome = found === null ? null : await syncRun(found, client);
    if (outcome?.type !== 'uploaded') throw new Error(`our upload of ${directory}: ${JSON.stringify(outcome)}`);
    const theirMark = foundRun(copyOf(directory, 'theirs'))?.file ?? '';
    if (!existsSync(`${theirMark}.synced`)) console.log(`${directory}: the official client left no mark`);
  }
  const [their, our] = [holdings(theirs), holdings(ours)];
  let differences = 0;
  for (const name of new Set([...Object.keys(their), ...Object.keys(our)])) {
    if (isDeepStrictEqual(their[name], our[name])) {
      console.log(`same     ${name}: ${short(our[name])}`);
    } else {
      differences++;
      console.log(`differs  ${name}\n  official ${short(their[name])}\n  ours     ${short(our[name])}`);
    }
  }
  console.log(`${differences} differences`);
  return differences === 0 ? 0 : 1;
}

function copyOf(directory: string, whose: string): string {
  return join(home, whose, basename(resolve(directory)));
}

/** Ends the client with all that it started when it takes too long. Resolves to its exit code, or null. */
function official(wandb: string, runs: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const child = spawn(wandb, ['sync', ...runs], { env, cwd: home, stdio: 'inherit', detached: true });
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), SYNC_LIMIT);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

/** What a service holds of runs and artifacts, by names for a person. */
function holdings({ runs, artifacts }: StandIn): Record<string, unknown> {
  const held: Record<string, unknown> = {};
  for (const [at, { rows, summary, files, exitCode, variables }] of runs) {
    const { config, tags, ...said } = variables;
    for (const key of ['displayName', 'groupName', 'jobType', 'sweep', 'commit']) held[`${at} ${key}`] = said[key];
    held[`${at} tags`] = tags ?? [];
    const wrapped = withoutOwn(JSON.parse((config as string | undefined) ?? '{}'));
    for (const [key, value] of Object.entries(wrapped)) held[`${at} config ${key}`] = withoutEmptyMaps(value);
    held[`${at} rows`] = rows.map((row) => JSON.parse(row.replace(/:(-?)(NaN|Infinity)\b/g, ':"$1$2"')) as unknown);
    held[`${at} summary keys`] = Object.keys(withoutOwn(JSON.parse(summary || '{}'))).sort();
    held[`${at} exit code`] = exitCode;
    held[`${at} files`] = [...files.keys()].filter((name) => !derived.has(name)).sort();
  }
  for (const { variables, files, committed } of artifacts.values()) {
    const name = `artifact ${String(variables['artifactCollectionName'])}`;
    for (const key of ['digest', 'artifactTypeName']) held[`${name} ${key}`] = variables[key];
    held[`${name} files`] = [...files.keys()].sort();
    held[`${name} committed`] = committed;
  }
  return held;
}

/** What a client says of itself is its own affair. */
function withoutOwn(document: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document as object).filter(([key]) => key !== '_wandb'));
}

/** The official client leaves them out of a config. */
function withoutEmptyMaps(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, withoutEmptyMaps(inner)]);
  return Object.fromEntries(entries.filter(([, inner]) => !isDeepStrictEqual(inner, {})));
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 240 ? `${text.slice(0, 240)}... (${text.length} characters)` : text;
}
