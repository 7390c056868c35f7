/** What several stages do alike: read a fold, collect options, start TensorFlow.js, go on after a kill. */
import { basename, join } from 'node:path';
import { type StageContext, StageError } from '../src/engine/stage-context.ts';
import type { CorpusChoice } from '../src/science/data/corpora/registry.ts';
import type { Crop } from '../src/science/data/pictures/face-crop.ts';
import { openPrepared, type PairSet } from '../src/science/data/prepared/prepared.ts';
import type { BaseNetName } from '../src/science/models/base-net.ts';
import type { MethodOptions } from '../src/science/methods/options.ts';
import { loadBackend } from '../src/compute/backend.ts';
import type { BackendName } from '../src/compute/backend-choice.ts';
import { createRandom, type Random } from '../src/base/random.ts';
import { Checkpoints } from '../src/science/training/checkpoints.ts';

/** A corpus of faces as `faces.corpora` of params gives it. */
export interface FaceCorpus {
  readonly root: string;
  readonly options: CorpusChoice['options'];
  readonly crop: Crop;
}

/** An argument of the stage's command line, or a message that names it. */
export function argument(context: StageContext, name: string): string {
  const value = context.args[name];
  if (value === undefined) throw new StageError(`${context.name}: the command in pipeline.yaml gives no --${name}`);
  return value;
}

export function netOf(context: StageContext): BaseNetName {
  return argument(context, 'net') as BaseNetName;
}

export function foldOf(context: StageContext): number {
  return Number(argument(context, 'fold'));
}

/** Which repetition of its fold the stage is, to be spread into what says so; empty where a fold is trained once. */
export function repetition(context: StageContext): { readonly repeat?: number } {
  const text = context.args['repeat'];
  return text === undefined ? {} : { repeat: Number(text) };
}

/** Labels that keep random numbers of one fold, and of its repetitions, apart from those of others. */
export function foldLabels(context: StageContext): string[] {
  const { repeat } = repetition(context);
  return [`fold ${foldOf(context)}`, ...(repeat === undefined ? [] : [`repeat ${repeat}`])];
}

/** Training and test pairs of this stage's fold: all other folds, and the fold itself. */
export async function openFold(context: StageContext): Promise<{ train: PairSet; test: PairSet }> {
  return (await openPrepared(context.dep('prepared'))).split(foldOf(context));
}

/**
 * Finds folders that params name as they stand there (relative, absolute, below `~` or a variable) by the stage's
 * dependencies, which hold the same paths in the same order, each once.
 */
export function placesOf(context: StageContext): (written: string) => string {
  const places = context.deps();
  const known = new Map<string, string>();
  return (written) => {
    const place = known.get(written) ?? places[known.size];
    if (place === undefined) {
      throw new StageError(`${context.name}: ${written} is not among its deps in pipeline.yaml`);
    }
    known.set(written, place);
    return place;
  };
}

export async function startBackend(context: StageContext): Promise<void> {
  const { name, version, threads } = await loadBackend(context.param('backend') as BackendName, context.cpus);
  context.log(`backend ${name} ${version}, ${threads} thread${threads === 1 ? '' : 's'}`);
}

/** Seconds of training that a kill may cost, where the environment does not say otherwise. */
const CHECKPOINT_SECONDS = 30;
const CHECKPOINT_VARIABLE = 'TRAINING_CHECKPOINT_SECONDS';

/**
 * What an unfinished run of this stage left to go on from, and where this one saves. It changes no result, so it is no
 * parameter.
 */
export function openCheckpoints(context: StageContext): Promise<Checkpoints> {
  const text = process.env[CHECKPOINT_VARIABLE];
  const seconds = text === undefined || text === '' ? CHECKPOINT_SECONDS : Number(text);
  if (!(seconds >= 0)) {
    throw new StageError(`${CHECKPOINT_VARIABLE} must be seconds between two checkpoints, from 0, not "${text ?? ''}"`);
  }
  return Checkpoints.open({
    file: join(context.scratch, 'training.safetensors'),
    identity: basename(context.scratch),
    intervalMs: 1000 * seconds,
    log: (line) => context.log(line),
  });
}

/** Random numbers that follow from the seed, the task and the labels, whatever else runs. */
export function randomOf(context: StageContext, ...labels: readonly string[]): Random {
  const seed = createRandom(context.param('seed') as number).fork(argument(context, 'task'));
  return labels.reduce((random, label) => random.fork(label), seed);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function overlay(base: unknown, top: unknown): unknown {
  if (!isMap(base) || !isMap(top)) return top === undefined ? base : top;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(top)) merged[key] = overlay(base[key], value);
  return merged;
}

/** Tasks whose `<task>.training` replaces keys of `training`. */
const OWN_TRAINING: readonly string[] = ['sketches', 'wild'];

/**
 * The parts of `training` that the stage declares in pipeline.yaml (dotted keys), with what `sketches.training` puts in
 * their place when the task is the drawings, and `wild.training` when it is Table 3. The crop is `data.size`. What a stage does not declare is absent here, so
 * that science which needs it fails loudly instead of training with something that the fingerprint does not know.
 */
export function trainingOptions(context: StageContext, keys: readonly string[]): MethodOptions {
  const task = argument(context, 'task');
  const special = OWN_TRAINING.includes(task) ? context.param(`${task}.training`) : {};
  const options: Record<string, unknown> = {};
  for (const key of keys) {
    const names = key.split('.');
    let value = context.param(`training.${key}`);
    let top: unknown = special;
    for (const name of names) top = isMap(top) ? top[name] : undefined;
    value = overlay(value, top);
    for (const name of names.slice(1).reverse()) value = { [name]: value };
    options[names[0] ?? key] = overlay(options[names[0] ?? key] ?? {}, value);
  }
  const augment = { flip: false, ...(options['augment'] as object | undefined), crop: context.param('data.size') };
  return { ...options, augment } as unknown as MethodOptions;
}
