import type { DependencyDefinition, OutputDefinition, StageDefinition } from './definition.ts';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { namedInputs } from './deps-by-name.ts';
import type { NamedInput } from './deps-by-name.ts';
import type { Combination, Coordinates } from './expand.ts';
import { resolveFlag } from '../templates/flags.ts';
import { MAX_PATH, patternFault, splitPattern, unescape } from '../paths/glob.ts';
import type { Glob } from '../paths/glob.ts';
import type { Node } from '../yaml/node.ts';
import { paramUses } from './param-uses.ts';
import type { ForeignFile, ParamSources, ParamUses } from './param-uses.ts';
import { packageManifest } from './package-dependency.ts';
import { isOutside, toCanonicalPath, toProjectPath } from '../paths/paths.ts';
import { resolveResources } from './resources.ts';
import type { Scope } from '../templates/scope.ts';
import { withStageVariables } from '../templates/stage-variables.ts';
import { nodesOf, resolveText } from '../templates/template.ts';
import type { Template, Text } from '../templates/template.ts';
import type { Dependency, NamedDependency, HiddenParam, Output, StageInstance } from './types.ts';
import type { Position } from '../yaml/values.ts';

/** What instances of all stages share. */
export type Surroundings = ParamSources;

/** An instance whose `{stage: pattern}` dependencies wait for all instances to be known. */
export interface Draft {
  readonly instance: StageInstance;
  readonly fanIn: readonly { readonly pattern: string; readonly at: Position }[];
  /** Paths and patterns in their order, when there are patterns; null otherwise, and then `instance.deps` has the paths. */
  readonly named: readonly NamedDependency[] | null;
  /** The dependencies of a stage whose `deps` is no list; null otherwise. */
  readonly byName: readonly NamedInput[] | null;
  readonly coordinates: Coordinates;
  /** Params files whose values are not among the merged params. */
  readonly paramsFiles: readonly ForeignFile[];
  /** Params that a program which opens its params file would find with another value. */
  readonly hidden: readonly HiddenParam[];
  /** What such a program would find otherwise in these params files, of keys that the stage does not name. */
  readonly unseenIn: (files: ReadonlySet<string>) => readonly HiddenParam[];
  /** False when some output could not be resolved: then a dep that nobody makes may be that one. */
  readonly outsKnown: boolean;
  /** Where `wdir` stands. */
  readonly wdirAt: Position | null;
  /** The names that its templates may use. */
  readonly scope: Scope;
}

const HERE: Text = { text: '.', canonical: '.' };

/**
 * One instance with every template resolved; after a diagnostic, with those that could be, so that the graph can be
 * looked at all the same, or null when not even its paths mean anything.
 */
export function instantiate(
  definition: StageDefinition,
  combination: Combination,
  surroundings: Surroundings,
): Draft | null {
  const { diagnostics, root } = surroundings;
  const wdirText = definition.wdir === null ? null : resolveText(definition.wdir, combination.scope, diagnostics);
  if (definition.wdir !== null && wdirText === null) return null;
  const wdir: Text =
    wdirText === null
      ? HERE
      : { text: toProjectPath(root, '.', wdirText.text), canonical: toCanonicalPath('.', wdirText.canonical) };
  if (holdsNul(wdir.text, 'path', definition.wdir?.node.at ?? definition.at, diagnostics)) return null;
  if (isOutside(wdir.text)) {
    diagnostics.add(
      'wdir',
      definition.wdir?.node.at ?? definition.at,
      `the working directory "${wdir.text}" lies outside the project`,
    );
    return null;
  }
  const scope =
    definition.vars === null
      ? combination.scope
      : withStageVariables(definition.vars, combination.scope, wdir.text, surroundings, combination.closed);
  if (scope === null) return null;
  const text = (template: Template): Text | null => resolveText(template, scope, diagnostics);
  const place = (template: Template): Place | null => {
    const written = text(template);
    return written === null ? null : placeOf(written, wdir, template.node.at ?? definition.at, surroundings);
  };
  const input = (template: Template): Place | null => {
    const written = text(template);
    if (written === null) return null;
    const at = template.node.at ?? definition.at;
    const manifest = packageManifest(written.text);
    // A package lies below the root, whatever the working directory is.
    return manifest === null ? placeOf(written, wdir, at, surroundings) : { path: manifest, canonical: manifest, at };
  };

  const commands = definition.commands.map((command) => text(command)).filter(isPresent);
  for (const [index, { text: command }] of commands.entries()) {
    holdsNul(command, 'command', definition.commands[index]?.node.at ?? definition.at, diagnostics);
  }
  const deps = definition.deps
    .map(({ kind, template }) => (kind === 'path' ? input(template) : null))
    .filter(isPresent);
  const named = definition.deps.some(({ kind }) => kind === 'pattern' || kind === 'except')
    ? definition.deps.map((dep) => namedDependency(dep, scope, input, wdir, surroundings)).filter(isPresent)
    : null;
  const fanIn = definition.deps.flatMap(({ kind, template }) => {
    const pattern = kind === 'stage' ? text(template) : null;
    return pattern === null ? [] : [{ pattern: pattern.text, at: template.node.at ?? definition.at }];
  });
  const byName =
    definition.namedDeps === null ? null : namedInputs(definition.namedDeps, scope, input, definition.at, diagnostics);
  const outs = definition.outs.map((out) => outputOf(out, place(out.template), scope, surroundings)).filter(isPresent);
  const params = definition.params.map((param) => paramUses(param, scope, wdir, surroundings));
  const instance: StageInstance = {
    name: combination.name,
    stage: definition.name,
    item: combination.item,
    desc: definition.desc === null ? null : (text(definition.desc)?.text ?? null),
    commands: commands.map((command) => command.text.trim()),
    canonicalCommands: commands.map((command) => command.canonical.trim()),
    deps,
    params: params.flatMap(({ uses }) => uses),
    code: definition.code
      .map(place)
      .filter(isPresent)
      .map(({ path, at }) => ({ path, at })),
    env: environmentNames(definition.env, scope, diagnostics),
    outs,
    frozen: resolveFlag(definition.frozen, scope, diagnostics),
    alwaysChanged: resolveFlag(definition.alwaysChanged, scope, diagnostics),
    warm: definition.warm,
    resources: resolveResources(definition.resources, scope, diagnostics),
    at: definition.at,
  };
  const hidden = hiddenParams(definition, params, scope, surroundings);
  // Spread only where needed: a spread inside the literal above would slow every instance down.
  const wdirAt = definition.wdir?.node.at ?? null;
  const paramsFiles = params.flatMap(({ foreign }) => foreign ?? NO_FILES);
  const outsKnown = outs.length === definition.outs.length;
  const unseenIn = (files: ReadonlySet<string>): readonly HiddenParam[] =>
    definition.readsGivenParams
      ? NO_HIDDEN
      : surroundings.overrides.hiddenIn(
          files,
          instance.params.map(({ key }) => key),
          nodesOf(definition.commands, scope),
        );
  const { coordinates } = combination;
  const marked = definition.onlyIfNeeded ? { ...instance, onlyIfNeeded: true as const } : instance;
  const located = wdir.text === '.' ? marked : { ...marked, wdir: wdir.text, canonicalWdir: wdir.canonical };
  return {
    instance: located,
    fanIn,
    named,
    byName,
    coordinates,
    paramsFiles,
    hidden,
    unseenIn,
    outsKnown,
    wdirAt,
    scope,
  };
}

/** Params that a profile or `-S` set, and of which the commands tell the program nothing. */
function hiddenParams(
  { params, commands, readsGivenParams }: StageDefinition,
  uses: readonly ParamUses[],
  scope: Scope,
  { overrides }: Surroundings,
): readonly HiddenParam[] {
  if (readsGivenParams) return NO_HIDDEN;
  let carried: ReadonlySet<Node> | null = null;
  const inCommands = (): ReadonlySet<Node> => (carried ??= nodesOf(commands, scope));
  return uses.flatMap(({ uses: own }, index) =>
    own.flatMap(({ key, keyInFile }) => {
      const { key: template = null, file = null } = params[index] ?? {};
      const namedAt = template?.node.at ?? file?.node.at ?? null;
      return keyInFile === undefined ? overrides.hiddenAt(key, namedAt, inCommands) : NO_HIDDEN;
    }),
  );
}

function namedDependency(
  { kind, template, pattern }: DependencyDefinition,
  scope: Scope,
  place: (template: Template) => Place | null,
  wdir: Text,
  { root, diagnostics }: Surroundings,
): NamedDependency | null {
  if (kind === 'stage') return null;
  const literal = place(template);
  if (literal === null) return null;
  if (kind === 'path') return { kind, ...literal };
  const { at } = literal;
  const resolved = resolveText(pattern, scope, diagnostics);
  if (resolved === null) return null;
  const written = (view: string): string =>
    (kind === 'except' ? view.slice(1) : view) + (view.endsWith('/') ? '**' : '');
  const text = written(resolved.text);
  const fault = patternFault(text);
  if (fault !== null) {
    diagnostics.add('pattern', at, fault.message, { hint: fault.hint });
    return null;
  }
  const { base, segments } = splitPattern(text);
  // Where a location variable lies before the wildcards, the files' canonical paths keep it.
  const tail = segments.join('/');
  const canonical = written(resolved.canonical);
  const above = canonical.endsWith(`/${tail}`) ? canonical.slice(0, -tail.length - 1) : base;
  const glob: Glob = {
    text,
    base: toProjectPath(root, wdir.text, base),
    canonicalBase: toCanonicalPath(wdir.canonical, unescape(above)),
    segments,
  };
  return kind === 'pattern' ? { kind, glob, literal, at } : { kind, glob, at };
}

type Place = Dependency;

function placeOf(written: Text, wdir: Text, at: Position, { root, diagnostics }: Surroundings): Place | null {
  if (written.text.trim() === '') {
    diagnostics.add('path', at, 'a path must not be empty');
    return null;
  }
  if (holdsNul(written.text, 'path', at, diagnostics)) return null;
  if (written.text.length > MAX_PATH) {
    const shown = `${written.text.slice(0, 40)}...`;
    diagnostics.add('path', at, `the path "${shown}" is longer than ${MAX_PATH} characters`);
    return null;
  }
  const path = toProjectPath(root, wdir.text, written.text);
  // The same text below an unchanged working directory needs no second normalisation, except where a variable is, or a
  // home directory, which is another one for everybody.
  const ofHome = isOutside(path) && written.text.startsWith('~');
  const located = written.canonical !== written.text || wdir.canonical !== wdir.text || ofHome;
  return { path, canonical: located ? toCanonicalPath(wdir.canonical, written.canonical) : path, at };
}

/** The system ends every text at a NUL, so none of its names and commands holds one. */
function holdsNul(text: string, what: 'path' | 'command', at: Position, diagnostics: DiagnosticList): boolean {
  if (!text.includes('\0')) return false;
  diagnostics.add('nul', at, `a ${what} cannot hold a NUL character ("\\0")`, { hint: 'take it out' });
  return true;
}

function outputOf(
  out: OutputDefinition,
  place: Place | null,
  scope: Scope,
  { diagnostics }: Surroundings,
): Output | null {
  if (place === null) return null;
  const { path, at } = place;
  if (/[*?]/.test(out.literal)) {
    diagnostics.add('out-pattern', at, `the output "${path}" holds a wildcard, and outputs are paths`, {
      hint: 'name the directory; all that the stage writes into it belongs to the output',
    });
    return null;
  }
  if (isOutside(path) || path === '.') {
    const what = path === '.' ? 'is the project itself' : 'lies outside the project';
    diagnostics.add('out-outside', at, `the output "${path}" ${what}`, {
      hint: 'outputs are removed before a stage runs and restored from the store, so they must lie below the directory of pipeline.yaml',
    });
    return null;
  }
  const cache = resolveFlag(out.cache, scope, diagnostics);
  const persist = resolveFlag(out.persist, scope, diagnostics);
  return { path, canonical: place.canonical, kind: out.kind, cache, persist, at };
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
const NO_HIDDEN: readonly HiddenParam[] = [];
const NO_FILES: readonly ForeignFile[] = [];

function isPresent<T>(value: T | null): value is T {
  return value !== null;
}
