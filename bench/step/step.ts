/**
 * What a training step costs, for every method and for both pretrainings, beside the same step in PyTorch where Python
 * has it. Each contender is a process of its own that stands still while the others compute; they take turns, and
 * ratios are medians over the pairs of a turn.
 *
 *   npm run bench -- step [--scales 32,48,128] [--only groupgan-2v2,cnn] [--backends wasm,wasm-plain,node] [--turns 5]
 *                         [--python python3] [--layout channels_last] [--net VGG13] [--channels 1] [--share false]
 *   npm run bench -- step --tensors 1000    are tensors left behind? As many steps at a tiny scale, minutes in all
 */
import { parseArgs } from 'node:util';
import { median } from '../support/measure.ts';
import { pairedRatio } from '../support/ratios.ts';
import type { Figure, Report, Section } from '../support/report.ts';
import { hasTorch, startOurs, startTwin } from '../support/training-processes.ts';
import type { Steps, Stepper } from '../support/stepper.ts';
import { STEPS, isBaseNet, isStep } from './step-settings.ts';
import type { StepName, StepSettings, TwinSettings } from './step-settings.ts';
import { BenchError } from '../support/bench-error.ts';

/** The scale of params/tables.yaml, and the two that the other goals are set at. */
const SCALES: Readonly<
  Record<string, { readonly batch: number; readonly width: number; readonly stepsATurn: number }>
> = {
  32: { batch: 16, width: 0.125, stepsATurn: 10 },
  48: { batch: 16, width: 0.25, stepsATurn: 3 },
  128: { batch: 4, width: 1, stepsATurn: 1 },
};

/** Steps of each contender that are not counted: two are traced, and the first that is replayed is made ready. */
const WARM_UP = 4;

/** The goals are set for two cores. */
const THREADS = { 'one thread': 1, 'all cores': 2 } as const;

interface Contender {
  readonly name: string;
  readonly peer: boolean;
  /** For which ratio it is taken: contenders of one kind are compared. */
  readonly kind: keyof typeof THREADS;
  start(settings: StepSettings): Promise<Stepper>;
}

/** The most that our step may take, as a multiple of PyTorch's with as many threads; GroupGAN 2V2, VGG13. */
const GOALS: Readonly<Record<string, number>> = {
  'wasm 32': 1.2,
  'wasm 48': 1,
  'wasm 128': 5,
  'node 48': 0.8,
  'node 128': 0.75,
};

const MEMORY_GOALS_MIB: Readonly<Record<string, number>> = { wasm: 3072, node: 2048 };

export async function main(words: readonly string[]): Promise<Report> {
  const { values: flags } = parseArgs({
    args: [...words],
    options: {
      scales: { type: 'string', default: '48,128' },
      only: { type: 'string', default: STEPS.join(',') },
      backends: { type: 'string', default: 'wasm' },
      turns: { type: 'string', default: '5' },
      python: { type: 'string', default: 'python3' },
      layout: { type: 'string', default: 'channels_last' },
      net: { type: 'string', default: 'VGG13' },
      channels: { type: 'string', default: '1' },
      share: { type: 'string', default: 'true' },
      tensors: { type: 'string' },
    },
  });
  const { net } = flags;
  if (!isBaseNet(net)) throw new BenchError(`--net does not know ${net}`);
  const methods = flags.only.split(',').map((name): StepName => {
    if (!isStep(name)) throw new BenchError(`--only takes ${STEPS.join(', ')}, not ${name}`);
    return name;
  });
  const shared = { net, channels: Number(flags.channels), share: flags.share === 'true' };
  if (flags.tensors !== undefined) return { sections: [await tensorSection(methods, shared, Number(flags.tensors))] };

  const ours = flags.backends.split(',').map(ourContender);
  // Only peers of as many threads as ours have: one that waits for a second core makes a busy machine slower still.
  const twins = (
    net === 'VGG13' && shared.share ? peers(flags.python, flags.layout as TwinSettings['layout']) : []
  ).filter(({ kind }) => ours.some((contender) => contender.kind === kind));
  const sections: Section[] = [];
  for (const scale of flags.scales.split(',')) {
    const found = SCALES[scale];
    if (found === undefined) throw new BenchError(`--scales takes ${Object.keys(SCALES).join(', ')}, not ${scale}`);
    const settings = { ...shared, size: Number(scale), batch: found.batch, width: found.width };
    sections.push(await scaleSection(settings, methods, [...ours, ...twins], found.stepsATurn, Number(flags.turns)));
  }
  return { sections };
}

/** What replaying saves, in the same run: a step replayed over one that is run operation by operation. */
const PLAIN = 'wasm-plain';

function ourContender(name: string): Contender {
  if (name === PLAIN) {
    return { name, peer: false, kind: 'one thread', start: (settings) => startOurs('wasm', settings, 1, 'plain') };
  }
  const backend = (['wasm', 'node', 'node-gpu'] as const).find((one) => one === name);
  if (backend === undefined) throw new BenchError(`--backends takes wasm, ${PLAIN}, node, node-gpu, not ${name}`);
  const kind = backend === 'wasm' ? 'one thread' : 'all cores';
  return { name: backend, peer: false, kind, start: (settings) => startOurs(backend, settings, THREADS[kind]) };
}

/** PyTorch with one thread and with all cores, or nobody where this Python does not have it. */
function peers(python: string, layout: TwinSettings['layout']): Contender[] {
  if (!hasTorch(python)) return [];
  return (['one thread', 'all cores'] as const).map((kind) => {
    const threads = THREADS[kind];
    return {
      name: `PyTorch, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      peer: true,
      kind,
      start: (settings) => startTwin(python, settings, threads, layout),
    };
  });
}

interface Run {
  readonly contender: Contender;
  readonly turns: Steps[];
}

/** All methods at one scale. */
async function scaleSection(
  settings: Omit<StepSettings, 'method'>,
  methods: readonly StepName[],
  contenders: readonly Contender[],
  stepsATurn: number,
  turns: number,
): Promise<Section> {
  const times: { name: string; ms: number[]; cpu: number[] }[] = [];
  const figures: Figure[] = [];
  const versions = new Set<string>();
  for (const method of methods) {
    const runs = await race({ ...settings, method }, contenders, stepsATurn, turns, versions);
    for (const { contender, turns: taken } of runs) {
      const ms = taken.map((turn) => median(turn.ms));
      const cpu = taken.map((turn) => median(turn.cpu));
      times.push({ name: `${method}: ${contender.name}`, ms, cpu });
    }
    figures.push(
      ...ratios(method, settings.size, runs),
      ...replayed(method, settings.size, runs),
      ...waits(method, runs),
      ...memory(method, settings.size, runs),
    );
  }
  const { net, size, channels, batch, width, share } = settings;
  const how = share ? '' : ', a synthesis for each player';
  const title = `${net}, ${size} x ${size} x ${channels}, batch ${batch}, width ${width}${how}`;
  return { title: `${title} (${[...versions].join(', ')})`, times, figures };
}

/** Lets the contenders take turns at one training. */
async function race(
  settings: StepSettings,
  contenders: readonly Contender[],
  stepsATurn: number,
  turns: number,
  versions: Set<string>,
): Promise<Run[]> {
  const steppers: Stepper[] = [];
  try {
    for (const contender of contenders) steppers.push(await contender.start(settings));
    requireSameWork(settings.method, contenders, steppers);
    for (const { introduction } of steppers) versions.add(introduction.version);
    for (const stepper of steppers) await stepper.run(WARM_UP);
    const runs = contenders.map((contender) => ({ contender, turns: [] as Steps[] }));
    for (let turn = 0; turn < turns; turn++) {
      for (const [index, stepper] of steppers.entries()) runs[index]?.turns.push(await stepper.run(stepsATurn));
    }
    return runs;
  } finally {
    await Promise.all(steppers.map((stepper) => stepper.end()));
  }
}

/** Unequal networks would make the comparison worthless. */
function requireSameWork(method: StepName, contenders: readonly Contender[], steppers: readonly Stepper[]): void {
  const sorted = steppers.map(({ introduction }) => Object.entries(introduction.parameters).sort());
  const texts = sorted.map((parameters) => parameters.map(([name, count]) => `${name} ${count}`).join(', '));
  console.log(`${method}: trains ${texts[0] ?? 'nothing'}`);
  const other = texts.findIndex((text) => text !== texts[0]);
  if (other < 0) return;
  throw new Error(`${contenders[other]?.name ?? 'another'} does not do the same work: it trains ${texts[other] ?? ''}`);
}

/**
 * Ours over PyTorch with as many threads: the median of the ratios within a turn. Of one thread the processor time is
 * compared as well, which a busy machine changes less.
 */
function ratios(method: StepName, size: number, runs: readonly Run[]): Figure[] {
  const pairs = runs.flatMap((ours) => {
    const peer = runs.find(({ contender: { peer, kind } }) => peer && kind === ours.contender.kind);
    return ours.contender.peer || peer === undefined ? [] : [{ ours, peer }];
  });
  return pairs.flatMap(({ ours, peer }) => {
    const ratio = (of: (steps: Steps) => readonly number[]): number =>
      pairedRatio(
        ours.turns.map((turn) => median(of(turn))),
        peer.turns.map((turn) => median(of(turn))),
      );
    const { name, kind } = ours.contender;
    const goal = method === 'groupgan-2v2' ? (GOALS[`${name} ${size}`] ?? null) : null;
    const title = `${method}: ${name} / ${peer.contender.name}`;
    const wall = { name: title, value: ratio(({ ms }) => ms), unit: '', goal };
    if (kind === 'all cores') return [wall];
    return [wall, { name: `${title}, processor time`, value: ratio(({ cpu }) => cpu), unit: '', goal }];
  });
}

/** A replayed step over the same step run operation by operation. */
function replayed(method: StepName, size: number, runs: readonly Run[]): Figure[] {
  const named = (name: string): Run | undefined => runs.find(({ contender }) => contender.name === name);
  const [replay, plain] = [named('wasm'), named(PLAIN)];
  if (replay === undefined || plain === undefined) return [];
  const times = ({ turns }: Run): number[] => turns.map(({ ms }) => median(ms));
  const goal = method === 'groupgan-2v2' && size === 32 ? 0.5 : null;
  return [{ name: `${method}: wasm / ${PLAIN}`, value: pairedRatio(times(replay), times(plain)), unit: '', goal }];
}

/** How long a step stands still before it can compute, because its batch is still being made. */
function waits(method: StepName, runs: readonly Run[]): Figure[] {
  return runs.flatMap(({ contender, turns }) => {
    const wait = median(turns.flatMap((turn) => turn.wait));
    const step = median(turns.flatMap((turn) => turn.ms));
    const name = `${method}: ${contender.name}, wait for data`;
    return [
      { name: `${name} a step`, value: wait, unit: 'ms', goal: null },
      { name: `${name}, share of the step`, value: (100 * wait) / step, unit: '%', goal: null },
    ];
  });
}

function memory(method: StepName, size: number, runs: readonly Run[]): Figure[] {
  return runs.map(({ contender, turns }) => ({
    name: `${method}: ${contender.name}, peak of memory`,
    value: Math.max(...turns.map(({ peakMib }) => peakMib)),
    unit: 'MiB',
    goal: method === 'groupgan-2v2' && size === 128 ? (MEMORY_GOALS_MIB[contender.name] ?? null) : null,
  }));
}

/**
 * Do tensors stay behind? Counted after the first steps and after many more. The smallest pictures that G can halve four
 * times: a step costs what its kernels' calls cost, 10 to 60 ms of processor time, so that a thousand of every method take
 * some minutes.
 */
async function tensorSection(
  methods: readonly StepName[],
  shared: Pick<StepSettings, 'net' | 'channels' | 'share'>,
  steps: number,
): Promise<Section> {
  const settings = { ...shared, size: 16, batch: 2, width: 0.0625 };
  const figures: Figure[] = [];
  for (const method of methods) {
    const stepper = await startOurs('wasm', { ...settings, method }, 1);
    try {
      const before = await stepper.run(WARM_UP);
      const after = await stepper.run(steps);
      const more = (after.tensors ?? NaN) - (before.tensors ?? NaN);
      const name = `${method}: tensors more after ${steps} steps (${after.tensors ?? NaN} alive)`;
      console.log(`${name}: ${more}`);
      figures.push({ name, value: more, unit: '', goal: 0 });
    } finally {
      await stepper.end();
    }
  }
  const { net, size, batch, width } = settings;
  return { title: `Tensors, wasm, ${net}, ${size} x ${size}, batch ${batch}, width ${width}`, times: [], figures };
}
