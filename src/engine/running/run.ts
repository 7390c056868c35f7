import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { engineHome } from '../executors/engine-home.ts';
import { ProcessGuard } from '../executors/guard.ts';
import { LocalExecutor } from '../executors/local.ts';
import { WarmHosts } from '../executors/warm-hosts.ts';
import type { InstanceName, Pipeline } from '../pipeline/types.ts';
import { makePlan, type Plan, type PlanOptions } from '../planning/plan.ts';
import type { Listener, RunEvent } from './events.ts';
import { Durations } from './durations.ts';
import { advanceInstance, type Progress } from './advance-instance.ts';
import { gitFacts, type SweepTrial } from './run-facts.ts';
import { schedule } from './scheduler.ts';
import type { StopSwitch } from './stop.ts';
import { RunSummary } from './summary.ts';
import { lockWorkspace } from './workspace-lock.ts';

export interface RunOptions extends PlanOptions {
  /** Cores that may be busy at once. */
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** False: nothing is put into the cache. */
  readonly save: boolean;
  readonly listener: Listener;
  readonly stop: StopSwitch;
  /** Set when the run is a trial of a sweep; only recorded. */
  readonly sweep?: SweepTrial;
}

export type RunResult = 'ok' | 'failed' | 'interrupted';

/**
 * Brings the selected instances up to date. The plan is made before anything starts, in a workspace that no other
 * runner can change meanwhile. Throws PlanError and LockError; what happens to stages is told by events.
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
  let plan = await makePlan(pipeline, selection, options);
  if (nothingToDo(plan)) {
    listener(planEvent(plan));
    await finishPlanning(plan);
    listener(summary.finished('ok', plan));
    return 'ok';
  }
  const waitedFor: number[] = [];
  const lock = await lockWorkspace(
    pipeline.root,
    ({ pid, host, since }) => {
      waitedFor.push(pid);
      const text = `waiting for process ${pid} on ${host}, which has been running in this workspace since ${since}`;
      listener({ type: 'note', level: 'info', text });
    },
    options.stop.signal,
  );
  if (lock === null) {
    listener(summary.finished('interrupted', plan));
    return 'interrupted';
  }
  try {
    if (waitedFor.length > 0) plan = await makePlan(pipeline, selection, options);
    listener(planEvent(plan));
    const result = await carryOut(pipeline, plan, { ...options, listener });
    listener(summary.finished(result, plan));
    return result;
  } finally {
    lock.release();
  }
}

/** Says what would happen, and changes nothing but the index of unchanged files. */
export async function dryRun(
  pipeline: Pipeline,
  selection: readonly InstanceName[],
  options: PlanOptions & { readonly listener: Listener },
): Promise<Plan> {
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

async function carryOut(pipeline: Pipeline, plan: Plan, options: RunOptions): Promise<RunResult> {
  const { evaluator } = plan;
  evaluator.workspace.clearTemporary();
  const durations = new Durations(pipeline.root);
  const guard = new ProcessGuard();
  const executors = { local: new LocalExecutor(guard), warm: new WarmHosts(guard) };
  const names = new Set(plan.entries.keys());
  const chains = durations.chains(pipeline, names);
  const invocation = newInvocation();
  const todo = [...plan.entries.values()].filter(({ action }) => action !== 'fresh' && action !== 'frozen').length;
  options.listener({ type: 'run-started', invocation, jobs: options.jobs, todo });
  options.stop.onSignal = (signal) => options.listener({ type: 'stopping', signal });
  const progress: Progress = {
    plan,
    durations,
    facts: { pipeline, lockFile: options.lockFile, sweep: options.sweep ?? null, git: gitFacts(pipeline.root) },
    ran: new Set(),
    upstream: pipeline.upstream,
    root: pipeline.root,
    lockFile: options.lockFile,
    invocation,
    executors,
    stop: options.stop,
    emit: options.listener,
    env: stageEnvironment(pipeline.root),
    save: options.save,
    evaluator,
  };
  const failed: InstanceName[] = [];
  try {
    await schedule(
      [...plan.entries.values()].map(({ instance }) => ({
        name: instance.name,
        waitsFor: pipeline.upstream.get(instance.name) ?? [],
        weight: instance.resources.cpus,
        priority: chains.get(instance.name) ?? 0,
      })),
      {
        slots: options.jobs,
        keepGoing: options.keepGoing,
        signal: options.stop.signal,
        run: async (name) => {
          const result = await advanceInstance(name, progress);
          if (result === 'failed') failed.push(name);
          return result;
        },
        skip: (instance, because) =>
          options.listener({
            type: 'stage-finished',
            instance,
            outcome: { type: 'skipped', because },
            ms: 0,
            log: null,
          }),
      },
    );
  } finally {
    await executors.warm.close();
    guard.close();
    evaluator.lock.keepOnly((name) => pipeline.instances.has(name as InstanceName));
    durations.save();
    await finishPlanning(plan);
  }
  if (options.stop.signal.aborted) return 'interrupted';
  return failed.length > 0 ? 'failed' : 'ok';
}

async function finishPlanning({ evaluator }: Plan): Promise<void> {
  evaluator.lock.close();
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

/** Programs of the project's packages are found by name, as in npm scripts. */
function stageEnvironment(root: string): NodeJS.ProcessEnv {
  const programs = [root, engineHome()].map((directory) => path.join(directory, 'node_modules', '.bin'));
  return { ...process.env, PATH: [...programs, process.env['PATH'] ?? ''].join(path.delimiter) };
}

/** Sorts by time, and is unique: `20260102-030405-1a2b3c`. */
function newInvocation(): string {
  const time = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${time}-${randomBytes(3).toString('hex')}`;
}
