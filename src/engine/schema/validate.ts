import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Ajv2020, DefinedError, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { find, kindOf, pathText, toValue } from '../yaml/node.ts';
import type { Entry, Found, Node, Path } from '../yaml/node.ts';
import { MEMORY_PATTERN, STAGE_NAME_PATTERN, TEMPLATE_PATTERN } from './schema.ts';
import type { JsonSchema } from './schema.ts';
import { typesOf, worthTelling } from './telling-errors.ts';
import type { Verdicts } from './verdicts.ts';
import { closest, sameBeginning, suggestion } from '../../base/suggest.ts';
import type { Position } from '../yaml/values.ts';

/** A place where a document breaks its schema: the path to it, so that the caller can leave that part out. */
export type BrokenPath = Path;

/**
 * Checks a document against a JSON Schema (draft-07 or later; without `$schema`, 2020-12); every mistake becomes a diagnostic at its own place.
 *
 * @param what names the document in messages about its root
 * @param options.strict false for a schema of somebody else: what we do not know in it is passed over, as the standard says
 * @param options.verdicts which documents need no second look
 * @returns the paths of the parts that broke a rule, empty when the document is valid
 * @throws Error when the schema itself is not valid
 */
export function validate(
  schema: JsonSchema,
  document: Node,
  what: string,
  diagnostics: DiagnosticList,
  { strict = true, verdicts }: { readonly strict?: boolean; readonly verdicts?: Verdicts } = {},
): readonly BrokenPath[] {
  const value = toValue(document);
  const rules = `${strict ? 'strict' : 'lenient'} ${textOf(schema)}`;
  const digest = verdicts === undefined ? '' : hash('sha256', `${rules}\n${JSON.stringify(value)}`);
  if (verdicts?.has(digest) === true) return [];
  const check = checkFor(schema, rules, strict);
  if (check(value)) {
    verdicts?.add(digest);
    return [];
  }
  const broken: BrokenPath[] = [];
  for (const error of worthTelling(check.errors ?? [])) {
    const path = pathOf(error.instancePath, document);
    broken.push(path);
    report(error as DefinedError, path, find(document, path), document, what, diagnostics);
  }
  return broken;
}

const texts = new WeakMap<JsonSchema, string>();

function textOf(schema: JsonSchema): string {
  let text = texts.get(schema);
  if (text === undefined) texts.set(schema, (text = JSON.stringify(schema)));
  return text;
}

/** By their rules: a sweep checks the params of each trial against one schema. */
const compiled = new Map<string, ValidateFunction>();

function checkFor(schema: JsonSchema, rules: string, strict: boolean): ValidateFunction {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const check = newAjv(schema, strict).compile(schema);
  compiled.set(rules, check);
  return check;
}

/** The validator of each dialect, in files of one package. */
const DIALECTS: ReadonlyMap<string, readonly [file: string, name: string]> = new Map([
  ['https://json-schema.org/draft/2020-12/schema', ['ajv/dist/2020.js', 'Ajv2020']],
  ['https://json-schema.org/draft/2019-09/schema', ['ajv/dist/2019.js', 'Ajv2019']],
  ['http://json-schema.org/draft-07/schema', ['ajv/dist/ajv.js', 'Ajv']],
]);
const LATEST = 'https://json-schema.org/draft/2020-12/schema';

/** Loaded when there is no verdict, not before: it costs more than all the rest of reading a pipeline. */
function newAjv({ $schema }: JsonSchema, strict: boolean): Ajv2020 {
  const dialect = typeof $schema === 'string' ? $schema.replace(/#$/, '') : LATEST;
  const found = DIALECTS.get(dialect);
  if (found === undefined) {
    throw new Error(`its $schema is ${dialect}, and known are draft-07, 2019-09 and 2020-12`);
  }
  const [file, name] = found;
  const ajv = createRequire(import.meta.url)(file) as { readonly [name: string]: typeof Ajv2020 };
  const Validator = ajv[name];
  if (Validator === undefined) throw new Error(`${file} has no ${name}`);
  return new Validator({
    allErrors: true,
    verbose: true,
    // A check is compiled for one document, or a few: polishing its code takes half of the time and saves none.
    code: { optimize: false },
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
    ...(strict ? {} : { strict: false, logger: false }),
  });
}

/** A JSON pointer as a path of the document, with numbers where it goes through lists. */
function pathOf(pointer: string, document: Node): Path {
  const path: (string | number)[] = [];
  for (const step of pointer.split('/').slice(1)) {
    const parent = find(document, path);
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(parent.found && parent.node.kind === 'list' ? Number(name) : name);
  }
  return path;
}

function report(
  error: DefinedError,
  path: Path,
  found: Found,
  document: Node,
  what: string,
  diagnostics: DiagnosticList,
): void {
  const node = found.found ? found.node : document;
  const entry = found.found ? found.entry : null;
  const name = path.length === 0 ? what : `"${pathText(path)}"`;
  const keyAt = (key: string): Position | null => entryOf(node, key)?.keyAt ?? node.at;
  const add = (at: Position | null, message: string, hint?: string): void => {
    const from = at === null ? ' (given on the command line)' : '';
    diagnostics.add(`schema ${error.keyword}`, at, message + from, hint === undefined ? {} : { hint });
  };

  // A rule about keys: the culprit is the key, and the error names the map that holds it.
  if (error.propertyName !== undefined) {
    add(keyAt(error.propertyName), `"${error.propertyName}" cannot be a name here: ${ruleText(error)}`);
    return;
  }
  if (error.keyword === 'additionalProperties') {
    const key = error.params.additionalProperty;
    const known = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
    add(keyAt(key), `unknown key "${pathText([...path, key])}"`, unknownKeyHint(key, known, node));
  } else if (error.keyword === 'required') {
    add(entry?.keyAt ?? node.at, `${name} has no "${error.params.missingProperty}"`);
  } else if (error.keyword === 'type') {
    add(
      node.at,
      `${name} must be ${typeText(typesOf(error), error)}, and is ${kindOf(node)}`,
      booleanHint(typesOf(error), node),
    );
  } else if (error.keyword === 'pattern' && allowedTypes(error).includes('boolean')) {
    const hint = booleanHint(allowedTypes(error), node);
    add(node.at, `${name} must be true or false, and is ${kindOf(node)}`, hint);
  } else if (error.keyword === 'pattern' && allowedTypes(error).some((type) => type === 'array' || type === 'object')) {
    add(node.at, `${name} must be ${typeText(allowedTypes(error), error)}, and is ${kindOf(node)}`);
  } else if (error.keyword === 'enum') {
    const values = error.params.allowedValues;
    const list = values.map((one) => JSON.stringify(one)).join(', ');
    add(node.at, `${name} must be one of ${list}, and is ${shown(node)}`, misspelt(node, values));
  } else {
    add(node.at, `${name} ${ruleText(error)}${node.kind === 'scalar' ? `, and is ${shown(node)}` : ''}`);
  }
}

function unknownKeyHint(key: string, known: readonly string[], node: Node): string | undefined {
  if (known.includes('do')) {
    return `beside "do" only "foreach" can stand: "${key}" belongs into "do", or all of "do" beside "foreach"`;
  }
  const near = closest(key, known) ?? sameBeginning(key, known);
  if (near !== null) return `did you mean "${near}"?`;
  if (known.includes('pools')) return `a resource of your own is a pool: write pools: {${key}: 1}`;
  return suggestion(
    key,
    known.filter((one) => entryOf(node, one) === undefined),
  );
}

/** YAML 1.1 read these words as booleans, and many people still write them. */
function booleanHint(types: readonly string[], node: Node): string | undefined {
  const word = node.kind === 'scalar' ? String(node.value).toLowerCase() : '';
  if (!types.includes('boolean')) return undefined;
  if (word === 'yes' || word === 'on') return 'write true';
  return word === 'no' || word === 'off' ? 'write false' : undefined;
}

function allowedTypes({ parentSchema }: ErrorObject): readonly string[] {
  const type: unknown = parentSchema?.['type'];
  return Array.isArray(type) ? type.map(String) : [String(type)];
}

function entryOf(node: Node, key: string): Entry | undefined {
  return node.kind === 'map' ? node.entries.get(key) : undefined;
}

function misspelt(node: Node, allowed: readonly unknown[]): string | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
  const words = allowed.filter((one) => typeof one === 'string');
  const hint = suggestion(node.value, words);
  return hint?.startsWith('did') === true ? hint : undefined;
}

function typeText(allowed: readonly string[], { parentSchema }: ErrorObject): string {
  const template = String(parentSchema?.['pattern']) === TEMPLATE_PATTERN;
  const words: { readonly [name: string]: string } = {
    string: template ? 'a template such as ${name}' : 'a string',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    object: 'a map',
    array: 'a list',
    null: 'null',
  };
  // A flag may be a template, too, but nobody who mistook it meant one.
  const types = allowed.filter((type, _, all) => !(template && type === 'string' && all.includes('boolean')));
  const names = types.map((type) => words[type] ?? type);
  return names.length < 3 ? names.join(' or ') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

function ruleText(error: DefinedError): string {
  const params = { ...error.params } as { readonly [name: string]: unknown };
  const limit = Number(params['limit']);
  const rules: { readonly [keyword: string]: string } = {
    minLength: limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`,
    minItems: limit === 1 ? 'must not be empty' : `must have at least ${limit} items`,
    minProperties: limit === 1 ? 'must not be empty' : `must have at least ${limit} keys`,
    minimum: `must be at least ${limit}`,
    maximum: `must be at most ${limit}`,
    exclusiveMinimum: `must be greater than ${limit}`,
    exclusiveMaximum: `must be less than ${limit}`,
    pattern: patternText(String(params['pattern'])),
    uniqueItems: 'must not hold one value twice',
  };
  return rules[error.keyword] ?? error.message ?? 'is not valid';
}

function patternText(pattern: string): string {
  if (pattern === TEMPLATE_PATTERN) return 'must be a value or a template such as ${name}';
  if (pattern === MEMORY_PATTERN) return 'must be bytes, a size such as 8GB or 512MiB, or a template such as ${name}';
  if (pattern === STAGE_NAME_PATTERN) return 'letters, digits, "_", "-" and "." are allowed';
  return `must match ${pattern}`;
}

function shown(node: Node): string {
  const json = JSON.stringify(toValue(node));
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}
