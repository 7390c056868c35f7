import { createRequire } from 'node:module';
import type { Ajv2020, DefinedError, ErrorObject } from 'ajv/dist/2020.js';
import type { DiagnosticList } from './diagnostics.ts';
import { find, kindOf, pathText, toValue } from './node.ts';
import type { Entry, Found, Node, Path } from './node.ts';
import { surelyValid } from './plain-check.ts';
import { STAGE_NAME_PATTERN, TEMPLATE_PATTERN } from './schema.ts';
import type { JsonSchema } from './schema.ts';
import { suggestion } from './suggest.ts';
import type { Position } from './types.ts';

/** A place where a document breaks its schema: the path to it, so that the caller can leave that part out. */
export type BrokenPath = Path;

/**
 * Checks a document against a JSON Schema (draft 2020-12); every mistake becomes a diagnostic at its own place.
 *
 * @param what names the document in messages about its root
 * @returns the paths of the parts that broke a rule, empty when the document is valid
 * @throws Error when the schema itself is not valid
 */
export function validate(
  schema: JsonSchema,
  document: Node,
  what: string,
  diagnostics: DiagnosticList,
): readonly BrokenPath[] {
  const value = toValue(document);
  if (surelyValid(schema, value)) return [];
  const check = newAjv().compile(schema);
  if (check(value)) return [];
  const broken: BrokenPath[] = [];
  for (const error of worthTelling(check.errors ?? [])) {
    const path = pathOf(error.instancePath);
    broken.push(path);
    report(error as DefinedError, path, find(document, path), document, what, diagnostics);
  }
  return broken;
}

/** Loaded when something is wrong, not before: it costs more than all the rest of reading a pipeline. */
function newAjv(): Ajv2020 {
  const ajv = createRequire(import.meta.url)('ajv/dist/2020.js') as { readonly Ajv2020: typeof Ajv2020 };
  return new ajv.Ajv2020({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
  });
}

/** One error for each place and keyword; wrappers that only repeat what their parts said go. */
function worthTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const wrongType = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath));
  return errors.filter(({ keyword, instancePath, propertyName }) => {
    if (keyword === 'if' || keyword === 'propertyNames') return false;
    return keyword === 'type' || propertyName !== undefined || !wrongType.has(instancePath);
  });
}

function pathOf(pointer: string): Path {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
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
    const free = known.filter((one) => entryOf(node, one) === undefined);
    add(keyAt(key), `unknown key "${pathText([...path, key])}"`, suggestion(key, free));
  } else if (error.keyword === 'required') {
    add(entry?.keyAt ?? node.at, `${name} has no "${error.params.missingProperty}"`);
  } else if (error.keyword === 'type') {
    add(node.at, `${name} must be ${typeText(error)}, and is ${kindOf(node)}`);
  } else if (error.keyword === 'enum') {
    const values = error.params.allowedValues;
    const list = values.map((one) => JSON.stringify(one)).join(', ');
    add(node.at, `${name} must be one of ${list}, and is ${shown(node)}`, misspelt(node, values));
  } else {
    add(node.at, `${name} ${ruleText(error)}${node.kind === 'scalar' ? `, and is ${shown(node)}` : ''}`);
  }
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

function typeText(error: DefinedError & { keyword: 'type' }): string {
  const template = String(error.parentSchema?.['pattern']) === TEMPLATE_PATTERN;
  const words: { readonly [name: string]: string } = {
    string: template ? 'a template such as ${name}' : 'a string',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    object: 'a map',
    array: 'a list',
    null: 'null',
  };
  const types: string | readonly string[] = error.params.type;
  return (typeof types === 'string' ? [types] : types).map((type) => words[type] ?? type).join(' or ');
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
  if (pattern === STAGE_NAME_PATTERN) return 'letters, digits, "_", "-" and "." are allowed';
  return `must match ${pattern}`;
}

function shown(node: Node): string {
  const json = JSON.stringify(toValue(node));
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}
