import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { kindOf } from '../yaml/node.ts';
import type { MapNode, Node, ScalarNode } from '../yaml/node.ts';
import type { Scope } from '../templates/scope.ts';
import { loneExpression, resolveText, resolveValue } from '../templates/template.ts';
import type { Expression, Template } from '../templates/template.ts';
import type { Dependency } from './types.ts';
import type { Position } from '../yaml/values.ts';

/** `deps` that is no list: a map from names, or a template of such a map or of a list. */
export type NamedDeps = { readonly whole: Template } | { readonly entries: readonly NamedDefinition[] };

interface NamedDefinition {
  /** Null for an item of a list. */
  readonly name: string | null;
  /** `{stage: ...}`, `{same: ...}`, or a path; a template of a path may turn out to be any of them, or null. */
  readonly kind: 'stage' | 'same' | 'value';
  readonly template: Template;
}

/** A dependency of one instance under its name; null for one that a list brings. */
export type NamedInput =
  | { readonly name: string | null; readonly kind: 'path'; readonly dep: Dependency }
  | {
      readonly name: string | null;
      /** All outputs of the instances that a pattern means, or the only out of the instance at the same place. */
      readonly kind: 'stage' | 'same';
      readonly pattern: string;
      readonly at: Position;
    };

/** Whoever writes `deps: {stage: a}` has most likely forgotten the name, or the list. */
const RESERVED: ReadonlySet<string> = new Set(['stage', 'same']);

/** Reads `deps` unless it is a list. The schema has judged its form: what has the wrong form is passed over here. */
export function readNamedDeps(
  node: Node | undefined,
  compile: (node: ScalarNode) => Template,
  diagnostics: DiagnosticList,
): NamedDeps | null {
  if (node?.kind === 'scalar' && typeof node.value === 'string') return { whole: compile(node) };
  if (node?.kind !== 'map') return null;
  const entries: NamedDefinition[] = [];
  for (const [name, { keyAt, value }] of node.entries) {
    if (!isName(name, keyAt, diagnostics)) continue;
    if (value.kind === 'scalar' && value.value !== null)
      entries.push({ name, kind: 'value', template: compile(value) });
    if (value.kind !== 'map') continue;
    for (const kind of ['stage', 'same'] as const) {
      const wanted = value.entries.get(kind)?.value;
      if (wanted?.kind === 'scalar' && wanted.value !== null) entries.push({ name, kind, template: compile(wanted) });
    }
  }
  return { entries };
}

/** The templates as they stand in pipeline.yaml. */
export function templatesOf(deps: NamedDeps | null): readonly Template[] {
  if (deps === null) return [];
  return 'whole' in deps ? [deps.whole] : deps.entries.map(({ template }) => template);
}

/**
 * The dependencies of one instance in the order in which they are written, without those that are null; mistakes go to
 * the diagnostics.
 *
 * @param input the path that a template of one means, null after a diagnostic
 * @param stageAt a place for what has none of its own
 */
export function namedInputs(
  deps: NamedDeps,
  scope: Scope,
  input: (template: Template) => Dependency | null,
  stageAt: Position,
  diagnostics: DiagnosticList,
): readonly NamedInput[] {
  const reader = { scope, input, stageAt, diagnostics };
  if (!('whole' in deps)) return deps.entries.flatMap((entry) => readInput(entry, reader) ?? []);
  const by = deps.whole.node.at ?? stageAt;
  return broughtBy(deps.whole, reader).flatMap((entry) => {
    const read = readInput(entry, reader);
    return read === null ? [] : [locatedWhereItStands(read, entry.template, by, scope)];
  });
}

interface Reader {
  readonly scope: Scope;
  readonly input: (template: Template) => Dependency | null;
  readonly stageAt: Position;
  readonly diagnostics: DiagnosticList;
}

/** What a template of all dependencies stands for, each as a template of its own, so that it keeps its canonical text. */
function broughtBy(whole: Template, { scope, stageAt, diagnostics }: Reader): readonly NamedDefinition[] {
  const node = resolveValue(whole, scope, diagnostics)?.actual;
  const expression = loneExpression(whole);
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  if (expression === null || node.kind === 'scalar') {
    diagnostics.add(
      'deps',
      whole.node.at ?? stageAt,
      `"deps" must be a list, or a map from names to paths, and is ${kindOf(node)}`,
      { related: placeOf(node), hint: 'for one path write a list: [${name}]' },
    );
    return [];
  }
  if (node.kind === 'list') {
    return node.items.map((_, index) => ({ name: null, kind: 'value', template: inside(whole, expression, index) }));
  }
  return Array.from(node.entries)
    .filter(([name, { keyAt }]) => isName(name, keyAt ?? whole.node.at, diagnostics))
    .map(([name]) => ({ name, kind: 'value', template: inside(whole, expression, name) }));
}

function isName(name: string, at: Position | null, diagnostics: DiagnosticList): boolean {
  if (!RESERVED.has(name)) return true;
  diagnostics.add('dep-name', at, `a dependency cannot be called "${name}"`, {
    hint: `write NAME: {${name}: ...}${name === 'stage' ? ', or a list: [{stage: ...}]' : ''}`,
  });
  return false;
}

function readInput({ name, kind, template }: NamedDefinition, reader: Reader): NamedInput | null {
  const { scope, input, stageAt, diagnostics } = reader;
  const at = template.node.at ?? stageAt;
  if (kind !== 'value') {
    const text = resolveText(template, scope, diagnostics);
    return text === null ? null : { name, kind, pattern: text.text, at };
  }
  const expression = loneExpression(template);
  const node = expression === null ? null : resolveValue(template, scope, diagnostics)?.actual;
  if (node === undefined || (node?.kind === 'scalar' && node.value === null)) return null;
  if (expression !== null && node !== null && node.kind !== 'scalar') {
    const wanted = node.kind === 'map' ? referenceIn(node) : null;
    if (wanted !== null)
      return readInput({ name, kind: wanted, template: inside(template, expression, wanted) }, reader);
    const what = name === null ? 'a dependency' : `the dependency "${name}"`;
    diagnostics.add('deps', at, `${what} must be a path, {stage: ...}, {same: ...} or null, and is ${kindOf(node)}`, {
      related: placeOf(node),
    });
    return null;
  }
  const dep = input(template);
  return dep === null ? null : { name, kind: 'path', dep };
}

/** The kind of a map `{stage: ...}` or `{same: ...}`; null for any other. */
function referenceIn({ entries }: MapNode): 'stage' | 'same' | null {
  const [only, ...others] = entries.keys();
  return others.length === 0 && (only === 'stage' || only === 'same') ? only : null;
}

function inside(template: Template, expression: Expression, step: string | number): Template {
  return { node: template.node, parts: [{ ...expression, path: [...expression.path, step] }] };
}

/** Mistakes in what a template brought are shown where that is written, with the template beside it. */
function locatedWhereItStands(read: NamedInput, template: Template, by: Position, scope: Scope): NamedInput {
  const path = loneExpression(template)?.path;
  const at = (path === undefined ? null : scope.lookup(path, 'actual')?.at) ?? null;
  if (at === null) return read;
  return read.kind === 'path' ? { ...read, dep: { ...read.dep, at, by } } : { ...read, at };
}

function placeOf({ at }: Node): readonly { readonly message: string; readonly at: Position }[] {
  return at === null ? [] : [{ message: 'its value stands here', at }];
}
