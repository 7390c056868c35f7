import { isKept } from '../stages/kept-outputs.ts';
import { below } from '../paths/glob.ts';
import type { HiddenParam, InstanceName, StageInstance } from '../stages/types.ts';
import { evaluate, type Evaluation } from '../planning/evaluate.ts';
import { isShared, lockBlock } from '../planning/inputs.ts';
import type { Plan, PlanEntry } from '../planning/plan.ts';
import { describeReason, type Reason } from '../planning/reasons.ts';
import type { Artifact } from '../store/contents/artifact.ts';
import type { Digest } from '../store/contents/digest.ts';
import { CorruptObjectError } from '../store/objects/object-store.ts';
import { isUnrestorable } from '../store/objects/restoring.ts';
import { beginOutputs, forgetBegun } from './begun-outputs.ts';
import type { Claims } from './resources/claims.ts';
import { differences, lookAgain, newMatches } from './changed-inputs.ts';
import type { Durations } from './durations.ts';
import type { Failure, Outcome } from './events.ts';
import { asFailure, inputsChanged, inputsMissing } from './failures.ts';
import { keepLog, replayLog } from './logs/instance-log.ts';
import { openScratch, removeScratch } from '../store/scratch.ts';
import { spare } from '../store/spare-file.ts';
import { insideOf } from './resources/nesting.ts';
import { logPath, rejectedFolder, scratchFolder } from './paths.ts';
import { type InvocationFacts, writeRunFacts } from './run-facts.ts';
import { type InstanceRunner, reject, runInstance, runsWarm } from './run-instance.ts';
import type { TaskResult } from './resources/scheduler.ts';
import { statePlace } from '../../base/state-place.ts';

/** A run under way. Its evaluator judges by what is on disk, not by what the plan expects to be there. */
export interface Progress extends InstanceRunner {
  readonly plan: Plan;
  readonly lockFile: string;
  readonly durations: Durations;
  readonly facts: InvocationFacts;
  readonly upstream: ReadonlyMap<InstanceName, readonly InstanceName[]>;
  /** Instances that really ran, whose outputs may therefore differ from what the plan expected. */
  readonly ran: Set<InstanceName>;
  /** Instances that were restored: what a directory holds with their outputs in it the plan could not tell. */
  readonly restored: Set<InstanceName>;
  /** Instances that another process was working on, or beside: their inputs may have changed rightly. */
  readonly waited: ReadonlySet<InstanceName>;
  readonly claims: Pick<Claims, 'confirm' | 'onLost' | 'isLost' | 'claimFingerprint'>;
}

type Known = Exclude<Evaluation, { readonly action: 'blocked' }>;
type Finish = (outcome: Outcome, log?: string | null) => TaskResult;

/** True when there is nothing to do for an instance, so that it need not be claimed. */
export function isSettled(name: InstanceName, progress: Progress): boolean {
  const entry = progress.plan.entries.get(name);
  if (entry === undefined || entry.action === 'frozen') return true;
  return entry.action === 'fresh' && isRecorded(entry) && !upstreamRan(name, progress);
}

/** Brings one instance up to date, now that everything it depends on is. It must be claimed unless it is settled. */
export async function advanceInstance(name: InstanceName, progress: Progress): Promise<TaskResult> {
  const startedAt = performance.now();
  const finish: Finish = (outcome, log = null) => {
    const ms = performance.now() - startedAt;
    progress.emit({ type: 'stage-finished', instance: name, outcome, ms, log });
    return outcome.type === 'failed' || outcome.type === 'interrupted' ? 'failed' : 'done';
  };
  const entry = progress.plan.entries.get(name);
  if (entry === undefined || isSettled(name, progress)) return finish({ type: 'fresh' });
  const { workspace } = progress.evaluator;
  try {
    return await bringUpToDate(entry, progress, finish);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === null) throw error;
    return finish({ type: 'failed', failure });
  } finally {
    for (const { digest, movedTo } of workspace.objects.takeQuarantined()) {
      progress.emit({ type: 'object-quarantined', digest, movedTo });
    }
  }
}

async function bringUpToDate(entry: PlanEntry, progress: Progress, finish: Finish): Promise<TaskResult> {
  const { instance } = entry;
  const { evaluator } = progress;
  progress.claims.confirm(instance.name);
  if ('frozenOutputs' in entry) {
    const problem = await restore(entry.frozenOutputs, progress);
    if (problem === null) progress.restored.add(instance.name);
    return finish(problem === null ? { type: 'restored' } : { type: 'failed', failure: frozenLost(problem) });
  }
  evaluator.lock.refresh();
  await lookAgain(instance, evaluator);
  let evaluation = await evaluate(instance, evaluator);
  if (isShareable(instance, evaluation, progress)) {
    if (!progress.claims.claimFingerprint(instance.name, evaluation.fingerprint)) return 'busy';
    // Whoever computed it may have finished between our look and our claim.
    const runs = evaluator.workspace.runsOf(isShared(evaluation.inputs));
    if (runs.get(evaluation.fingerprint) !== null) evaluation = await evaluate(instance, evaluator);
  }
  const changed = [...changedSincePlanned(entry, evaluation, progress), ...newMatches(instance)];
  if (changed.length > 0) {
    return finish({ type: 'failed', failure: inputsChanged(changed, 'before it started') });
  }
  if (evaluation.action === 'blocked') return finish({ type: 'failed', failure: inputsMissing(evaluation.missing) });
  if (evaluation.action === 'fresh') {
    if (!evaluation.recorded) {
      await replayLog(evaluator.workspace, evaluation.fingerprint, logFile(instance, progress));
      await record(instance, evaluation, evaluation.outs, null, progress);
    }
    return finish({ type: 'fresh' });
  }
  progress.claims.confirm(instance.name);
  const aside = await beginOutputs({
    instance,
    block: evaluator.lock.get(instance.name),
    lockFile: progress.lockFile,
    invocation: progress.invocation,
    workspace: evaluator.workspace,
  });
  for (const text of aside) progress.emit({ type: 'note', level: 'warning', text });
  let reasons = evaluation.reasons;
  if (evaluation.action === 'restore') {
    const problem = await restore(evaluation.outs, progress);
    if (problem === null) {
      await replayLog(evaluator.workspace, evaluation.fingerprint, logFile(instance, progress));
      await record(instance, evaluation, evaluation.outs, null, progress);
      progress.restored.add(instance.name);
      return finish({ type: 'restored' });
    }
    reasons = [...reasons, problem];
  }
  if (instance.frozen)
    return finish({ type: 'failed', failure: frozenLost(reasons.at(-1) ?? { type: 'inputs-changed' }) });
  return run(instance, evaluation, reasons, progress, finish);
}

/** True when the same work may be under way elsewhere, and its result would do. */
function isShareable(
  instance: StageInstance,
  evaluation: Evaluation,
  { save, evaluator }: Progress,
): evaluation is Extract<Evaluation, { action: 'run' }> {
  if (evaluation.action !== 'run' || !save || !evaluator.restore) return false;
  return (
    !instance.alwaysChanged &&
    !evaluator.forced.has(instance.name) &&
    instance.outs.every((out) => isKept(out) && !out.persist)
  );
}

/** What is not as it was when the plan was made, although nobody whom we know of was to change it. */
function changedSincePlanned(entry: PlanEntry, now: Evaluation, progress: Progress): readonly string[] {
  const { name } = entry.instance;
  if (!('evaluation' in entry) || upstreamRan(name, progress) || progress.waited.has(name)) return [];
  const changed = now.action === 'blocked' ? now.missing : differences(entry.evaluation.inputs, now.inputs);
  return changed.filter((path) => !holdsRestored(path, name, progress));
}

/** Whether a path is a directory in which outputs of others lie, some of which have been restored since the plan. */
function holdsRestored(path: string, name: InstanceName, { upstream, restored, plan }: Progress): boolean {
  const makers = (upstream.get(name) ?? []).filter((other) => restored.has(other));
  const outs = makers.flatMap((maker) => plan.entries.get(maker)?.instance.outs ?? []);
  const place = plan.entries.get(name)?.instance.deps.find((dep) => dep.path === path)?.place ?? path;
  return outs.some((out) => below(out.place ?? out.path, place) !== null);
}

async function run(
  instance: StageInstance,
  evaluation: Known,
  reasons: readonly Reason[],
  progress: Progress,
  finish: Finish,
): Promise<TaskResult> {
  const { name } = instance;
  const hidden = await progress.evaluator.reach.hiddenFrom(instance);
  if (hidden.length > 0) return finish({ type: 'failed', failure: paramsHidden(hidden) });
  const log = logPath(progress.lockFile, name);
  const startedAt = performance.now();
  progress.ran.add(name);
  progress.emit({
    type: 'stage-started',
    instance: name,
    reasons,
    warm: runsWarm(instance, progress.root),
    log,
    expectedMs: progress.durations.get(name),
  });
  await writeRunFacts(instance, evaluation.fingerprint, progress);
  const scratches = statePlace(progress.root, scratchFolder(progress.lockFile, name));
  // What is asked to run in any case does so from its beginning.
  const anew = instance.alwaysChanged || progress.evaluator.forced.has(name);
  const scratch = openScratch(scratches, evaluation.fingerprint, anew);
  const inside = insideOf(instance, evaluation.fingerprint, { ...progress, env: process.env });
  const places = { log, scratch, inside, rejected: rejectedFolder(progress.lockFile, name) };
  const result = await runInstance(instance, evaluation.inputs, places, progress);
  if (result.type !== 'ran') {
    forgetBegun(progress.root, progress.lockFile, name);
    return finish(result, log);
  }
  try {
    const kept = progress.save ? await keepLog(progress.evaluator.workspace, statePlace(progress.root, log)) : null;
    await record(instance, evaluation, result.outs, kept, progress);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === null || progress.claims.isLost(name)) throw error;
    forgetBegun(progress.root, progress.lockFile, name);
    return finish(await reject(failure, instance, places, progress), log);
  }
  progress.durations.set(name, performance.now() - startedAt);
  return finish({ type: 'ran' }, log);
}

/** The plan refuses such an instance, but one that was to be restored may turn out to have to run. */
function paramsHidden(hidden: readonly HiddenParam[]): Failure {
  const keys = hidden.map(({ key }) => key).join(', ');
  return { type: 'system', message: `it has to run, and its program would not see this run's values of ${keys}` };
}

/**
 * Puts the outputs in place. Returns why that was not possible, or null. Whatever is wrong with what the cache holds, the
 * stage can be run instead, and what it then records takes the place of it.
 */
async function restore(outs: ReadonlyMap<string, Artifact>, { evaluator }: Progress): Promise<Reason | null> {
  try {
    for (const [path, artifact] of outs) await evaluator.workspace.restore(path, artifact);
    return null;
  } catch (error) {
    if (error instanceof CorruptObjectError) return { type: 'corrupt-object', digest: error.digest };
    if (isUnrestorable(error)) return { type: 'output-missing', path: [...outs.keys()].join(', ') };
    throw error;
  }
}

/** The run cache first: what the lock then says can always be found again. */
async function record(
  instance: StageInstance,
  { fingerprint, inputs, action }: Pick<Known, 'action' | 'inputs'> & { readonly fingerprint: Digest },
  outs: ReadonlyMap<string, Artifact>,
  log: Artifact | null,
  { evaluator, save, root, lockFile, claims }: Progress,
): Promise<void> {
  claims.confirm(instance.name);
  // What was found in the run cache need not be written there again.
  const runs = evaluator.workspace.runsOf(isShared(inputs));
  const known = action !== 'run' && runs.get(fingerprint) !== null;
  if (save && (!known || log !== null)) {
    const canonical = new Map<string, Artifact>();
    for (const out of instance.outs) {
      const artifact = outs.get(out.path);
      if (artifact !== undefined) canonical.set(out.canonical, artifact);
    }
    // What the instance made is in place and in the lock, also where this entry cannot be written.
    spare(runs.pathOf(fingerprint), () => runs.set(fingerprint, instance.name, canonical, log));
  }
  for (const closure of inputs.code.values()) evaluator.code.remember(closure);
  evaluator.lock.set(instance.name, lockBlock(instance, fingerprint, inputs, outs));
  // Without the run cache the lock is all that tells other processes, which may be waiting, what was done.
  if (!save) await evaluator.lock.settle();
  removeScratch(statePlace(root, scratchFolder(lockFile, instance.name)));
  forgetBegun(root, lockFile, instance.name);
}

function upstreamRan(name: InstanceName, { upstream, ran }: Progress): boolean {
  return (upstream.get(name) ?? []).some((other) => ran.has(other));
}

function isRecorded(entry: Extract<PlanEntry, { readonly evaluation: Known }>): boolean {
  return entry.evaluation.action === 'fresh' && entry.evaluation.recorded;
}

function logFile({ name }: StageInstance, { root, lockFile }: Progress): string {
  return statePlace(root, logPath(lockFile, name));
}

/** A frozen instance whose outputs could be had when the plan was made, and then could not. */
function frozenLost(reason: Reason): Failure {
  return {
    type: 'system',
    message:
      `it is frozen, so its command does not run, and its outputs did not come back (${describeReason(reason)}). ` +
      'Put them there, or take `frozen: true` away to run it.',
  };
}
