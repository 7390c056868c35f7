import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { wayOut } from '../../base/locks/holder.ts';
import { runningProcesses } from '../../base/locks/holders.ts';
import { ProcessLocks } from '../../base/locks/process-locks.ts';
import { engineHome } from '../executors/engine-home.ts';
import { tsxCacheVariables } from '../executors/tsx-cache.ts';
import type { InstanceName, Pipeline, StageInstance } from '../stages/types.ts';
import { makePlan, type Plan, type PlanEntry, type PlanOptions } from '../planning/plan.ts';
import { spare, takeLostFiles } from '../store/spare-file.ts';
import { removeLeftover } from '../store/remove-tree.ts';
import { makeStateFolder, refuseLinkedState } from '../store/state-folder.ts';
import { advanceInstance, isSettled, type Progress } from './advance-instance.ts';
import { Claims } from './resources/claims.ts';
import { Durations, durationsFile } from './durations.ts';
import type { Listener, RunEvent } from './events.ts';
import { InstanceLocks } from './resources/instance-locks.ts';
import { amountsOf, type Machine } from './resources/machine.ts';
import { refuseCircle } from './resources/nesting.ts';
import { ParamsWatch } from './params-watch.ts';
import { temporaryFolder, temporaryRoot } from './paths.ts';
import { gitFacts, type SweepTrial } from './run-facts.ts';
import { schedule, type Task } from './resources/scheduler.ts';
import { SharedMachine } from './resources/shared-machine.ts';
import type { StopSwitch } from './stop.ts';
import { RunSummary } from './summary.ts';
import { refuseTrackedState } from './tracked-state.ts';
import { statePlace } from '../../base/state-place.ts';

export interface RunOptions extends PlanOptions {
  /** What instances share; asked for those that are going to be worked on. May throw what is told to the user. */
  readonly machine: (instances: readonly StageInstance[]) => Machine;
  readonly keepGoing: boolean;
  /** False: nothing is put into the cache. */
  readonly save: boolean;
  readonly listener: Listener;
  readonly stop: StopSwitch;
  /** What several runs in this process have in common; default: the run has the machine for itself. */
  readonly shared?: SharedMachine;
  /** Set when the run is a trial of a sweep; only recorded. */
  readonly sweep?: SweepTrial;
}

export type RunResult = 'ok' | 'failed' | 'interrupted';

/**
 * Brings the selected instances up to date. The plan is made before anything starts; other invocations may work in the
 * same workspace, on other instances at the same time and on the same ones in turn.
 * Throws PlanError, LockError and StateFolderError; what happens to stages is told by events.
 */
export async function runPipeline(
  pipeline: Pipeline,
  selection: readonly InstanceName[],
  options: RunOptions,
): Promise<RunResult> {
  const emit = options.listener;
  const summary = new RunSummary(pipeline);
  const listener = (event: RunEvent): void => {
    summary.note(event);
    emit(event);
  };
  refuseLinkedState(pipeline.root);
  const plan = await makePlan(pipeline, selection, options);
  listener(planEvent(plan));
  if (nothingToDo(plan)) {
    await finishPlanning(plan);
    tellLostFiles(pipeline.root, listener);
    listener(summary.finished('ok', plan));
    return 'ok';
  }
  refuseCircle(pipeline, options.lockFile, entriesToDo(plan), process.env);
  plan.evaluator.lock.requireWritable();
  await refuseTrackedState(pipeline.root);
  const machine = options.machine(toDo(plan));
  makeStateFolder(pipeline.root);
  const locks = ProcessLocks.open(pipeline.root);
  try {
    locks.sweep();
    const result = await carryOut(pipeline, plan, machine, locks, { ...options, listener });
    tellLostFiles(pipeline.root, listener);
    listener(summary.finished(result, plan));
    return result;
  } finally {
    locks.close();
  }
}

/** What only saves time may fail to be written; a run says so once, at its end. */
function tellLostFiles(root: string, listener: Listener): void {
  const text = takeLostFiles(root);
  if (text !== null) listener({ type: 'note', level: 'warning', text });
}

/** Says what would happen, and changes nothing but the index of unchanged files. */
export async function dryRun(
  pipeline: Pipeline,
  selection: readonly InstanceName[],
  options: PlanOptions & { readonly listener: Listener },
): Promise<Plan> {
  refuseLinkedState(pipeline.root);
  const plan = await makePlan(pipeline, selection, options);
  options.listener(planEvent(plan));
  await finishPlanning(plan);
  return plan;
}

/** True when every instance is as it should be and the lock says so. */
export function nothingToDo(plan: Plan): boolean {
  return [...plan.entries.values()].every(
    (entry) =>
      entry.action === 'frozen' ||
      (entry.action === 'fresh' && entry.evaluation.action === 'fresh' && entry.evaluation.recorded),
  );
}

function toDo(plan: Plan): StageInstance[] {
  return entriesToDo(plan).map(({ instance }) => instance);
}

function entriesToDo(plan: Plan): PlanEntry[] {
  return [...plan.entries.values()].filter(({ action }) => action !== 'fresh' && action !== 'frozen');
}

async function carryOut(
  pipeline: Pipeline,
  plan: Plan,
  machine: Machine,
  locks: ProcessLocks,
  options: RunOptions,
): Promise<RunResult> {
  const { listener, stop } = options;
  const invocation = newInvocation();
  for (const text of clearTemporary(pipeline.root, locks)) listener({ type: 'note', level: 'warning', text });
  const shared = options.shared ?? new SharedMachine(machine);
  const { executors, devices } = shared;
  shared.onProblem = (text) => listener({ type: 'note', level: 'warning', text });
  const durations = new Durations(pipeline.root);
  const waited = new Set<InstanceName>();
  listener({ type: 'run-started', invocation, jobs: machine.totals['cpus'] ?? 1, todo: toDo(plan).length });
  stop.onSignal = (signal) => listener({ type: 'stopping', signal });
  const tasks = tasksOf(plan, pipeline, durations);
  const told = new Set<string>();
  const claims = new Claims(
    locks,
    new InstanceLocks(locks, pipeline, options.lockFile),
    shared,
    new Map(tasks.map(({ name, needs }) => [name, needs])),
    (instance, holder) => {
      waited.add(instance);
      const { id, pid, host, since, life } = holder;
      if (told.has(`${instance} ${id} ${life}`)) return;
      told.add(`${instance} ${id} ${life}`);
      const advice = wayOut(holder);
      const lastSign = new Date(holder.lastSign).toISOString();
      listener({
        type: 'stage-waiting',
        instance,
        holder: { id, pid, host, since, lastSign, life, advice },
      });
    },
  );
  const progress: Progress = {
    plan,
    durations,
    waited,
    facts: { pipeline, lockFile: options.lockFile, sweep: options.sweep ?? null, git: gitFacts(pipeline.root) },
    ran: new Set(),
    restored: new Set(),
    upstream: pipeline.upstream,
    root: pipeline.root,
    lockFile: options.lockFile,
    invocation,
    executors,
    stop,
    devices,
    cores: machine.totals['cpus'] ?? 1,
    paramsWatch: new ParamsWatch(pipeline),
    paramsText: pipeline.paramsText ?? ((): string => '{}'),
    emit: listener,
    env: stageEnvironment(pipeline.root),
    save: options.save,
    evaluator: { ...plan.evaluator, expected: new Map() },
    claims,
  };
  const failed = new Set<InstanceName>();
  try {
    await schedule(tasks, {
      totals: machine.totals,
      keepGoing: options.keepGoing,
      signal: stop.signal,
      claim: (name) => isSettled(name, progress) || claims.claim(name),
      // Different for each process, so that two that are in each other's way do not stay so.
      retryMs: 50 + (process.pid % 50),
      run: async (name) => {
        const result = await advanceInstance(name, progress).finally(() => claims.release(name));
        if (result === 'failed') failed.add(name);
        return result;
      },
      skip: (instance, because) =>
        listener({ type: 'stage-finished', instance, outcome: { type: 'skipped', because }, ms: 0, log: null }),
    });
  } finally {
    if (options.shared === undefined) await shared.close();
    const left = removeLeftover(path.join(pipeline.root, temporaryFolder(invocation)), temporaryFolder(invocation));
    if (left !== null) listener({ type: 'note', level: 'warning', text: left });
    plan.evaluator.lock.keepOnly((name) => pipeline.instances.has(name as InstanceName));
    spare(durationsFile(pipeline.root), () => durations.save());
    await finishPlanning(plan, stop.signal);
  }
  if (stop.signal.aborted) return 'interrupted';
  return failed.size > 0 ? 'failed' : 'ok';
}

function tasksOf(plan: Plan, pipeline: Pipeline, durations: Durations): Task<InstanceName>[] {
  const chains = durations.chains(pipeline, new Set(plan.entries.keys()));
  return [...plan.entries.values()].map(({ instance, action }) => ({
    name: instance.name,
    waitsFor: pipeline.upstream.get(instance.name) ?? [],
    needs: action === 'fresh' || action === 'frozen' ? {} : amountsOf(instance.resources),
    priority: chains.get(instance.name) ?? 0,
  }));
}

/**
 * Removes what killed runs left in the temporary folder, when nobody else may be using it. Says what could not be removed,
 * which is nobody's loss.
 */
function clearTemporary(root: string, locks: ProcessLocks): string[] {
  const folder = statePlace(root, temporaryRoot);
  // Listed before the look at who is there: what somebody makes who comes after that is not in the list.
  const entries = existsSync(folder) ? readdirSync(folder) : [];
  if (runningProcesses(root).some(({ id }) => id !== locks.me.id)) return [];
  return entries.flatMap((entry) => removeLeftover(path.join(folder, entry), `${temporaryRoot}/${entry}`) ?? []);
}

async function finishPlanning({ evaluator }: Plan, signal?: AbortSignal): Promise<void> {
  makeStateFolder(evaluator.workspace.root);
  await evaluator.lock.settle(signal);
  evaluator.code.save();
  await evaluator.workspace.close();
}

function planEvent(plan: Plan): RunEvent {
  return {
    type: 'plan',
    instances: [...plan.entries.values()].map(({ instance, action, reasons }) => ({
      instance: instance.name,
      action,
      reasons,
    })),
  };
}

/** Programs of the project's packages are found by name, as in npm scripts. Python writes lines when they are made. */
export function stageEnvironment(root: string): NodeJS.ProcessEnv {
  const programs = [root, engineHome()].map((directory) => path.join(directory, 'node_modules', '.bin'));
  const searched = [...programs, process.env['PATH'] ?? ''].join(path.delimiter);
  return { PYTHONUNBUFFERED: '1', ...process.env, PATH: searched, ...tsxCacheVariables() };
}

/** Sorts by time, and is unique: `20260102-030405-1a2b3c`. */
function newInvocation(): string {
  const time = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${time}-${randomBytes(3).toString('hex')}`;
}
