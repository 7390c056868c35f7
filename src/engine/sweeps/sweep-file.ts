import path from 'node:path';
import { DiagnosticList, PipelineError } from '../yaml/diagnostics.ts';
import { hasBearableSize } from '../yaml/document-size.ts';
import { kindOf, type MapNode, type Node, toValue } from '../yaml/node.ts';
import { readNamed } from '../params/read-file.ts';
import type { Position, Value } from '../yaml/values.ts';
import { validate } from '../schema/validate.ts';
import { Verdicts } from '../schema/verdicts.ts';
import { TextCopies } from '../store/text-copies.ts';
import { readYaml } from '../yaml/yaml-reader.ts';
import { valueCount } from './distributions.ts';
import { type Hyperband, rungsBelow, rungsFrom } from './hyperband.ts';
import { checkKeys, readParameters } from './parameter-reader.ts';
import { sweepSchema } from './schema.ts';
import type { Space } from './space.ts';
import { writerOf, type WriteValue } from './written-values.ts';

export type Goal = 'minimize' | 'maximize';

/** A sweep as its file defines it. */
export interface Sweep {
  /** The file's name without extension: names its directories. */
  readonly name: string;
  /** Relative to the root. */
  readonly file: string;
  readonly method: 'grid' | 'random' | 'bayes';
  readonly metric: {
    readonly name: string;
    readonly goal: Goal;
    readonly target: number | null;
    /** Dotted keys in metrics files; see `readMetric`. */
    readonly value: string;
    readonly per: string | null;
  };
  readonly space: Space;
  readonly hyperband:
    (Hyperband & { readonly stages: readonly string[]; readonly name: string; readonly goal: Goal }) | null;
  readonly runCap: number | null;
  readonly description: string | null;
  /** Patterns of what a trial brings up to date; none: everything. */
  readonly stages: readonly string[];
  /** Params files below the trial; null: those of pipeline.yaml. */
  readonly params: readonly string[] | null;
  readonly set: { readonly [key: string]: Value };
  /** How a trial's values are written for `-S`. */
  readonly write: WriteValue;
  /** Null: the params' own. */
  readonly seed: number | null;
  readonly batch: number;
  /** The document without what does not change what trials are: two sweeps with the same one may share trials. */
  readonly definition: Value;
}

/** A sweep file in its form, before it is known whether params have its keys. */
export interface SweepDraft {
  readonly sweep: Sweep;
  /** @throws PipelineError for parameters that are no params keys */
  readonly checkAgainst: (params: { readonly [key: string]: Value }) => void;
}

/** Keys that say how long a sweep goes on and what it is called, not what its trials are. */
const circumstances = new Set(['run_cap', 'name', 'description', 'project', 'entity', 'program', 'command']);

/**
 * Reads a sweep file.
 *
 * @param file absolute, or relative to the root
 * @throws PipelineError that holds every mistake
 */
export function readSweep(root: string, file: string): SweepDraft {
  const diagnostics = new DiagnosticList();
  const source = readNamed(root, file, 'sweep file', null, diagnostics);
  const document = source === null ? null : readYaml(source.file, source.text, diagnostics);
  diagnostics.throwIfAny();
  if (source === null || document === null || document === 'empty' || document.kind !== 'map') {
    const is = document === null || document === 'empty' ? 'empty' : kindOf(document);
    const at: Position = { file: source?.file ?? file, line: 1, column: 1, endColumn: 2 };
    diagnostics.add('root', at, `a sweep file must be a map with "method", "metric" and "parameters", and is ${is}`);
    throw new PipelineError(diagnostics.list());
  }
  if (!hasBearableSize(document, diagnostics)) throw new PipelineError(diagnostics.list());
  const broken = validate(sweepSchema, document, 'the sweep file', diagnostics, {
    verdicts: new Verdicts(new TextCopies(root)),
  });
  const parameters = document.entries.get('parameters')?.value;
  const readable = parameters?.kind === 'map' && !broken.some(([top]) => top === 'parameters');
  const space = readable ? readParameters(parameters, diagnostics) : [];
  checkMethod(document, space, diagnostics);
  checkHyperband(document, diagnostics);
  diagnostics.throwIfAny();
  const sweep = sweepOf(source.file, document, space);
  return {
    sweep,
    checkAgainst(params) {
      const found = new DiagnosticList();
      checkKeys(space, params, found);
      found.throwIfAny();
    },
  };
}

interface SweepDocument {
  readonly method: Sweep['method'];
  readonly metric: { readonly name: string; readonly goal?: Goal; readonly target?: number };
  readonly early_terminate?: {
    readonly min_iter?: number;
    readonly max_iter?: number;
    readonly s?: number;
    readonly eta?: number;
  };
  readonly run_cap?: number;
  readonly description?: string;
  readonly pipeline?: {
    readonly stages?: readonly string[];
    readonly params?: readonly string[];
    readonly set?: { readonly [key: string]: Value };
    readonly seed?: number;
    readonly batch?: number;
    readonly metric?: { readonly value: string; readonly per?: string };
    readonly live?: { readonly stages?: readonly string[]; readonly name?: string; readonly goal?: Goal };
  };
}

function sweepOf(file: string, node: MapNode, space: Space): Sweep {
  const value = toValue(node) as { readonly [key: string]: Value };
  const {
    method,
    metric,
    early_terminate: early,
    run_cap,
    description,
    pipeline = {},
  } = value as unknown as SweepDocument;
  const goal = metric.goal ?? 'minimize';
  const { live = {} } = pipeline;
  return {
    name: path.posix.basename(file).replace(/\.[^.]*$/, ''),
    file,
    method,
    metric: {
      name: metric.name,
      goal,
      target: metric.target ?? null,
      value: pipeline.metric?.value ?? metric.name,
      per: pipeline.metric?.per ?? null,
    },
    space,
    hyperband:
      early === undefined
        ? null
        : { ...hyperbandOf(early), stages: live.stages ?? [], name: live.name ?? metric.name, goal: live.goal ?? goal },
    runCap: run_cap ?? null,
    description: description ?? null,
    stages: pipeline.stages ?? [],
    params: pipeline.params ?? null,
    set: pipeline.set ?? {},
    write: writerOf(node, space),
    seed: pipeline.seed ?? null,
    batch: pipeline.batch ?? 4,
    definition: Object.fromEntries(Object.entries(value).filter(([key]) => !circumstances.has(key))),
  };
}

function hyperbandOf({ min_iter, max_iter, s, eta = 3 }: NonNullable<SweepDocument['early_terminate']>): Hyperband {
  if (min_iter !== undefined) return { eta, rungs: rungsFrom(min_iter, eta, max_iter) };
  return { eta, rungs: rungsBelow(max_iter ?? 1, s ?? 1, eta) };
}

/** As W&B does, a grid refuses what cannot be counted. */
function checkMethod(document: MapNode, space: Space, diagnostics: DiagnosticList): void {
  if (textAt(document, 'method') !== 'grid') return;
  for (const { key, distribution, at } of space) {
    if (valueCount(distribution) !== null) continue;
    diagnostics.add('grid', at, `a grid needs parameters with countable values, and "${key}" is ${distribution.kind}`, {
      hint: 'give "values", whole "min" and "max", or q_uniform; or use the method random or bayes',
    });
  }
}

function checkHyperband(document: MapNode, diagnostics: DiagnosticList): void {
  const entry = document.entries.get('early_terminate');
  if (entry?.value.kind !== 'map') return;
  const keys = entry.value.entries;
  if (keys.has('min_iter') || (keys.has('max_iter') && keys.has('s'))) return;
  diagnostics.add('hyperband', entry.keyAt, 'hyperband needs "min_iter", or "max_iter" and "s"');
}

function textAt(document: MapNode, key: string): unknown {
  const node: Node | undefined = document.entries.get(key)?.value;
  return node?.kind === 'scalar' ? node.value : undefined;
}
