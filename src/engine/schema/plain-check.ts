import type { JsonSchema } from './schema.ts';
import type { Value } from '../yaml/values.ts';

type JsonMap = { readonly [key: string]: Value };

/**
 * Whether a document certainly satisfies a JSON Schema. False means "not, or not sure": then the real validator, whose
 * loading and compiling costs more than the rest of reading a pipeline, has to look. Only keywords whose meaning is
 * simple are known here; any other makes the answer false.
 */
export function surelyValid(schema: Value, value: Value): boolean {
  if (schema === true) return true;
  if (!isMap(schema)) return false;
  for (const [keyword, argument] of Object.entries(schema)) {
    const rule = RULES.get(keyword);
    if (rule === undefined || !rule(argument, value, schema)) return false;
  }
  return true;
}

type Rule = (argument: Value, value: Value, schema: JsonSchema) => boolean;

const ignored: Rule = () => true;

const RULES = new Map<string, Rule>(
  Object.entries<Rule>({
    $schema: (uri) => uri === 'https://json-schema.org/draft/2020-12/schema',
    $id: ignored,
    $comment: ignored,
    title: ignored,
    description: ignored,
    default: ignored,
    examples: ignored,
    type: (types, value) => (isList(types) ? types : [types]).some((type) => isOfType(type, value)),
    enum: (values, value) => isList(values) && isPlain(value) && values.includes(value),
    const: (expected, value) => isPlain(value) && value === expected,
    minimum: (limit, value) => typeof value !== 'number' || (typeof limit === 'number' && value >= limit),
    maximum: (limit, value) => typeof value !== 'number' || (typeof limit === 'number' && value <= limit),
    exclusiveMinimum: (limit, value) => typeof value !== 'number' || (typeof limit === 'number' && value > limit),
    exclusiveMaximum: (limit, value) => typeof value !== 'number' || (typeof limit === 'number' && value < limit),
    // Lengths count code points, of which there are at most as many as code units and at least half as many.
    minLength: (limit, value) =>
      typeof value !== 'string' || (typeof limit === 'number' && Math.ceil(value.length / 2) >= limit),
    maxLength: (limit, value) => typeof value !== 'string' || (typeof limit === 'number' && value.length <= limit),
    pattern: (source, value) =>
      typeof value !== 'string' || (typeof source === 'string' && pattern(source)?.test(value) === true),
    minItems: (limit, value) => !isList(value) || (typeof limit === 'number' && value.length >= limit),
    maxItems: (limit, value) => !isList(value) || (typeof limit === 'number' && value.length <= limit),
    items: (schema, value) => !isList(value) || value.every((item) => surelyValid(schema, item)),
    uniqueItems: (wanted, value) =>
      wanted === false || !isList(value) || (value.every(isPlain) && new Set(value).size === value.length),
    minProperties: (limit, value) => !isMap(value) || (typeof limit === 'number' && Object.keys(value).length >= limit),
    maxProperties: (limit, value) => !isMap(value) || (typeof limit === 'number' && Object.keys(value).length <= limit),
    required: (names, value) =>
      !isMap(value) || (isList(names) && names.every((name) => typeof name === 'string' && Object.hasOwn(value, name))),
    properties: (schemas, value) =>
      !isMap(value) ||
      (isMap(schemas) &&
        Object.entries(schemas).every(
          ([key, schema]) => !Object.hasOwn(value, key) || surelyValid(schema, value[key] as Value),
        )),
    additionalProperties: (schema, value, parent) =>
      !isMap(value) ||
      Object.entries(value).every(
        ([key, item]) =>
          (isMap(parent['properties']) && Object.hasOwn(parent['properties'], key)) || surelyValid(schema, item),
      ),
    // With patternProperties beside it, additionalProperties means less; leave such schemas to the real validator.
    propertyNames: (schema, value) => !isMap(value) || Object.keys(value).every((key) => surelyValid(schema, key)),
    if: (condition, value, parent) => {
      // "Not sure" must not be taken for "no", so only conditions whose answer is always sure are known.
      if (!isMap(value) || !isSureCondition(condition)) return false;
      const branch = surelyValid(condition, value) ? parent['then'] : parent['else'];
      return branch === undefined || surelyValid(branch, value);
    },
    then: (_branch, _value, parent) => parent['if'] !== undefined,
    else: (_branch, _value, parent) => parent['if'] !== undefined,
  }),
);

/** Whether a condition asks only which keys there are, and of which type. */
function isSureCondition(condition: Value): boolean {
  if (!isMap(condition)) return false;
  const { properties = {} } = condition;
  const isTypeAlone = (schema: Value): boolean =>
    isMap(schema) &&
    Object.entries(schema).every(([key, type]) => key === 'type' && typeof type === 'string' && TYPES.has(type));
  const isKnown = Object.keys(condition).every((key) => key === 'required' || key === 'properties');
  return isKnown && isMap(properties) && Object.values(properties).every(isTypeAlone);
}

function isOfType(type: Value, value: Value): boolean {
  const test = typeof type === 'string' ? TYPES.get(type) : undefined;
  return test !== undefined && test(value);
}

const TYPES = new Map<string, (value: Value) => boolean>(
  Object.entries({
    object: isMap,
    array: isList,
    null: (value) => value === null,
    integer: Number.isInteger,
    number: Number.isFinite,
    string: (value) => typeof value === 'string',
    boolean: (value) => typeof value === 'boolean',
  }),
);

const patterns = new Map<string, RegExp | null>();

function pattern(source: string): RegExp | null {
  let known = patterns.get(source);
  if (known === undefined) {
    try {
      known = new RegExp(source, 'u');
    } catch {
      known = null;
    }
    patterns.set(source, known);
  }
  return known;
}

function isPlain(value: Value): boolean {
  return typeof value !== 'object' || value === null;
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function isMap(value: Value | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
