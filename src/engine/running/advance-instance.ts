import type { InstanceName, StageInstance } from '../pipeline/types.ts';
import { evaluate, type Evaluation, lockBlock } from '../planning/evaluate.ts';
import type { Plan } from '../planning/plan.ts';
import type { Reason } from '../planning/reasons.ts';
import type { Artifact } from '../store/artifact.ts';
import type { Digest } from '../store/digest.ts';
import { CorruptObjectError, MissingObjectError } from '../store/object-store.ts';
import { ArtifactError } from '../store/workspace.ts';
import type { Durations } from './durations.ts';
import type { Failure, Outcome } from './events.ts';
import { logPath } from './paths.ts';
import { type InvocationFacts, writeRunFacts } from './run-facts.ts';
import { type InstanceRunner, runInstance, runsWarm } from './run-instance.ts';
import type { TaskResult } from './scheduler.ts';

/** A run under way. */
export interface Progress extends InstanceRunner {
  readonly plan: Plan;
  readonly lockFile: string;
  readonly durations: Durations;
  readonly facts: InvocationFacts;
  readonly upstream: ReadonlyMap<InstanceName, readonly InstanceName[]>;
  /** Instances that really ran, whose outputs may therefore differ from what the plan expected. */
  readonly ran: Set<InstanceName>;
}

type Known = Exclude<Evaluation, { readonly action: 'blocked' }>;

/** Brings one instance up to date, now that everything it depends on is. */
export async function advanceInstance(name: InstanceName, progress: Progress): Promise<TaskResult> {
  const startedAt = performance.now();
  const finish = (outcome: Outcome, log: string | null = null): TaskResult => {
    const ms = performance.now() - startedAt;
    progress.emit({ type: 'stage-finished', instance: name, outcome, ms, log });
    return outcome.type === 'failed' || outcome.type === 'interrupted' ? 'failed' : 'done';
  };
  const entry = progress.plan.entries.get(name);
  if (entry === undefined || entry.action === 'frozen') return finish({ type: 'fresh' });
  const { instance } = entry;
  try {
    const evaluation =
      entry.action === 'waits' || upstreamRan(name, progress)
        ? await evaluate(instance, progress.evaluator)
        : entry.evaluation;
    if (evaluation.action === 'blocked') return finish({ type: 'failed', failure: inputsMissing(evaluation.missing) });
    if (evaluation.action === 'fresh') {
      if (!evaluation.recorded) record(instance, evaluation, evaluation.outs, progress);
      return finish({ type: 'fresh' });
    }
    let reasons = evaluation.reasons;
    if (evaluation.action === 'restore') {
      const problem = await restore(evaluation.outs, progress);
      if (problem === null) {
        record(instance, evaluation, evaluation.outs, progress);
        return finish({ type: 'restored' });
      }
      reasons = [...reasons, problem];
    }
    return await run(instance, evaluation, reasons, progress, finish);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === null) throw error;
    return finish({ type: 'failed', failure });
  } finally {
    for (const { digest, movedTo } of progress.evaluator.workspace.objects.takeQuarantined()) {
      progress.emit({ type: 'object-quarantined', digest, movedTo });
    }
  }
}

async function run(
  instance: StageInstance,
  evaluation: Known,
  reasons: readonly Reason[],
  progress: Progress,
  finish: (outcome: Outcome, log: string | null) => TaskResult,
): Promise<TaskResult> {
  const { name } = instance;
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
  const result = await runInstance(instance, evaluation.inputs, log, progress);
  if (result.type !== 'ran') return finish(result, log);
  record(instance, evaluation, result.outs, progress);
  progress.durations.set(name, performance.now() - startedAt);
  return finish({ type: 'ran' }, log);
}

/** Puts the outputs in place. Returns why that was not possible, or null. */
async function restore(outs: ReadonlyMap<string, Artifact>, { evaluator }: Progress): Promise<Reason | null> {
  try {
    for (const [path, artifact] of outs) await evaluator.workspace.restore(path, artifact);
    return null;
  } catch (error) {
    if (error instanceof CorruptObjectError) return { type: 'corrupt-object', digest: error.digest };
    if (error instanceof MissingObjectError) return { type: 'output-missing', path: [...outs.keys()].join(', ') };
    throw error;
  }
}

/** The run cache first: what the lock then says can always be found again. */
function record(
  instance: StageInstance,
  { fingerprint, inputs }: { readonly fingerprint: Digest; readonly inputs: Known['inputs'] },
  outs: ReadonlyMap<string, Artifact>,
  { evaluator, save }: Progress,
): void {
  if (save) {
    const canonical = new Map<string, Artifact>();
    for (const out of instance.outs) {
      const artifact = outs.get(out.path);
      if (artifact !== undefined) canonical.set(out.canonical, artifact);
    }
    evaluator.workspace.runs.set(fingerprint, instance.name, canonical);
  }
  for (const closure of inputs.code.values()) evaluator.code.remember(closure);
  evaluator.lock.set(instance.name, lockBlock(instance, fingerprint, inputs, outs));
}

function upstreamRan(name: InstanceName, { upstream, ran }: Progress): boolean {
  return (upstream.get(name) ?? []).some((other) => ran.has(other));
}

function inputsMissing(paths: readonly string[]): Failure {
  return {
    type: 'inputs-missing',
    message: `its inputs ${paths.join(', ')} do not exist although the stages before it succeeded`,
    paths,
  };
}

/** A failure of the machine or of what a stage left, in words; null for an error of this program. */
function asFailure(error: unknown): Failure | null {
  if (error instanceof ArtifactError) return { type: 'system', message: error.message };
  if (!(error instanceof Error)) return null;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return null;
  if (code === 'ENOSPC') {
    return {
      type: 'system',
      message: `the disk is full (writing ${path ?? 'a file'}). Free some space and run again.`,
    };
  }
  return { type: 'system', message: error.message };
}
