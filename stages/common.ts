/** Shared by the stages: which instance this is, its parameters and pictures, random numbers, TensorFlow.js, checkpoints. */
import { basename, join } from 'node:path';
import { createRandom, type Random } from '../src/base/random.ts';
import { loadBackend } from '../src/compute/backend.ts';
import { type StageContext, StageError } from '../src/engine/stage-context.ts';
import { guardedLike } from '../src/params/access/guard.ts';
import { paramsOf } from '../src/params/access/params-of.ts';
import { taskParams } from '../src/params/access/task-params.ts';
import { openPictures, type Pictures } from '../src/science/data/prepared/open-pictures.ts';
import type { MethodOptions } from '../src/science/methods/options.ts';
import { BASE_NET_NAMES, type BaseNetName, METHOD_NAMES, type MethodName, methodNamed } from '../src/science/names.ts';
import { Checkpoints } from '../src/science/training/checkpoints.ts';

/** An argument of the stage's command line, or a message that names it. */
export function argument(context: StageContext, name: string): string {
  const value = context.args[name];
  if (value === undefined) throw new StageError(`${context.name}: the command in pipeline.yaml gives no --${name}`);
  return value;
}

/** The place of an instance in its task's matrix; a dimension that the task does not have is absent. */
export interface Cell {
  readonly method?: string;
  readonly net?: BaseNetName;
  readonly fold?: number;
  readonly repeat?: number;
}

export function cellOf({ args }: StageContext): Cell {
  const { method, net, fold, repeat } = args;
  return {
    ...(method === undefined ? {} : { method }),
    ...(net === undefined ? {} : { net: baseNet(net) }),
    ...(fold === undefined ? {} : { fold: Number(fold) }),
    ...(repeat === undefined ? {} : { repeat: Number(repeat) }),
  };
}

export function methodOf(context: StageContext): MethodName {
  const given = argument(context, 'method');
  const name = methodNamed(given);
  if (name === null) throw new StageError(`--method must be one of ${METHOD_NAMES.join(', ')}, not ${given}`);
  return name;
}

/** The BaseNet of this instance: of its matrix, or the one of its task. */
export function netOf(context: StageContext): BaseNetName {
  const { net } = cellOf(context);
  if (net !== undefined) return net;
  const task = argument(context, 'task');
  const given = taskParams(paramsOf(context), task).net;
  if (given === null) throw new StageError(`${context.name}: tasks.${task} gives neither nets nor a net`);
  return given;
}

function baseNet(name: string): BaseNetName {
  const net = BASE_NET_NAMES.find((candidate) => candidate === name);
  if (net !== undefined) return net;
  throw new StageError(`--net must be one of ${BASE_NET_NAMES.join(', ')}, not ${name}`);
}

/** The place of an instance whose task is divided into folds, in the order in which metrics name it. */
export function foldPlaceOf(context: StageContext) {
  const { repeat } = cellOf(context);
  const fold = Number(argument(context, 'fold'));
  return { task: argument(context, 'task'), net: netOf(context), fold, ...(repeat === undefined ? {} : { repeat }) };
}

/** The place of an instance whose pictures bring their own split. */
export function repeatPlaceOf(context: StageContext) {
  return { task: argument(context, 'task'), net: netOf(context), repeat: Number(argument(context, 'repeat')) };
}

/** The prepared pictures of this stage's task, divided for its fold; `test` holds what the task evaluates on. */
export function picturesOf(context: StageContext): Promise<Pictures> {
  const { evaluateOn } = taskParams(paramsOf(context), argument(context, 'task'));
  return openPictures(context.dep('prepared'), cellOf(context).fold ?? null, evaluateOn);
}

/** Random numbers that follow from the seed, the task, the label and the cell, whatever else runs. The method is no part. */
export function randomOf(context: StageContext, label: string): Random {
  const { net, fold, repeat } = cellOf(context);
  const labels = [
    argument(context, 'task'),
    label,
    ...(net === undefined ? [] : [net]),
    ...(fold === undefined ? [] : [`fold ${fold}`]),
    ...(repeat === undefined ? [] : [`repeat ${repeat}`]),
  ];
  return labels.reduce((random, name) => random.fork(name), createRandom(paramsOf(context).seed));
}

/**
 * The training options of this stage's task, as far as pipeline.yaml declares them for the stage: reading another one
 * throws, so that nothing trains with something that the fingerprint does not know.
 */
export function optionsOf(context: StageContext): MethodOptions {
  const params = paramsOf(context);
  const task = taskParams(params, argument(context, 'task'));
  const { training } = task;
  const augment = Object.hasOwn(training, 'augment') ? training.augment : { flip: false };
  const options = {
    ...training,
    augment: { ...augment, crop: params.data.size },
    systems: Object.hasOwn(task, 'systems') ? task.systems : {},
  };
  return guardedLike(training, options) as unknown as MethodOptions;
}

export async function startBackend(context: StageContext): Promise<void> {
  const { backend } = paramsOf(context);
  const { name, version, threads } = await loadBackend(backend, context.cpus);
  context.log(`backend ${name} ${version}, ${threads} thread${threads === 1 ? '' : 's'}`);
}

/** Seconds of training that a kill may cost, where the environment does not say otherwise. */
const CHECKPOINT_SECONDS = 30;
const CHECKPOINT_VARIABLE = 'TRAINING_CHECKPOINT_SECONDS';

/**
 * Checkpoints of this training: that of an unfinished run to continue from, and where to save. They change no result, so
 * their interval is no parameter.
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
