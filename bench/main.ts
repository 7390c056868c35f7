import { compareWithBaseline, renderReport, type Report, saveBaseline } from './support/report.ts';

/**
 * `npm run bench -- [name] [its own words] [--compare] [--no-save]`: without a name, what there is to measure. A bench
 * that returns a report has its table printed and kept as the baseline; with `--compare` it is compared instead.
 */

interface Bench {
  readonly summary: string;
  /** Runs the bench with its own words of the command line. */
  run(words: readonly string[]): Promise<Report | null>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  runner: {
    summary: 'what the runner costs: a chain with nothing to do, 343 instances, the experiment',
    run: async (words) => (await import('./runner.ts')).main(words),
  },
  step: {
    summary: 'milliseconds a training step, for every method and for pretraining, beside PyTorch',
    run: async (words) => (await import('./step.ts')).main(words),
  },
  'step-profile': {
    summary: 'where the time of a training step goes, kernel by kernel',
    run: async (words) => {
      await (await import('./step-profile.ts')).main(words);
      return null;
    },
  },
  kernels: {
    summary: 'what the WASM kernels cost, against the stock ones and the peak of a core',
    run: async (words) => {
      await (await import('./kernels.ts')).main(words);
      return null;
    },
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
    run: (words) => script(words, () => import('./face-difficulty.ts')),
  },
  'contact-sheet': {
    summary: 'draws docs/images/contact-sheet.png',
    run: (words) => script(words, () => import('./contact-sheet.ts')),
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
  const own = rest.filter((word) => word !== '--compare' && word !== '--no-save');
  const report = await bench.run(own);
  if (report === null) return Number(process.exitCode ?? 0);
  console.log(renderReport(report));
  if (rest.includes('--compare')) console.log(`\n${compareWithBaseline(name, report)}`);
  // A part of a bench must not take the place of the whole.
  else if (own.length === 0 && !rest.includes('--no-save')) console.log(`\nKept as ${saveBaseline(name, report)}.`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
