/**
 * How many pictures a second all cores train on together: five folds of GroupGAN (2v2), a fold being so many steps, spread
 * over processes of so many threads. Processes have started and warmed up before the clock runs; each takes the
 * next fold when it is done with one. The configurations take turns, and ratios are medians over turns.
 *
 *   npm run bench -- throughput [--steps 10] [--turns 3] [--python python3] [--layout channels_last]
 */
import { parseArgs } from 'node:util';
import { findNative } from '../src/compute/native/native-location.ts';
import { median } from './support/measure.ts';
import { home } from './support/project.ts';
import { pairedRatio } from './support/ratios.ts';
import type { Figure, Report } from './support/report.ts';
import type { Stepper } from './support/stepper.ts';
import { hasTorch, startOurs, startTwin } from './support/training-processes.ts';
import type { StepSettings, TwinSettings } from './step/step-settings.ts';

const FOLDS = 5;
const WARM_UP = 2;
const SETTINGS: StepSettings = {
  method: 'groupgan-2v2',
  net: 'VGG13',
  size: 48,
  batch: 16,
  width: 0.25,
  channels: 1,
  share: true,
};

interface Configuration {
  readonly name: string;
  readonly processes: number;
  start(): Promise<Stepper>;
}

function configurations(python: string, layout: TwinSettings['layout']): Configuration[] {
  const ours = (backend: 'wasm' | 'node', processes: number, threads: number): Configuration => ({
    name: `${backend}, ${processes} x ${threads}`,
    processes,
    start: () => startOurs(backend, SETTINGS, threads),
  });
  const found = [ours('wasm', 1, 1), ours('wasm', 2, 1)];
  if ((findNative('node', home)?.binding ?? null) !== null)
    found.push(ours('node', 1, 2), ours('node', 2, 1), ours('node', 2, 2));
  else console.log('No native backend is installed (npm run backend:native): not measured.');
  if (hasTorch(python)) {
    found.push({ name: 'PyTorch, 1 x 2', processes: 1, start: () => startTwin(python, SETTINGS, 2, layout) });
  }
  return found;
}

/** Lets the processes work off all folds; returns the wall time, ms, and the processor time of all steps. */
async function trainFolds(steppers: readonly Stepper[], steps: number): Promise<{ ms: number; cpu: number }> {
  let next = 0;
  let cpu = 0;
  const start = performance.now();
  const work = async (stepper: Stepper): Promise<void> => {
    while (next++ < FOLDS) {
      const { cpu: used } = await stepper.run(steps);
      cpu += used.reduce((sum, ms) => sum + ms, 0);
    }
  };
  await Promise.all(steppers.map(work));
  return { ms: performance.now() - start, cpu };
}

export async function main(words: readonly string[]): Promise<Report> {
  const { values: flags } = parseArgs({
    args: [...words],
    options: {
      steps: { type: 'string', default: '10' },
      turns: { type: 'string', default: '3' },
      python: { type: 'string', default: 'python3' },
      layout: { type: 'string', default: 'channels_last' },
    },
  });
  const steps = Number(flags.steps);
  const all = configurations(flags.python, flags.layout as TwinSettings['layout']);
  const runs = all.map(({ name, processes }) => ({ name, processes, ms: [] as number[], cpu: [] as number[] }));
  const groups: Stepper[][] = [];
  const versions = new Set<string>();
  try {
    for (const configuration of all) {
      const group: Stepper[] = [];
      groups.push(group);
      for (let i = 0; i < configuration.processes; i++) group.push(await configuration.start());
      for (const stepper of group) {
        versions.add(stepper.introduction.version);
        await stepper.run(WARM_UP);
      }
    }
    for (let turn = 0; turn < Number(flags.turns); turn++) {
      for (const [index, group] of groups.entries()) {
        const { ms, cpu } = await trainFolds(group, steps);
        runs[index]?.ms.push(ms);
        runs[index]?.cpu.push(cpu);
      }
    }
  } finally {
    await Promise.all(groups.flat().map((stepper) => stepper.end()));
  }
  const images = FOLDS * steps * SETTINGS.batch;
  const speeds = runs.map(({ name, ms }): Figure => {
    return { name: `${name}, pictures a second`, value: (1000 * images) / median(ms), unit: '', goal: null };
  });
  const ratios = runs.flatMap((run, index) =>
    runs.slice(index + 1).map((other): Figure => {
      const name = `speed of ${other.name} / ${run.name}`;
      return { name, value: pairedRatio(run.ms, other.ms), unit: '', goal: null };
    }),
  );
  const { net, size, batch, width } = SETTINGS;
  const title = `${FOLDS} folds of ${steps} steps, GroupGAN (2v2) with ${net}, ${size} x ${size}, batch ${batch}, width ${width}`;
  const how = `processes x threads; ${[...versions].join(', ')}`;
  return { sections: [{ title: `${title} (${how})`, times: runs, figures: [...speeds, ...ratios] }] };
}
