import type { TSchema } from 'typebox';
import { params } from './params.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = { readonly [key: string]: Json };

/** JSON Schema, draft 2020-12, of params/*.yaml. A part that stands in several places is written once, below `$defs`. */
export function paramsSchema(): JsonMap {
  const parts = new Parts(repeated(params));
  const { description, ...rest } = parts.whole(params);
  const definitions = parts.definitions();
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: description ?? '',
    ...rest,
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }),
  };
}

/** The schema as the text of params/schema.json. */
export function paramsSchemaText(): string {
  return `${JSON.stringify(paramsSchema(), null, 2)}\n`;
}

/** Keywords that people read first. */
const FIRST = ['title', 'description', 'type', 'enum'];

/** Writes a declaration as plain JSON. */
class Parts {
  readonly #shared: ReadonlySet<unknown>;
  readonly #names = new Map<unknown, string>();
  readonly #definitions = new Map<string, Json>();

  constructor(shared: ReadonlySet<unknown>) {
    this.#shared = shared;
  }

  definitions(): JsonMap {
    return Object.fromEntries(this.#definitions);
  }

  whole(schema: object): JsonMap {
    const keywords = Object.entries(schema).map(
      ([keyword, value]) => [keyword, this.#argument(keyword, value)] as const,
    );
    const rank = (keyword: string): number => (FIRST.includes(keyword) ? FIRST.indexOf(keyword) : FIRST.length);
    return Object.fromEntries(keywords.sort(([a], [b]) => rank(a) - rank(b)));
  }

  #argument(keyword: string, value: unknown): Json {
    if (keyword === 'properties') {
      const entries = Object.entries(value as object);
      return Object.fromEntries(entries.map(([name, inner]) => [name, this.#part(name, inner as object)]));
    }
    return isSchema(keyword, value) ? this.#part(keyword, value) : (value as Json);
  }

  /** @param name becomes the name of the definition, unless another has it */
  #part(name: string, schema: object): Json {
    if (!this.#shared.has(schema)) return this.whole(schema);
    let known = this.#names.get(schema);
    if (known === undefined) {
      known = name;
      for (let count = 2; this.#definitions.has(known); count++) known = `${name}${count}`;
      this.#names.set(schema, known);
      // Takes the name before parts of it look for theirs.
      this.#definitions.set(known, null);
      this.#definitions.set(known, this.whole(schema));
    }
    return { $ref: `#/$defs/${known}` };
  }
}

function isSchema(keyword: string, value: unknown): value is object {
  const holdsSchema = ['items', 'additionalProperties', 'if', 'then', 'else'].includes(keyword);
  return holdsSchema && typeof value === 'object' && value !== null;
}

/** Parts of a declaration that it uses more than once. */
function repeated(declaration: TSchema): Set<unknown> {
  const counts = new Map<object, number>();
  const count = (schema: object): void => {
    counts.set(schema, (counts.get(schema) ?? 0) + 1);
    if (counts.get(schema) === 2) return;
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === 'properties') Object.values(value as object).forEach((inner) => count(inner as object));
      else if (isSchema(keyword, value)) count(value);
    }
  };
  count(declaration);
  // A reference to a single value would be harder to read than the value.
  const isLarge = (schema: object): boolean =>
    ['properties', 'items', 'additionalProperties'].some((key) => key in schema);
  return new Set([...counts].filter(([schema, times]) => times > 1 && isLarge(schema)).map(([schema]) => schema));
}
