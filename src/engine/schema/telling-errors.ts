import type { ErrorObject } from 'ajv/dist/2020.js';
import { closest } from '../../base/suggest.ts';
import type { JsonSchema } from './schema.ts';

/** One error for each place and keyword; what only repeats or follows from another one goes. */
export function worthTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const single = mergeAlternatives(errors);
  const wrongType = new Set(single.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath));
  return single.filter((error) => {
    if (error.keyword === 'if' || error.keyword === 'propertyNames') return false;
    if (error.keyword === 'required') return !single.some((other) => explainsMissing(other, error));
    return error.keyword === 'type' || error.propertyName !== undefined || !wrongType.has(error.instancePath);
  });
}

/** A misspelt key is one mistake, not a missing and an unknown one. */
function explainsMissing(other: ErrorObject, missing: ErrorObject): boolean {
  if (other.keyword !== 'additionalProperties' || other.instancePath !== missing.instancePath) return false;
  const { additionalProperty } = other.params as { readonly additionalProperty: string };
  return (
    closest(additionalProperty, [String((missing.params as { missingProperty?: string }).missingProperty)]) !== null
  );
}

/**
 * `anyOf` and `oneOf` report what every alternative misses. If one alternative at least has the right type, what it
 * misses is the mistake; otherwise the mistake is that the type is none of theirs.
 */
function mergeAlternatives(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let rest = errors;
  for (const choice of errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')) {
    const branchOf = (error: ErrorObject): string | undefined => branchIn(choice, error);
    const inside = rest.filter((error) => branchOf(error) !== undefined);
    if (inside.length === 0) continue;
    const typeErrors = inside.filter((error) => error.keyword === 'type' && error.instancePath === choice.instancePath);
    const wrong = new Set(typeErrors.map(branchOf));
    const fitting = inside.find((error) => !wrong.has(branchOf(error)));
    const types = typeErrors.flatMap(typesOf);
    const [first] = typeErrors;
    rest = rest.filter(
      (error) =>
        error !== choice &&
        (branchOf(error) === undefined || (fitting !== undefined && branchOf(error) === branchOf(fitting))),
    );
    if (fitting === undefined && first !== undefined)
      rest = [...rest, { ...first, params: { type: [...new Set(types)] } }];
  }
  return rest;
}

/** The alternative of a choice that an error comes from; undefined for an error of something else. */
function branchIn(choice: ErrorObject, { schemaPath, instancePath }: ErrorObject): string | undefined {
  if (schemaPath.startsWith(`${choice.schemaPath}/`)) {
    return schemaPath.slice(choice.schemaPath.length + 1).split('/', 1)[0];
  }
  const isInside = instancePath === choice.instancePath || instancePath.startsWith(`${choice.instancePath}/`);
  if (!isInside || !Array.isArray(choice.schema)) return undefined;
  // The path of an error behind a reference begins at what it refers to.
  const at = choice.schema.findIndex(
    ({ $ref }: JsonSchema) => typeof $ref === 'string' && schemaPath.startsWith(`${$ref}/`),
  );
  return at === -1 ? undefined : String(at);
}

/** The types that a rule allows; ajv's own declaration forgets that there may be several. */
export function typesOf({ params }: ErrorObject): readonly string[] {
  const { type } = params as { readonly type: string | readonly string[] };
  return typeof type === 'string' ? [type] : type;
}
