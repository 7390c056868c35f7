import { selectInstances } from '../graph/select.ts';
import type { InstanceName, Pipeline, StageInstance } from '../stages/types.ts';
import type { Value } from '../yaml/values.ts';
import type { RunEvent } from '../running/events.ts';
import { scratchOfProfile } from '../running/paths.ts';
import { runPipeline } from '../running/run.ts';
import type { SharedMachine } from '../running/resources/shared-machine.ts';
import type { StopSwitch } from '../running/stop.ts';
import { removeScratch } from '../store/scratch.ts';
import { fallsBehind, type RungLosses } from './hyperband.ts';
import { LiveLosses } from './live-losses.ts';
import { readMetric } from './metric.ts';
import type { Sweep } from './sweep-file.ts';
import type { Trial, TrialStore } from './trial-store.ts';
import { statePlace } from '../../base/state-place.ts';

/** The pipeline as one trial runs it. */
export interface TrialProject {
  readonly pipeline: Pipeline;
  readonly lockFile: string;
}

/** Opens the project with values of `-S` laid over the params of the sweep. */
export type OpenTrial = (settings: readonly string[]) => TrialProject;

export interface TrialContext {
  readonly root: string;
  readonly sweep: Sweep;
  readonly store: TrialStore;
  readonly openTrial: OpenTrial;
  readonly shared: SharedMachine;
  readonly stop: StopSwitch;
  readonly listener: (event: RunEvent) => void;
  /** What early stopping saw of the other trials, and is told of this one. */
  readonly rivals: () => readonly RungLosses[];
  readonly reached: (rungs: RungLosses) => void;
}

/** How a trial ended; null when the user stopped it. */
export type TrialEnd = Pick<Trial, 'state' | 'metric' | 'reason'> | null;

/** Time between two looks at the journals of a trial (ms). */
const lookEvery = 500;

/** Mistakes that a trial's values make, and that therefore concern this trial alone. */
const trialErrors = new Set(['PipelineError', 'PlanError', 'LockError', 'ArtifactError', 'UsageError']);

/** Runs the pipeline with the values of a trial, in directories of its own. */
export async function runTrial(trial: Trial, context: TrialContext): Promise<TrialEnd> {
  try {
    return await run(trial, context);
  } catch (error) {
    if (error instanceof Error && trialErrors.has(error.name)) return failed(error.message);
    throw error;
  }
}

async function run(trial: Trial, context: TrialContext): Promise<TrialEnd> {
  const { root, sweep, stop, shared } = context;
  const { pipeline, lockFile } = context.openTrial(trialSettings(trial, sweep, context.store));
  const selection = selectInstances(pipeline, sweep.stages);
  const watch = watchOf(pipeline, selection, context);
  const failures: string[] = [];
  const result = await watch.during(() =>
    runPipeline(pipeline, selection, {
      lockFile,
      machine: () => shared.machine,
      shared,
      sweep: { id: context.store.identity.id, trial: String(trial.trial) },
      keepGoing: false,
      save: true,
      stop,
      listener(event) {
        watch.note(event);
        failures.push(...failuresOf(event));
        context.listener(event);
      },
    }),
  );
  switch (result) {
    case 'interrupted':
      if (watch.behind !== null) removeScratch(statePlace(root, scratchOfProfile(lockFile)));
      return watch.behind === null ? null : { state: 'stopped', metric: null, reason: watch.behind };
    case 'failed':
      return failed(failures[0] ?? 'a stage failed');
    case 'ok': {
      const measured = readMetric(
        root,
        instancesOf(pipeline, selectInstances(pipeline, sweep.stages, { single: true })),
        sweep.metric,
      );
      return measured.ok ? { state: 'finished', metric: measured.value, reason: null } : failed(measured.reason);
    }
  }
}

/** The `-S` settings of a trial: where its results go, what all trials share, and its own values. */
export function trialSettings(
  { trial, values }: Pick<Trial, 'trial' | 'values'>,
  { set, write }: Sweep,
  store: TrialStore,
): string[] {
  return settings({ run: store.runOf(trial), reports: store.reportsOf(trial), ...set, ...values }, write);
}

/** Values by dotted key as `-S` takes them. */
export function settings(values: { readonly [key: string]: Value }, write: Sweep['write']): string[] {
  return Object.entries(values).map(([key, value]) => `${key}=${write(key, value)}`);
}

function failed(reason: string): TrialEnd {
  return { state: 'failed', metric: null, reason };
}

function failuresOf(event: RunEvent): string[] {
  if (event.type !== 'stage-finished' || event.outcome.type !== 'failed') return [];
  const { failure } = event.outcome;
  const last = failure.type === 'exit' ? failure.tail.findLast((line) => line.trim() !== '') : undefined;
  return [`${event.instance}: ${failure.message}${last === undefined ? '' : `: ${last.trim().slice(0, 300)}`}`];
}

function instancesOf(pipeline: Pipeline, names: readonly InstanceName[]): StageInstance[] {
  return names.map((name) => pipeline.instances.get(name)).filter((instance) => instance !== undefined);
}

/** Early stopping of one trial. */
interface Watch {
  readonly note: (event: RunEvent) => void;
  readonly during: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Where the trial fell behind the others, or null. */
  readonly behind: string | null;
}

function watchOf(pipeline: Pipeline, selection: readonly InstanceName[], context: TrialContext): Watch {
  const { hyperband } = context.sweep;
  if (hyperband === null) return { note: () => undefined, during: (work) => work(), behind: null };
  const judged =
    hyperband.stages.length === 0 ? selection : selectInstances(pipeline, hyperband.stages, { single: true });
  return new HyperbandWatch(hyperband, new LiveLosses(context.root, hyperband, new Set(judged)), context);
}

class HyperbandWatch implements Watch {
  behind: string | null = null;
  readonly #hyperband: NonNullable<Sweep['hyperband']>;
  readonly #live: LiveLosses;
  readonly #context: TrialContext;

  constructor(hyperband: NonNullable<Sweep['hyperband']>, live: LiveLosses, context: TrialContext) {
    this.#hyperband = hyperband;
    this.#live = live;
    this.#context = context;
  }

  note(event: RunEvent): void {
    this.#live.note(event);
    if (event.type === 'progress' || event.type === 'stage-finished') this.#look();
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const timer = setInterval(() => this.#look(), lookEvery);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      this.#context.reached(this.#live.atRungs());
    }
  }

  #look(): void {
    const { stop, reached, rivals } = this.#context;
    if (stop.signal.aborted) return;
    const own = this.#live.atRungs();
    reached(own);
    this.behind = fallsBehind(this.#hyperband, own, rivals());
    if (this.behind !== null) stop.stop();
  }
}
