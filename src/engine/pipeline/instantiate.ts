import type { OutputDefinition, ParamDefinition, StageDefinition } from './definition.ts';
import type { DiagnosticList } from './diagnostics.ts';
import type { Combination } from './expand.ts';
import { dottedPaths, parsePath, toValue } from './node.ts';
import type { MapNode } from './node.ts';
import { findKey } from './params.ts';
import { isOutside, toCanonicalPath, toProjectPath } from './paths.ts';
import { resolveResources } from './resources.ts';
import type { Scope } from './scope.ts';
import { closest } from './suggest.ts';
import { resolveText } from './template.ts';
import type { Template, Text } from './template.ts';
import type { Dependency, Output, ParamUse, Position, StageInstance } from './types.ts';

/** What instances of all stages share. */
export interface Surroundings {
  readonly root: string;
  readonly params: MapNode;
  /** The params files that were read. */
  readonly paramsFiles: ReadonlySet<string>;
  readonly diagnostics: DiagnosticList;
}

/** An instance whose `{stage: pattern}` dependencies wait for all instances to be known. */
export interface Draft {
  readonly instance: StageInstance;
  readonly fanIn: readonly { readonly pattern: string; readonly at: Position }[];
}

const HERE: Text = { text: '.', canonical: '.' };

/** One instance with every template resolved, or null after a diagnostic. */
export function instantiate(
  definition: StageDefinition,
  combination: Combination,
  surroundings: Surroundings,
): Draft | null {
  const { diagnostics, root } = surroundings;
  const { scope } = combination;
  const before = diagnostics.total;
  const text = (template: Template): Text | null => resolveText(template, scope, diagnostics);
  const wdirText = definition.wdir === null ? null : text(definition.wdir);
  const wdir: Text =
    wdirText === null
      ? HERE
      : { text: toProjectPath(root, '.', wdirText.text), canonical: toCanonicalPath('.', wdirText.canonical) };
  const place = (template: Template): Place | null => {
    const written = text(template);
    return written === null ? null : placeOf(written, wdir, template.node.at ?? definition.at, surroundings);
  };

  const commands = definition.commands.map((command) => text(command)).filter(isPresent);
  const deps = definition.deps
    .map(({ kind, template }) => (kind === 'path' ? place(template) : null))
    .filter(isPresent);
  const fanIn = definition.deps.flatMap(({ kind, template }) => {
    const pattern = kind === 'stage' ? text(template) : null;
    return pattern === null ? [] : [{ pattern: pattern.text, at: template.node.at ?? definition.at }];
  });
  const outs = definition.outs.map((out) => outputOf(out, place(out.template), surroundings)).filter(isPresent);
  const instance: StageInstance = {
    name: combination.name,
    stage: definition.name,
    item: combination.item,
    desc: definition.desc === null ? null : (text(definition.desc)?.text ?? null),
    commands: commands.map((command) => command.text.trim()),
    canonicalCommands: commands.map((command) => command.canonical.trim()),
    deps,
    params: definition.params.flatMap((param) => paramUses(param, scope, wdir.text, surroundings)),
    code: definition.code
      .map(place)
      .filter(isPresent)
      .map(({ path, at }) => ({ path, at })),
    env: environmentNames(definition.env, scope, diagnostics),
    outs,
    frozen: definition.frozen,
    alwaysChanged: definition.alwaysChanged,
    warm: definition.warm,
    resources: resolveResources(definition.resources, scope, diagnostics),
    at: definition.at,
  };
  if (diagnostics.total > before) return null;
  // Spread only where needed: a spread inside the literal above would slow every instance down.
  if (wdir.text === '.') return { instance, fanIn };
  return { instance: { ...instance, wdir: wdir.text, canonicalWdir: wdir.canonical }, fanIn };
}

type Place = Dependency;

function placeOf(written: Text, wdir: Text, at: Position, { root, diagnostics }: Surroundings): Place | null {
  if (written.text.trim() === '' || written.text.includes('\0')) {
    diagnostics.add('path', at, 'a path must not be empty');
    return null;
  }
  const path = toProjectPath(root, wdir.text, written.text);
  // The same text below an unchanged working directory needs no second normalisation, except where a variable is.
  const located = written.canonical !== written.text || wdir.canonical !== wdir.text;
  return { path, canonical: located ? toCanonicalPath(wdir.canonical, written.canonical) : path, at };
}

function outputOf(out: OutputDefinition, place: Place | null, { diagnostics }: Surroundings): Output | null {
  if (place === null) return null;
  const { path, at } = place;
  if (isOutside(path) || path === '.') {
    const what = path === '.' ? 'is the project itself' : 'lies outside the project';
    diagnostics.add('out-outside', at, `the output "${path}" ${what}`, {
      hint: 'outputs are removed before a stage runs and restored from the store, so they must lie below the directory of pipeline.yaml',
    });
    return null;
  }
  return { path, canonical: place.canonical, kind: out.kind, cache: out.cache, persist: out.persist, at };
}

function paramUses(
  param: ParamDefinition,
  scope: Scope,
  wdir: string,
  surroundings: Surroundings,
): readonly ParamUse[] {
  const { params, paramsFiles, diagnostics, root } = surroundings;
  if (param.file !== null) {
    const file = resolveText(param.file, scope, diagnostics);
    if (file === null) return [];
    if (!paramsFiles.has(toProjectPath(root, wdir, file.text))) {
      diagnostics.add(
        'params-file',
        param.file.node.at,
        `"${file.text}" is not among the params files of this pipeline`,
        {
          hint: `read are: ${[...paramsFiles].join(', ') || 'none; list them in "vars"'}`,
        },
      );
      return [];
    }
  }
  if (param.key === null) return [...params.entries.keys()].flatMap((key) => paramUse(key, null, surroundings));
  const key = resolveText(param.key, scope, diagnostics);
  return key === null ? [] : paramUse(key.text, param.key.node.at, surroundings);
}

function paramUse(key: string, at: Position | null, { params, diagnostics }: Surroundings): readonly ParamUse[] {
  const path = parsePath(key);
  const found = path === null ? null : findKey(params, path);
  if (found !== null) return [{ key, value: toValue(found.node), at: found.at }];
  diagnostics.add(`unknown-param-key ${key}`, at, `params have no key "${key}"`, () => {
    const near = closest(key, dottedPaths(params));
    return near === null ? {} : { hint: `did you mean "${near}"?` };
  });
  return [];
}

/** Names that any shell can set, each once. */
function environmentNames(
  templates: readonly Template[],
  scope: Scope,
  diagnostics: DiagnosticList,
): readonly string[] {
  if (templates.length === 0) return NO_NAMES;
  const names = new Set<string>();
  for (const template of templates) {
    const name = resolveText(template, scope, diagnostics)?.text;
    if (name === undefined) continue;
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) names.add(name);
    else {
      diagnostics.add('env', template.node.at, `${JSON.stringify(name)} is not the name of an environment variable`, {
        hint: 'give the name alone; its value is taken from the environment that the pipeline is started in',
      });
    }
  }
  return [...names];
}

const NO_NAMES: readonly string[] = [];

function isPresent<T>(value: T | null): value is T {
  return value !== null;
}
