/** What several stages do alike: read a fold, start TensorFlow.js, open a run in the tracker. */
import { type StageContext, StageError } from '../src/engine/stage-context.ts';
import { openPrepared, type PairSet } from '../src/science/data/prepared.ts';
import { loadBackend } from '../src/science/tensor/backend.ts';
import type { BackendName } from '../src/science/tensor/backend-choice.ts';
import type { TrainingOptions } from '../src/science/methods/options.ts';
import { createRandom, type Random } from '../src/science/tensor/random.ts';
import { journalTo } from '../src/tracking/journal.ts';
import type { Tracker } from '../src/tracking/tracker.ts';

/** An argument of the stage's command line, or a message that names it. */
export function argument(context: StageContext, name: string): string {
  const value = context.args[name];
  if (value === undefined) throw new StageError(`${context.name}: the command in pipeline.yaml gives no --${name}`);
  return value;
}

export function foldOf(context: StageContext): number {
  return Number(argument(context, 'fold'));
}

/** Training and test pairs of this stage's fold. */
export async function openFold(context: StageContext): Promise<{ train: PairSet; test: PairSet }> {
  const corpus = await openPrepared(context.dep('prepared'));
  return corpus.split(foldOf(context));
}

export async function startBackend(context: StageContext): Promise<void> {
  await loadBackend(context.param('backend') as BackendName);
}

/** A stream of random numbers that depends on the seed and on what this instance trains, on nothing else. */
export function randomOf(context: StageContext, ...labels: readonly string[]): Random {
  const seed = createRandom(context.param('seed') as number);
  return labels.reduce((random, label) => random.fork(label), seed.fork(argument(context, 'task')));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function overlay(base: unknown, top: unknown): unknown {
  if (!isMap(base) || !isMap(top)) return top ?? base;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(top)) merged[key] = overlay(base[key], value);
  return merged;
}

/**
 * The subtrees of `training` that the stage declares, with what `sketches.training` puts in their place when the task
 * is the drawings.
 */
export function trainingOptions<Key extends keyof TrainingOptions>(
  context: StageContext,
  keys: readonly Key[],
): Pick<TrainingOptions, Key> {
  const special = argument(context, 'task') === 'sketches' ? context.param('sketches.training') : {};
  const options: Record<string, unknown> = {};
  for (const key of keys) {
    options[key] = overlay(context.param(`training.${key}`), isMap(special) ? special[key] : undefined);
  }
  return options as Pick<TrainingOptions, Key>;
}

/** Opens this instance's run; `body` logs to it. The run ends as failed when the body throws. */
export async function tracked<T>(
  context: StageContext,
  config: Readonly<Record<string, unknown>>,
  body: (tracker: Tracker) => Promise<T>,
): Promise<T> {
  const tracker = await journalTo(context.journal)({
    name: context.name,
    group: context.invocation,
    jobType: context.name.split('@')[0] ?? context.name,
    tags: [argument(context, 'task')],
    config: { ...context.args, ...config },
  });
  try {
    const result = await body(tracker);
    await tracker.finish('finished');
    return result;
  } catch (error) {
    await tracker.finish(context.signal.aborted ? 'stopped' : 'failed');
    throw error;
  }
}
