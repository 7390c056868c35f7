/**
 * What tracking costs a whole training stage: npx tsx bench/tracking-stage.ts [--rounds 5] [--iterations 400] [--log-every 10]
 * Trains GroupGAN (2v2) of the smoke profile again and again, each round once in every mode, and sets wall time and
 * processor time of the training process against those of the same round without tracking. The service is the stand-in
 * of the tests; the mirror is the real one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openProject } from '../src/cli/project.ts';
import { contextVariable, type ContextData } from '../src/engine/stage-context.ts';
import { type Fault, KEY, StandIn } from '../test/tracking/service/stand-in.ts';
import { median } from './support/measure.ts';
import { home, pipelineBin, runPipeline } from './support/project.ts';
import { table } from './support/table.ts';

const INSTANCE = 'train@groupgan-2v2-AlexNet-0';
const PROFILE = 'bench-tracking';

/** Has the process say what it computed: all its threads, in microseconds. */
const reportCpu = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.BENCH_CPU, JSON.stringify(process.cpuUsage())));`,
)}`;

interface Mode {
  readonly name: string;
  readonly wandb: 'disabled' | 'offline' | 'online';
  readonly fault?: (at: number) => Fault | null;
  /** The service is gone after so many requests. */
  readonly diesAfter?: number;
}

const BASE: Mode = { name: 'disabled (the journal alone)', wandb: 'disabled' };
const MODES: readonly Mode[] = [
  { name: 'offline (default)', wandb: 'offline' },
  { name: 'online', wandb: 'online' },
  { name: 'online, silent service', wandb: 'online', fault: () => ({ type: 'hang' }) },
  {
    name: 'online, 429 and 500',
    wandb: 'online',
    fault: (at) => (at % 2 === 0 ? { type: 'status', status: 429, retryAfter: 0 } : { type: 'status', status: 500 }),
  },
  { name: 'online, service dies', wandb: 'online', diesAfter: 3 },
];

interface Cost {
  /** In ms. */
  readonly wall: number;
  readonly cpu: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    iterations: { type: 'string', default: '400' },
    'log-every': { type: 'string', default: '10' },
  },
});
const rounds = Number(values.rounds);
const set = [
  `profile="${PROFILE}"`,
  `training.train.iterations.gan=${values.iterations}`,
  `training.logEvery=${values['log-every']}`,
];
const project = { params: ['params/smoke.yaml'], set };
const scratch = mkdtempSync(path.join(tmpdir(), 'bench-tracking-'));
try {
  const words = set.flatMap((one) => ['-S', one]);
  runPipeline(home, '--params', 'params/smoke.yaml', ...words, '--stage', INSTANCE, '--quiet');
  await measure();
} finally {
  for (const folder of [scratch, path.join(home, 'runs', PROFILE), path.join(home, 'reports', PROFILE)]) {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(): Promise<void> {
  const base: Cost[] = [];
  const costs = new Map(MODES.map((mode) => [mode, [] as Cost[]]));
  for (let round = 0; round <= rounds; round++) {
    // The first round fills the caches of disk and compiler.
    const all = [BASE, ...MODES];
    for (const at of all.keys()) {
      // Each round begins with another mode, so that none always follows the same one.
      const mode = all[(at + round) % all.length] ?? BASE;
      const own = await train(mode);
      if (round > 0) (mode === BASE ? base : costs.get(mode))?.push(own);
    }
    process.stderr.write(`\rround ${round} of ${rounds}`);
  }
  const ratio = (own: readonly Cost[], of: (cost: Cost) => number): string => {
    const ratios = own.map((cost, at) => of(cost) / of(base[at] ?? cost));
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    return `${median(ratios).toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`;
  };
  const seconds = (own: readonly Cost[], of: (cost: Cost) => number): string => (median(own.map(of)) / 1000).toFixed(2);
  const rows = [[BASE.name, seconds(base, wallOf), seconds(base, cpuOf), '', '']];
  for (const [{ name }, own] of costs) {
    rows.push([name, seconds(own, wallOf), seconds(own, cpuOf), ratio(own, wallOf), ratio(own, cpuOf)]);
  }
  console.log(
    `\n${INSTANCE}, ${values.iterations} iterations, a report every ${values['log-every']}, ${rounds} rounds; median (least to most)`,
  );
  console.log(table(['tracking', 'wall (s)', 'processor (s)', 'wall ratio', 'processor ratio'], rows));
}

function wallOf({ wall }: Cost): number {
  return wall;
}

function cpuOf({ cpu }: Cost): number {
  return cpu;
}

/** Trains once. Throws when the stage fails: tracking must not do that to it. */
async function train({ name, wandb, fault, diesAfter }: Mode): Promise<Cost> {
  const folder = mkdtempSync(path.join(scratch, 'run-'));
  const service = new StandIn();
  await service.start();
  service.fault = ({ at }) => {
    if (diesAfter !== undefined && at >= diesAfter) void service.stop();
    return fault?.(at) ?? null;
  };
  const contextFile = path.join(folder, 'context.json');
  const env = {
    ...process.env,
    WANDB_MODE: wandb,
    WANDB_DIR: folder,
    WANDB_BASE_URL: service.url,
    WANDB_API_KEY: KEY,
    BENCH_CPU: path.join(folder, 'cpu.json'),
    [contextVariable]: contextFile,
  };
  const [command = '', context] = stage(folder);
  writeFileSync(contextFile, JSON.stringify(context));
  const mirror = wandb === 'online' ? startMirror(env) : null;
  const start = performance.now();
  const child = spawn(process.execPath, ['--import', reportCpu, '--import', 'tsx', ...command.split(' ').slice(1)], {
    cwd: home,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await ended(child);
  const wall = performance.now() - start;
  if (mirror !== null) {
    mirror.kill('SIGKILL');
    await ended(mirror);
  }
  await service.stop();
  if (code !== 0) throw new Error(`${INSTANCE} with tracking ${name} ended with ${String(code)}`);
  const { user, system } = JSON.parse(readFileSync(env.BENCH_CPU, 'utf8')) as NodeJS.CpuUsage;
  if (wandb === 'online' && service.requests.length === 0) throw new Error('the mirror never asked the service');
  return { wall, cpu: (user + system) / 1000 };
}

/** The command of the stage, and the context that the runner would give it, with outputs of its own. */
function stage(folder: string): [command: string | undefined, context: ContextData] {
  const { pipeline } = openProject(home, project);
  const instance = [...pipeline.instances.values()].find(({ name }) => name === INSTANCE);
  if (instance === undefined) throw new Error(`the smoke profile has no ${INSTANCE}`);
  mkdirSync(path.join(folder, 'journal'));
  const context = {
    name: instance.name,
    root: home,
    cpus: 1,
    invocation: 'bench',
    journal: path.join(folder, 'journal', 'train.jsonl'),
    scratch: path.join(folder, 'scratch'),
    params: Object.fromEntries(instance.params.map(({ key, value }) => [key, value])),
    deps: instance.deps.map((dep) => dep.path),
    outs: [path.join(folder, 'out')],
  };
  return [instance.commands[0], context];
}

function startMirror(env: NodeJS.ProcessEnv): ChildProcess {
  const mirror = spawn(process.execPath, [pipelineBin, '__mirror'], {
    cwd: home,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  mirror.stdin.write('bench\n');
  return mirror;
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.on('close', resolve));
}
