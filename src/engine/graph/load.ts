import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeProblem } from '../stages/code-file.ts';
import { readDefinition } from '../stages/definition.ts';
import { templatesOf } from '../stages/deps-by-name.ts';
import { DiagnosticList, PipelineError } from '../yaml/diagnostics.ts';
import { expand } from '../stages/expand.ts';
import { connect } from './graph.ts';
import { Overrides, paramsText } from '../stages/hidden-params.ts';
import { instantiate } from '../stages/instantiate.ts';
import type { Draft, Surroundings } from '../stages/instantiate.ts';
import type { ListNode, MapNode, Node } from '../yaml/node.ts';
import type { OwnFile } from './output-places.ts';
import { ParamsFiles } from '../params/params-files.ts';
import { checkExtension, readDocument } from './pipeline-document.ts';
import { asMap, readParams } from '../params/read-params.ts';
import type { ReadParams, ResolveParams } from '../params/read-params.ts';
import { unseenOverrides } from './unseen-overrides.ts';
import { pipelineSchema } from '../schema/schema.ts';
import type { Scope } from '../templates/scope.ts';
import { originsOf } from '../templates/template.ts';
import type { Template } from '../templates/template.ts';
import type { Pipeline } from '../stages/types.ts';
import type { Position } from '../yaml/values.ts';
import { validate } from '../schema/validate.ts';
import type { BrokenPath } from '../schema/validate.ts';
import { Verdicts } from '../schema/verdicts.ts';
import { resolveVariables } from '../templates/variables.ts';
import { inlineVariables } from '../params/vars-list.ts';
import type { InlineVariable } from '../params/vars-list.ts';
import type { DocumentCopies } from '../yaml/yaml-reader.ts';

export interface LoadOptions {
  /** Directory of pipeline.yaml. */
  readonly root: string;
  /** Default: `pipeline.yaml`. */
  readonly file?: string;
  /** Params files laid over the base in order, relative to the working directory or the root. Default: the `params` list of pipeline.yaml. */
  readonly profiles?: readonly string[];
  /** `a.b=value` as of `-S`, the value in YAML; keys are those of params and the inline variables. */
  readonly set?: readonly string[];
  /** Called once with the merged params; the values it returns, by dotted key, are laid over them last. */
  readonly resolveParams?: ResolveParams;
  /** False: params are not checked against the schemas that their files name. */
  readonly schemas?: boolean;
  /** Names that the key `extension` may have. Default: any. */
  readonly extensions?: readonly string[];
  /** Where copies of parsed files, and what was found valid, are kept. Default: every file is parsed and checked. */
  readonly copies?: DocumentCopies;
}

/**
 * Reads pipeline.yaml and its params: checked, templated, expanded, connected.
 *
 * @throws PipelineError that holds every mistake of the run
 */
export function loadPipeline(options: LoadOptions): Pipeline {
  const root = resolve(options.root);
  const diagnostics = new DiagnosticList();
  const files = new ParamsFiles(root, diagnostics, options.copies);
  const { document, variables, broken, params } = readInputs(root, options, files, diagnostics);
  // Without all params every second template would be unknown; that is noise.
  if (!params.complete) throw new PipelineError(diagnostics.list());

  const { scope, values, complete } = resolveVariables(variables, params.document, params.variables, diagnostics);
  const surroundings: Surroundings = {
    root,
    params: params.document,
    overrides: new Overrides(params.base, params.document),
    merged: params.merged,
    files,
    diagnostics,
  };
  const stages = instantiateAll(document, unreadableStages(broken), scope, surroundings);
  const graph = connect(stages.drafts, {
    root,
    exists: remember((path) => mayExist(resolve(root, path))),
    codeProblem: (path) => codeProblem(resolve(root, path)),
    complete: !broken.some(mayHideOutputs) && complete && stages.complete,
    switchedOff: stages.switchedOff,
    ownFiles: ownFiles(options.file ?? 'pipeline.yaml', files, stages.drafts),
    diagnostics,
    originsAt: (at, inner) => {
      const template = stages.templates.get(at);
      if (template === undefined) return { shared: [], own: [] };
      const shared = originsOf(template, scope);
      const own = originsOf(template, inner).filter((origin) => !shared.some((other) => other.at === origin.at));
      return { shared, own };
    },
  });
  diagnostics.throwIfAny();
  return {
    root,
    params: asMap(params.document),
    hiddenParams: new Map(
      stages.drafts.flatMap(({ instance: { name }, hidden }) => (hidden.length > 0 ? [[name, hidden]] : [])),
    ),
    unseenOverrides: unseenOverrides(stages.drafts, graph.instances, surroundings.overrides),
    paramsText: (keys) => paramsText(params.document, keys),
    variables: values,
    switchedOff: stages.switchedOff,
    ...graph,
  };
}

/**
 * Reads only the params that a run would have: base files, profile, `-S`. Every value knows its place; those of the
 * command line have none. What is wrong elsewhere in pipeline.yaml does not matter here.
 *
 * @throws PipelineError that holds every mistake in params
 */
export function loadParams(options: LoadOptions): MapNode {
  const diagnostics = new DiagnosticList();
  const root = resolve(options.root);
  const files = new ParamsFiles(root, diagnostics, options.copies);
  const { params } = readInputs(root, options, files, diagnostics, { check: false });
  diagnostics.throwIfAny();
  return params.document;
}

/**
 * Reads only the schemas that the params files name, relative to the root.
 *
 * @throws PipelineError when pipeline.yaml, a params file or a schema cannot be read
 */
export function loadParamsSchemas(options: LoadOptions): string[] {
  const diagnostics = new DiagnosticList();
  const root = resolve(options.root);
  const { params } = readInputs(root, options, new ParamsFiles(root, diagnostics), diagnostics, { check: false });
  diagnostics.throwIfAny();
  return params.schemas.map(({ file }) => file);
}

interface Inputs {
  readonly document: MapNode;
  readonly variables: readonly InlineVariable[];
  readonly broken: readonly BrokenPath[];
  readonly params: ReadParams;
}

/** pipeline.yaml as it stands, and the merged params. */
function readInputs(
  root: string,
  options: LoadOptions,
  files: ParamsFiles,
  diagnostics: DiagnosticList,
  { check = true }: { readonly check?: boolean } = {},
): Inputs {
  const document = readDocument({ ...options, root }, diagnostics);
  const verdicts = new Verdicts(options.copies);
  const broken = check ? validate(pipelineSchema, document, 'pipeline.yaml', diagnostics, { verdicts }) : [];
  if (options.extensions !== undefined) checkExtension(document, options.extensions, diagnostics);
  const vars = listAt(document, 'vars');
  const variables = inlineVariables(vars);
  const params = readParams(
    {
      root,
      vars,
      overlays: listAt(document, 'params'),
      profiles: options.profiles,
      set: options.set ?? [],
      resolveParams: options.resolveParams,
      schemas: options.schemas ?? true,
      verdicts,
      namesProfile: variables.some(([, { value }]) => usesProfile(value)),
      variableNames: new Set(variables.map(([name]) => name)),
    },
    files,
    diagnostics,
  );
  return { document, variables, broken, params };
}

function usesProfile(node: Node): boolean {
  if (node.kind === 'list') return node.items.some(usesProfile);
  if (node.kind === 'map') return Array.from(node.entries.values()).some(({ value }) => usesProfile(value));
  return typeof node.value === 'string' && /\$\{ *profile *\}/.test(node.value);
}

/**
 * The stages whose form is so broken that looking on would only make noise. In others the good parts are looked at all
 * the same, so that one run finds as much as it can.
 */
function unreadableStages(broken: readonly BrokenPath[]): ReadonlySet<string> {
  const fatal = broken.filter(([top, , key]) => top === 'stages' && key !== undefined && KEYS_OF_NAMES.has(key));
  return new Set(fatal.map(([, stage]) => String(stage)));
}

/** Without these neither names nor paths of a stage mean anything. */
const KEYS_OF_NAMES: ReadonlySet<string | number> = new Set(['matrix', 'foreach', 'do', 'wdir']);

/** Whether a stage may make more than could be read. A mistake in its `deps` says nothing about what it makes. */
function mayHideOutputs([top, , key]: BrokenPath): boolean {
  return top !== 'stages' || key === undefined || MAY_HIDE.has(key);
}

const MAY_HIDE: ReadonlySet<string | number> = new Set([...KEYS_OF_NAMES, 'vars', 'outs', 'metrics', 'plots']);

interface Instances {
  readonly drafts: readonly Draft[];
  /** The templates of dependencies, by the very position object that the dependencies carry. */
  readonly templates: ReadonlyMap<Position, Template>;
  readonly switchedOff: readonly string[];
  readonly complete: boolean;
}

function instantiateAll(
  document: MapNode,
  broken: ReadonlySet<string>,
  scope: Scope,
  surroundings: Surroundings,
): Instances {
  const { diagnostics } = surroundings;
  const templates = new Map<Position, Template>();
  const drafts: Draft[] = [];
  const switchedOff: string[] = [];
  let complete = true;
  const stages = document.entries.get('stages')?.value;
  for (const [name, entry] of stages?.kind === 'map' ? stages.entries : []) {
    if (broken.has(name) || entry.keyAt === null) continue;
    const definition = readDefinition(name, entry, entry.keyAt, diagnostics);
    for (const template of [...definition.deps.map((dep) => dep.template), ...templatesOf(definition.namedDeps)])
      if (template.node.at !== null) templates.set(template.node.at, template);
    const expansion = expand(definition, scope, diagnostics);
    if (expansion === null) complete = false;
    switchedOff.push(...(expansion?.switchedOff ?? []));
    for (const combination of expansion?.combinations ?? []) {
      const draft = instantiate(definition, combination, surroundings);
      if (draft?.outsKnown !== true) complete = false;
      if (draft !== null) drafts.push(draft);
    }
  }
  return { drafts, templates, switchedOff, complete };
}

/** Params files that stages name themselves are judged at the place that names them. */
function ownFiles(file: string, params: ParamsFiles, drafts: readonly Draft[]): OwnFile[] {
  const foreign = new Set(drafts.flatMap(({ paramsFiles }) => paramsFiles.map(({ path }) => path)));
  const named = params.names().filter((name) => !foreign.has(name));
  return [
    { path: file, what: 'the pipeline file' },
    ...named.map((name) => ({ path: name, what: `the params file "${name}"` })),
  ];
}

function listAt(document: MapNode, key: string): ListNode | null {
  const node = document.entries.get(key)?.value;
  return node?.kind === 'list' ? node : null;
}

/** Whether something is there, or may be there in a folder that is closed to us: that is told when it is read. */
function mayExist(absolute: string): boolean {
  try {
    return statSync(absolute, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function remember<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
