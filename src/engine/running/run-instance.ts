import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describeExit, type Executor, type Exit, succeeded } from '../executors/executor.ts';
import { exitHint } from '../executors/exit-hints.ts';
import { isKept } from '../stages/kept-outputs.ts';
import type { Output, StageInstance } from '../stages/types.ts';
import { asTsxCommand } from '../planning/code/command-words.ts';
import type { Evaluator } from '../planning/evaluate.ts';
import type { Inputs } from '../planning/inputs.ts';
import { type ContextData, contextVariable } from '../stage-context.ts';
import type { Artifact } from '../store/contents/artifact.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { ArtifactError } from '../store/contents/directory-listing.ts';
import { type SetAside, setAside } from '../store/set-aside.ts';
import type { Workspace } from '../store/workspace.ts';
import { changedInputs, writtenSince } from './changed-inputs.ts';
import type { Claims } from './resources/claims.ts';
import type { Devices } from './resources/devices.ts';
import type { Failure, Listener } from './events.ts';
import { asFailure, inputsChanged, outputsMissing, withResultsAt } from './failures.ts';
import { paramsVariable, type ParamsText, writeParamsFile } from './params-file.ts';
import type { ParamsWatch } from './params-watch.ts';
import { insideVariable } from './resources/nesting.ts';
import { fileNameOf, journalPath, temporaryFolder } from './paths.ts';
import { StageLog } from './logs/stage-log.ts';
import { StageOutput } from './logs/stage-output.ts';
import type { StopSwitch } from './stop.ts';
import { statePlace } from '../../base/state-place.ts';

export interface InstanceRunner {
  readonly root: string;
  readonly invocation: string;
  readonly evaluator: Evaluator;
  readonly executors: { readonly local: Executor; readonly warm: Executor };
  readonly stop: StopSwitch;
  readonly devices: Devices;
  /** What all instances may use together. */
  readonly cores: number;
  readonly paramsWatch: ParamsWatch;
  readonly paramsText: ParamsText;
  readonly emit: Listener;
  readonly env: NodeJS.ProcessEnv;
  /** False: outputs are hashed, but not put into the cache. */
  readonly save: boolean;
  readonly claims: Pick<Claims, 'confirm' | 'onLost' | 'isLost'>;
}

export type InstanceResult =
  | { readonly type: 'ran'; readonly outs: ReadonlyMap<string, Artifact> }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'interrupted' };

type Failed = Extract<InstanceResult, { readonly type: 'failed' }>;

/** Where one run of an instance keeps what are not its outputs. */
export interface RunPlaces {
  /** Relative to the root. */
  readonly log: string;
  /** Absolute; see `StageContext.scratch`. */
  readonly scratch: string;
  /** For the command's environment; see nesting.ts. */
  readonly inside: string;
  /** Where results go that could not be recorded; relative to the root. */
  readonly rejected: string;
}

/**
 * Runs one instance from removing its old outputs to having its new ones in the cache. Whatever goes wrong, no output
 * of a run that was not recorded stays in its place (except those marked `persist`): what a command left that failed is
 * removed, what one made that succeeded is set aside.
 * Throws a ProcessLockError, and touches nothing more, when another run has taken the instance over.
 */
export async function runInstance(
  instance: StageInstance,
  inputs: Inputs,
  places: RunPlaces,
  runner: InstanceRunner,
): Promise<InstanceResult> {
  runner.claims.confirm(instance.name);
  await removeOutputs(instance, runner);
  for (const out of instance.outs) if (out.persist) runner.evaluator.workspace.makePrivate(out.path);
  const since = Date.now();
  let failed: InstanceResult | null | undefined;
  try {
    failed = await execute(instance, places, runner);
  } finally {
    // What lies there may by then be the work of the run that took over.
    if (failed !== null && !runner.claims.isLost(instance.name)) {
      const left = await tryRemoveOutputs(instance, runner);
      if (failed?.type === 'failed' && left !== null) failed = withSentence(failed, left);
    }
  }
  if (failed !== null) return failed;
  try {
    const collected = await collect(instance, inputs, since, runner);
    if (collected instanceof Map) return { type: 'ran', outs: collected };
    return await reject(collected, instance, places, runner);
  } catch (error) {
    if (runner.claims.isLost(instance.name)) throw error;
    const failure = asFailure(error);
    if (failure !== null) return reject(failure, instance, places, runner);
    await putAside(instance, places, runner);
    throw error;
  }
}

/** The failure of a command that succeeded; what it made is set aside. */
export async function reject(
  failure: Failure,
  instance: StageInstance,
  places: RunPlaces,
  runner: InstanceRunner,
): Promise<Failed> {
  return { type: 'failed', failure: withResultsAt(failure, await putAside(instance, places, runner)) };
}

async function putAside(
  instance: StageInstance,
  { rejected }: RunPlaces,
  { evaluator, claims }: InstanceRunner,
): Promise<SetAside> {
  claims.confirm(instance.name);
  const paths = instance.outs.filter((out) => !out.persist).map((out) => out.path);
  return setAside(evaluator.workspace, rejected, paths);
}

/** True when the instance's command can run in a warm stage host. */
export function runsWarm(instance: StageInstance, root: string): boolean {
  return warmRequest(instance, root) !== null;
}

function warmRequest(instance: StageInstance, root: string): { file: string; args: string[] } | null {
  const [command, ...others] = instance.commands;
  if (!instance.warm || command === undefined || others.length > 0) return null;
  const place = path.join(root, instance.wdir ?? '.');
  const words = asTsxCommand(command, place);
  return words === null ? null : { file: path.join(place, words.file), args: words.args };
}

/** Starts the command and waits for its end. Null when it succeeded. */
async function execute(
  instance: StageInstance,
  { log, scratch, inside }: RunPlaces,
  runner: InstanceRunner,
): Promise<InstanceResult | null> {
  const { root, emit, devices } = runner;
  for (const out of instance.outs) mkdirSync(path.dirname(path.join(root, out.path)), { recursive: true });
  const contextFile = writeContext(instance, scratch, runner);
  const paramsFile = writeParamsFile(instance, runner);
  const stageLog = new StageLog(statePlace(root, log));
  const output = new StageOutput(stageLog, {
    onLine: (stream, line) => emit({ type: 'output', instance: instance.name, stream, line }),
    onProgress: (progress) => emit({ type: 'progress', instance: instance.name, ...progress }),
  });
  const warm = warmRequest(instance, root);
  const assigned = devices.take(instance.resources.gpus);
  let exit: Exit;
  let stopListening = (): unknown => undefined;
  try {
    const execution = (warm === null ? runner.executors.local : runner.executors.warm).start({
      commands: instance.commands,
      warm,
      cwd: path.join(root, instance.wdir ?? '.'),
      env: {
        ...runner.env,
        ...devices.environment(assigned),
        [contextVariable]: contextFile,
        [paramsVariable]: paramsFile,
        [insideVariable]: inside,
      },
      contextFile,
      cpus: coresOf(instance, runner),
      onOutput: (stream, bytes) => output.push(stream, bytes),
    });
    runner.stop.include(execution);
    stopListening = runner.claims.onLost(instance.name, () => execution.stop('SIGKILL'));
    exit = await execution.done;
  } finally {
    stopListening();
    devices.giveBack(assigned);
    output.end();
    await stageLog.close();
    rmSync(contextFile, { force: true });
    rmSync(paramsFile, { force: true });
  }
  runner.claims.confirm(instance.name);
  // Also when it ended well: a stage that was told to stop may have ended early.
  if (runner.stop.signal.aborted) return { type: 'interrupted' };
  if (succeeded(exit)) return null;
  const hint = exitHint(exit, output.tail);
  const failure: Failure = {
    type: 'exit',
    message: describeExit(exit) + (hint === null ? '' : `: ${hint}`),
    code: exit.type === 'exited' ? exit.code : null,
    tail: [...output.tail],
  };
  return { type: 'failed', failure };
}

/** Checks and keeps what a successful command left: the outputs, or why they cannot be recorded. */
async function collect(
  instance: StageInstance,
  inputs: Inputs,
  since: number,
  runner: InstanceRunner,
): Promise<Map<string, Artifact> | Failure> {
  const { evaluator, paramsWatch } = runner;
  const { workspace } = evaluator;
  for (const out of instance.outs) workspace.forget(out.path);
  const missing = instance.outs.filter((out) => !workspace.exists(out.path)).map((out) => out.path);
  if (missing.length > 0) return outputsMissing(missing);
  const outs = new Map<string, Artifact>();
  for (const out of instance.outs) {
    const artifact = runner.save && isKept(out) ? await save(out, workspace) : await workspace.lookWhole(out.path);
    if (artifact !== null) outs.set(out.path, artifact);
  }
  const changed = [...(await changedInputs(instance, inputs, evaluator)), ...paramsWatch.changed(instance)];
  if (changed.length === 0) return outs;
  return inputsChanged(changed, 'while it ran', writtenSince(since, changed, instance, workspace));
}

/** What git keeps is recorded even where the cache could not take it, such as a link. */
async function save({ path: output, cache }: Output, workspace: Workspace): Promise<Artifact | null> {
  try {
    return await workspace.save(output);
  } catch (error) {
    if (cache || !(error instanceof ArtifactError)) throw error;
    return workspace.lookWhole(output);
  }
}

async function removeOutputs(instance: StageInstance, { evaluator }: InstanceRunner): Promise<void> {
  for (const out of instance.outs) if (!out.persist) await evaluator.workspace.remove(out.path);
}

/** What a command left that failed is in its way the next time; why it is still there is told beside the failure. */
async function tryRemoveOutputs(instance: StageInstance, runner: InstanceRunner): Promise<string | null> {
  try {
    await removeOutputs(instance, runner);
    return null;
  } catch (error) {
    const failure = asFailure(error);
    if (failure === null) throw error;
    return failure.message;
  }
}

function withSentence(failed: Failed, sentence: string): Failed {
  const { failure } = failed;
  return { ...failed, failure: { ...failure, message: `${failure.message}. What it left: ${sentence}` } };
}

/** An instance that wants more cores than there are gets all of them. */
function coresOf({ resources }: StageInstance, { cores }: InstanceRunner): number {
  return Math.min(resources.cpus, cores);
}

function pathsByName(depNames: NonNullable<StageInstance['depNames']>): NonNullable<ContextData['names']> {
  return Object.fromEntries(Array.from(depNames, ([name, deps]) => [name, deps.map(({ path: one }) => one)]));
}

function writeContext(instance: StageInstance, scratch: string, runner: InstanceRunner): string {
  const { root, invocation } = runner;
  const journal = statePlace(root, journalPath(invocation, instance.name));
  mkdirSync(path.dirname(journal), { recursive: true });
  const file = path.join(statePlace(root, temporaryFolder(invocation)), `${fileNameOf(instance.name)}.context.json`);
  const data: ContextData = {
    name: instance.name,
    root,
    invocation,
    journal,
    scratch,
    cpus: coresOf(instance, runner),
    params: Object.fromEntries(instance.params.map(({ key, value }) => [key, value])),
    deps: instance.deps.map((dep) => dep.path),
    ...(instance.depNames === undefined ? {} : { names: pathsByName(instance.depNames) }),
    outs: instance.outs.map((out) => out.path),
  };
  writeFileAtomic(file, JSON.stringify(data));
  return file;
}
