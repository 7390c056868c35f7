import { below } from '../paths/glob.ts';
import type { InstanceName, Pipeline, StageInstance } from '../stages/types.ts';
import type { Artifact } from '../store/contents/artifact.ts';
import { Workspace, type WorkspaceOptions } from '../store/workspace.ts';
import { CodeError, CodeReader } from './code/code-closure.ts';
import { evaluate, type Evaluation, type Evaluator, expectOutputs, reasonsBeforeDeps } from './evaluate.ts';
import { describeLost, type FrozenState, judgeFrozen, type LostOutput } from './frozen.ts';
import { Lockfile } from './lockfile.ts';
import { ParamsReach } from './params-reach.ts';
import type { Reason } from './reasons.ts';
import { madeBy } from './code/stage-code.ts';

/** What is going to happen to one selected instance. */
export type PlanEntry =
  | {
      readonly instance: StageInstance;
      readonly action: 'fresh' | 'restore' | 'run';
      readonly reasons: readonly Reason[];
      readonly evaluation: Exclude<Evaluation, { readonly action: 'blocked' }>;
    }
  /** Frozen, and some of its outputs are missing: they come back as the lock has them, and nothing else is touched. */
  | {
      readonly instance: StageInstance;
      readonly action: 'restore';
      readonly reasons: readonly Reason[];
      readonly frozenOutputs: ReadonlyMap<string, Artifact>;
    }
  /**
   * Instances it depends on are going to run, or to be restored into a directory that it reads as a whole; if that comes to
   * the same, it stays as it is.
   */
  | { readonly instance: StageInstance; readonly action: 'waits'; readonly reasons: readonly Reason[] }
  /** Its outputs are there, and pipeline.yaml says to leave them alone whatever its inputs. */
  | { readonly instance: StageInstance; readonly action: 'frozen'; readonly reasons: readonly Reason[] };

export interface Plan {
  /** In topological order. */
  readonly entries: ReadonlyMap<InstanceName, PlanEntry>;
  readonly evaluator: Evaluator;
}

/** The instances of a plan. */
export function instancesOf(entries: Plan['entries']): StageInstance[] {
  return Array.from(entries.values(), ({ instance }) => instance);
}

/** The plan cannot be made; a mistake of the user's, told in one message. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

export interface PlanOptions {
  readonly lockFile: string;
  /** True: every selected instance runs, even if it is up to date; a set: those. */
  readonly force?: boolean | ReadonlySet<InstanceName>;
  /** False: never take outputs from the cache. */
  readonly restore?: boolean;
  /** Where and how the cache keeps contents, from the settings of the machine. */
  readonly cache?: WorkspaceOptions;
  /** Where `env` of a stage is looked up. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Decides for every selected instance what has to happen, without changing anything.
 * Throws PlanError when inputs are missing, PipelineError when stages would not see the params that they run for, LockError when the lock file has to be mended.
 */
export async function makePlan(
  pipeline: Pipeline,
  selection: Iterable<InstanceName>,
  options: PlanOptions,
): Promise<Plan> {
  const selected = new Set(selection);
  const expected = new Map<string, Artifact>();
  const env = options.env ?? process.env;
  const code = new CodeReader(pipeline.root, madeBy(pipeline), env);
  const evaluator: Evaluator = {
    workspace: Workspace.open(pipeline.root, options.cache),
    code,
    reach: new ParamsReach(pipeline, code),
    env,
    lock: Lockfile.open(pipeline.root, options.lockFile),
    forced: forcedOf(options.force ?? false, selected),
    restore: options.restore ?? true,
    expected,
  };
  const entries = new Map<InstanceName, PlanEntry>();
  const missing = new Map<string, InstanceName>();
  /** Frozen instances without outputs; null for what comes after one. */
  const lost = new Map<InstanceName, LostOutput | null>();
  for (const [name, instance] of pipeline.instances) {
    if (!selected.has(name)) continue;
    const running = (pipeline.upstream.get(name) ?? []).filter((other) => {
      const entry = entries.get(other);
      if (entry?.action === 'restore') return holdsOutputs(instance, entry.instance);
      return entry?.action === 'run' || entry?.action === 'waits';
    });
    if (instance.frozen) {
      const state = await readingCode(instance, judgeFrozen(instance, evaluator));
      if (state.type === 'lost') lost.set(name, { instance, ...state });
      else entries.set(name, frozenEntry(instance, state, expected));
      continue;
    }
    if ((pipeline.upstream.get(name) ?? []).some((other) => lost.has(other))) {
      // Whether it could run cannot be told; that is no mistake of its own.
      lost.set(name, null);
      continue;
    }
    if (running.length > 0) {
      const own = await readingCode(instance, reasonsBeforeDeps(instance, evaluator));
      entries.set(name, { instance, action: 'waits', reasons: [...own, { type: 'upstream', instances: running }] });
      continue;
    }
    const evaluation = await readingCode(instance, evaluate(instance, evaluator));
    if (evaluation.action === 'blocked') {
      for (const path of evaluation.missing) missing.set(path, name);
      continue;
    }
    if (evaluation.action === 'restore') expectOutputs(expected, instance, evaluation.outs);
    entries.set(name, { instance, action: evaluation.action, reasons: evaluation.reasons, evaluation });
  }
  const problems = [
    ...(missing.size > 0 ? [describeMissing(missing)] : []),
    ...(lost.size > 0 ? [describeLost([...lost.values()].filter((one) => one !== null))] : []),
  ];
  if (problems.length > 0) throw new PlanError(problems.join('\n'));
  const mayRun = [...entries.values()].filter(({ action }) => action === 'run' || action === 'waits');
  await evaluator.reach.require(mayRun.map(({ instance }) => instance));
  return { entries, evaluator };
}

/** Whether an instance reads a directory of which outputs of another are only a part: with others in it, it cannot be told. */
function holdsOutputs({ deps }: StageInstance, { outs }: StageInstance): boolean {
  return deps.some(({ path, place = path }) => outs.some((out) => below(out.place ?? out.path, place) !== null));
}

function frozenEntry(
  instance: StageInstance,
  state: Exclude<FrozenState, { readonly type: 'lost' }>,
  expected: Map<string, Artifact>,
): PlanEntry {
  switch (state.type) {
    case 'in-place':
      return { instance, action: 'frozen', reasons: [] };
    case 'locked': {
      expectOutputs(expected, instance, state.missing);
      const reasons = [...state.missing.keys()].map((path): Reason => ({ type: 'output-missing', path }));
      return { instance, action: 'restore', reasons, frozenOutputs: state.missing };
    }
    case 'cached': {
      const { evaluation } = state;
      expectOutputs(expected, instance, evaluation.outs);
      return { instance, action: 'restore', reasons: evaluation.reasons, evaluation };
    }
  }
}

function forcedOf(force: boolean | ReadonlySet<InstanceName>, selected: ReadonlySet<InstanceName>): typeof selected {
  if (typeof force !== 'boolean') return force;
  return force ? selected : new Set();
}

/** Says of a code file that cannot be read which stage wants it. */
async function readingCode<Result>({ name, code }: StageInstance, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    const [entry] = code;
    const place = entry === undefined ? 'its command names' : `${entry.at.file}:${entry.at.line} names`;
    throw new PlanError(`${error.message} (code of ${name}: ${place} it, or a file that imports it)`);
  }
}

function describeMissing(missing: ReadonlyMap<string, InstanceName>): string {
  const lines = [...missing].slice(0, 10).map(([path, name]) => `  ${path}, which ${name} depends on`);
  const more = missing.size > 10 ? `\n  and ${missing.size - 10} more` : '';
  return (
    `Inputs are missing:\n${lines.join('\n')}${more}\n` +
    'If other stages make them, run without --single and --downstream; otherwise put them there or correct the path in pipeline.yaml.'
  );
}
