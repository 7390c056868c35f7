import { readNamedDeps } from './deps-by-name.ts';
import type { NamedDeps } from './deps-by-name.ts';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { readFlag } from '../templates/flags.ts';
import type { Flag } from '../templates/flags.ts';
import type { Entry, ListNode, MapNode, Node, ScalarNode } from '../yaml/node.ts';
import type { ResourcesDefinition } from './resources.ts';
import type { StageVariables } from '../templates/stage-variables.ts';
import { asPattern, compileCommand, compileTemplate } from '../templates/template.ts';
import type { Template } from '../templates/template.ts';
import type { Output } from './types.ts';
import type { Position } from '../yaml/values.ts';
import { inlineVariables, varsFiles } from '../params/vars-list.ts';
import { hasWildcard } from '../paths/wildcards.ts';

/** A stage as pipeline.yaml defines it: templates cut, nothing resolved. */
export interface StageDefinition {
  readonly name: string;
  readonly at: Position;
  /** Null when the stage has none of its own. */
  readonly vars: StageVariables | null;
  readonly commands: readonly Template[];
  readonly wdir: Template | null;
  readonly desc: Template | null;
  /** Those of a list. */
  readonly deps: readonly DependencyDefinition[];
  /** Those that are no list; null when there are none. */
  readonly namedDeps: NamedDeps | null;
  readonly params: readonly ParamDefinition[];
  readonly code: readonly Template[];
  readonly env: readonly Template[];
  readonly outs: readonly OutputDefinition[];
  readonly frozen: Flag;
  readonly alwaysChanged: Flag;
  readonly warm: boolean;
  /** True (`meta.only_if_needed`): not part of a run by itself; see `StageInstance`. */
  readonly onlyIfNeeded: boolean;
  /** True (`meta.reads_given_params`): the program takes its params from the runner, though nothing of it shows that. */
  readonly readsGivenParams: boolean;
  /** Null when the stage says nothing about what it needs. */
  readonly resources: ResourcesDefinition | null;
  /** What the instances run over, or null for a plain stage. */
  readonly over: Iteration | null;
}

export interface DependencyDefinition {
  /** A path, the pattern of `{stage: pattern}`, a pattern for paths, or one after `!`. */
  readonly kind: 'path' | 'stage' | 'pattern' | 'except';
  readonly template: Template;
  /** The same where values count literally in a pattern; for a path it is the template itself. */
  readonly pattern: Template;
}

export interface ParamDefinition {
  /** Null means every key; a template may stand for a list of keys. */
  readonly key: Template | null;
  /** The params file of `{file: [keys]}`, or null. */
  readonly file: Template | null;
}

export interface OutputDefinition {
  readonly template: Template;
  readonly kind: Output['kind'];
  readonly cache: Flag;
  readonly persist: Flag;
  /** As it stands in pipeline.yaml, without what templates bring. */
  readonly literal: string;
}

/** A foreach, a matrix, or a matrix for each item of a foreach. */
export interface Iteration {
  /** Null where there is a matrix alone. */
  readonly foreach: { readonly over: Node; readonly at: Position | null } | null;
  /** Dimensions of the matrix; null where there is a foreach alone. */
  readonly dimensions: readonly Entry[] | null;
}

/** Reads a stage. The schema has judged its form: what has the wrong form is passed over here. */
export function readDefinition(name: string, entry: Entry, at: Position, diagnostics: DiagnosticList): StageDefinition {
  const stage = mapAt(entry.value);
  const foreach = stage.get('foreach');
  const inner = stage.get('do');
  const body = inner === undefined ? stage : mapAt(inner.value);
  const template = (node: ScalarNode): Template => compileTemplate(node, diagnostics);
  const several = (key: string): readonly Template[] => scalars(body.get(key)?.value).map(template);
  const one = (key: string): Template | null => several(key)[0] ?? null;
  const meta = mapAt(body.get('meta')?.value);

  return {
    name,
    at,
    vars: readVars(body.get('vars')?.value),
    commands: scalars(body.get('cmd')?.value).map((node) => compileCommand(node, diagnostics)),
    wdir: one('wdir'),
    desc: one('desc'),
    deps: readDeps(body.get('deps')?.value, template),
    namedDeps: readNamedDeps(body.get('deps')?.value, template, diagnostics),
    params: readParamKeys(body.get('params')?.value, template),
    code: several('code'),
    env: several('env'),
    outs: [
      ...readOutputs(body.get('outs')?.value, 'out', template),
      ...readOutputs(body.get('metrics')?.value, 'metric', template),
      ...readOutputs(body.get('plots')?.value, 'plot', template),
    ],
    frozen: readFlag(body.get('frozen'), false, template),
    alwaysChanged: readFlag(body.get('always_changed'), false, template),
    warm: isTrue(meta.get('warm')),
    onlyIfNeeded: isTrue(meta.get('only_if_needed')),
    readsGivenParams: isTrue(meta.get('reads_given_params')),
    resources: readResources(meta.get('resources')?.value, template),
    over: readIteration(foreach, body.get('matrix')),
  };
}

function readVars(node: Node | undefined): StageVariables | null {
  if (node?.kind !== 'list' || node.items.length === 0) return null;
  return { files: varsFiles(node), inline: inlineVariables(node) };
}

type Compile = (node: ScalarNode) => Template;

function readDeps(node: Node | undefined, template: Compile): readonly DependencyDefinition[] {
  return items(node).flatMap((item): readonly DependencyDefinition[] => {
    if (item.kind === 'scalar') return [readDependency(template(item))];
    const patterns = scalars(mapAt(item).get('stage')?.value).map(template);
    return patterns.map((pattern) => ({ kind: 'stage', template: pattern, pattern }));
  });
}

/** Wildcards count where pipeline.yaml itself has them; what a template brings stands for itself. */
function readDependency(template: Template): DependencyDefinition {
  const literal = literalOf(template);
  if (literal.startsWith('!')) return { kind: 'except', template, pattern: asPattern(template) };
  return hasWildcard(literal)
    ? { kind: 'pattern', template, pattern: asPattern(template) }
    : { kind: 'path', template, pattern: template };
}

function literalOf({ parts }: Template): string {
  return parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
}

function readParamKeys(node: Node | undefined, template: Compile): readonly ParamDefinition[] {
  return items(node).flatMap((item): readonly ParamDefinition[] => {
    if (item.kind === 'list') return readParamKeys(item, template);
    if (item.kind === 'scalar') return [{ key: template(item), file: null }];
    return [...mapAt(item).values()].flatMap((entry): readonly ParamDefinition[] => {
      const file = template(entry.key);
      // As in dvc.yaml a file without keys means all of it.
      if (entry.value.kind !== 'list' || entry.value.items.length === 0) return [{ key: null, file }];
      return scalars(entry.value).map((key) => ({ key: template(key), file }));
    });
  });
}

function readOutputs(node: Node | undefined, kind: Output['kind'], template: Compile): readonly OutputDefinition[] {
  return items(node).flatMap((item): readonly OutputDefinition[] => {
    const output = (path: ScalarNode, options: MapNode['entries']): OutputDefinition => {
      const written = template(path);
      return {
        template: written,
        kind,
        cache: readFlag(options.get('cache'), true, template),
        persist: readFlag(options.get('persist'), false, template),
        literal: literalOf(written),
      };
    };
    if (item.kind === 'scalar') return [output(item, NO_ENTRIES)];
    return Array.from(mapAt(item).values(), (entry) => output(entry.key, mapAt(entry.value)));
  });
}

function readResources(node: Node | undefined, template: Compile): ResourcesDefinition | null {
  const resources = mapAt(node);
  if (resources.size === 0) return null;
  const one = (entry: Entry | undefined): Template | null => scalars(entry?.value).map(template)[0] ?? null;
  const pools = new Map<string, Template>();
  for (const [name, entry] of mapAt(resources.get('pools')?.value)) {
    const places = one(entry);
    if (places !== null) pools.set(name, places);
  }
  return {
    cpus: one(resources.get('cpus')),
    gpus: one(resources.get('gpus')),
    memory: one(resources.get('memory')),
    pools,
  };
}

function readIteration(foreach: Entry | undefined, matrix: Entry | undefined): Iteration | null {
  const dimensions = matrix?.value.kind === 'map' ? [...matrix.value.entries.values()] : null;
  if (foreach !== undefined) return { foreach: { over: foreach.value, at: foreach.keyAt }, dimensions };
  return dimensions === null ? null : { foreach: null, dimensions };
}

const NO_ENTRIES: MapNode['entries'] = new Map();

function mapAt(node: Node | undefined): MapNode['entries'] {
  return node?.kind === 'map' ? node.entries : NO_ENTRIES;
}

function items(node: Node | undefined): ListNode['items'] {
  return node?.kind === 'list' ? node.items : [];
}

/** A scalar, or the scalars of a list. */
function scalars(node: Node | undefined): readonly ScalarNode[] {
  if (node?.kind === 'list') return node.items.filter((item) => item.kind === 'scalar');
  return node?.kind === 'scalar' && node.value !== null ? [node] : [];
}

function isTrue(entry: Entry | undefined): boolean {
  return entry?.value.kind === 'scalar' && entry.value.value === true;
}
