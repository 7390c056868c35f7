import path from 'node:path';
import { tsxCacheVariables } from '../src/engine/executors/tsx-cache.ts';
import { compareReports, keepReport, readKept, thisMachine } from './support/baseline.ts';
import { takeKeeping } from './support/keeping.ts';
import { home } from './support/project.ts';
import { renderReport, type Report } from './support/report.ts';
import { isForUser } from './support/bench-error.ts';

// What is measured has tsx's cache as a run has it.
delete process.env['TSX_DISABLE_CACHE'];
Object.assign(process.env, tsxCacheVariables());

/**
 * `npm run bench -- [name] [its own words] [--json FILE] [--save[=FILE]] [--against[=FILE]]`: without a name, what there
 * is to measure. A bench that returns a report has its tables printed and written as JSON, to bench/results/NAME.json
 * unless told otherwise; `--save` keeps it as a baseline, too, `--against` compares it with the baseline.
 */

interface Bench {
  readonly summary: string;
  /** Runs the bench with its own words of the command line. */
  run(words: readonly string[]): Promise<Report | null>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  runner: {
    summary: 'what the runner costs: a chain with nothing to do, 343 instances, the experiment',
    run: async (words) => (await import('./runner/runner.ts')).main(words),
  },
  step: {
    summary: 'milliseconds a training step, for every method and for pretraining, beside PyTorch',
    run: async (words) => (await import('./step/step.ts')).main(words),
  },
  'step-profile': {
    summary: 'where the time of a training step goes, kernel by kernel',
    run: async (words) => {
      await (await import('./step/step-profile.ts')).main(words);
      return null;
    },
  },
  kernels: {
    summary: 'what the WASM kernels cost, against the stock ones and the peak of a core',
    run: async (words) => (await import('./kernels.ts')).main(words),
  },
  throughput: {
    summary: 'training pictures a second over five folds, by processes and threads, beside PyTorch',
    run: async (words) => (await import('./throughput.ts')).main(words),
  },
  'paper-scale': {
    summary: 'one step of every training at the scale of the paper: time, memory, are the numbers finite?',
    run: async (words) => (await import('./paper-scale.ts')).main(words),
  },
  'start-up': {
    summary: 'milliseconds from a command to its first step: node, `status`, a stage cold and warm',
    run: async (words) => (await import('./runner/start-up.ts')).main(words),
  },
  'status-scale': {
    summary: 'how long `status` takes over 10,000 and 100,000 inputs',
    run: (words) => script(words, () => import('./status-scale.ts')),
  },
  hash: {
    summary: 'how fast files are hashed, against sha256sum and openssl',
    run: (words) => script(words, () => import('./hash.ts')),
  },
  'plan-scale': {
    summary: 'processor time and memory of planning 1,000, 5,000 and 20,000 instances',
    run: (words) => script(words, () => import('./plan-scale.ts')),
  },
  'large-stills': {
    summary: 'prepared stills of 5 GiB: written, opened, dealt in batches, and the memory that takes',
    run: (words) => script(words, () => import('./large-stills.ts')),
  },
  'large-output': {
    summary: 'an output of 5 GiB made, kept, unchanged, lost and restored',
    run: (words) => script(words, () => import('./large-output.ts')),
  },
  faults: {
    summary: 'kills runs at random moments and damages the cache; nothing may be wrong afterwards',
    run: (words) => script(words, () => import('./faults.ts')),
  },
  tracking: {
    summary: 'what a report of training costs',
    run: (words) => script(words, () => import('./tracking.ts')),
  },
  'tracking-stage': {
    summary: 'what tracking costs a whole training stage, with a service that answers, hangs, refuses or dies',
    run: (words) => script(words, () => import('./tracking-stage.ts')),
  },
  prepare: {
    summary: 'how fast pictures are decoded, cropped and shrunk, against a bare loop of sharp, and Pillow',
    run: async (words) => (await import('./prepare.ts')).main(words),
  },
  'node-versions': {
    summary: 'is the smoke profile the same, byte for byte, on Node 20, 22 and 24?',
    run: async (words) => {
      (await import('./node-versions.ts')).main(words);
      return null;
    },
  },
  'face-difficulty': {
    summary: 'how hard the synthetic faces are for a linear classifier',
    run: (words) => script(words, () => import('./faces/face-difficulty.ts')),
  },
  'contact-sheet': {
    summary: 'draws docs/images/contact-sheet.png',
    run: (words) => script(words, () => import('./faces/contact-sheet.ts')),
  },
};

/** A script does its work when it is loaded, and reads its words where Node puts them. */
async function script(words: readonly string[], load: () => Promise<unknown>): Promise<null> {
  process.argv = [...process.argv.slice(0, 2), ...words];
  await load();
  return null;
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined) {
    for (const [key, { summary }] of Object.entries(BENCHES)) console.log(`${key.padEnd(17)}${summary}`);
    return 0;
  }
  const bench = BENCHES[name];
  if (bench === undefined) {
    console.error(`There is no bench "${name}"; there are ${Object.keys(BENCHES).join(', ')}.`);
    return 2;
  }
  const { json, save, against, own } = takeKeeping(rest, path.join(home, 'bench/results'), name);
  // Before anything is measured: a missing baseline should not be found out after an hour.
  const baseline = against === null ? null : readKept(against);
  const report = await bench.run(own);
  if (report === null) return Number(process.exitCode ?? 0);
  console.log(renderReport(report));
  if (baseline !== null) console.log(`\n${compareReports(baseline, report, thisMachine())}`);
  for (const file of save === null ? [json] : [json, save]) {
    keepReport(file, report);
    console.log(`\nWritten: ${path.relative(process.cwd(), file)}`);
  }
  // A bench may have found that something is wrong.
  return Number(process.exitCode ?? 0);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isForUser(error)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
