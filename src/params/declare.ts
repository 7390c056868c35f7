/** How parameters are declared: TypeBox for what has a name there, and the few forms that it has none for. */
import Type from 'typebox';
import type { Static, TEnum, TObject, TProperties, TSchema, TUnsafe } from 'typebox';

/** The values that a declaration allows, as data that nobody may write to. */
export type Declared<Schema extends TSchema> = Frozen<Static<Schema>>;

type Frozen<T> = unknown extends T ? T : { readonly [Key in keyof T]: Frozen<T[Key]> };

/** A map with exactly these keys. */
export function group<Properties extends TProperties>(
  description: string,
  properties: Properties,
): TObject<Properties> {
  return Type.Object(properties, { description, additionalProperties: false });
}

/**
 * A map from names to things of one kind. Which names there are, params/default.yaml says: a profile can use no other,
 * and a new thing needs no declaration.
 */
export function byName<Item extends TSchema>(description: string, item: Item): TUnsafe<Record<string, Static<Item>>> {
  return Type.Unsafe({ type: 'object', description, additionalProperties: item });
}

/** One of a few words or numbers. */
export function oneOf<const Words extends readonly (string | number)[]>(
  description: string,
  words: Words,
): TEnum<[...Words]> {
  return Type.Enum<[...Words]>([...words], { description });
}

/** A list without repetitions. */
export function distinct<Item extends TSchema>(
  description: string,
  item: Item,
  { least = 0 }: { readonly least?: number } = {},
): TUnsafe<Static<Item>[]> {
  const atLeast = least > 0 ? { minItems: least } : {};
  return Type.Unsafe(Type.Array(item, { description, ...atLeast, uniqueItems: true }));
}

/** Two numbers [low, high]. */
export function range(description: string, bound: TSchema): TUnsafe<[number, number]> {
  return Type.Unsafe(Type.Array(bound, { description, minItems: 2, maxItems: 2 }));
}

/** The same, or `~`. */
export function orNone<Some extends TSchema>(some: Some): TUnsafe<Static<Some> | null> {
  if ('enum' in some && Array.isArray(some.enum))
    return Type.Unsafe({ ...some, enum: [...(some.enum as readonly unknown[]), null] });
  if ('type' in some) return Type.Unsafe({ ...some, type: [some.type, 'null'] });
  throw new TypeError('orNone needs a schema with a type, or a list of values');
}

/** Maps of two kinds, of which only the first has (and needs) this key. */
export function byKey<First extends TSchema, Other extends TSchema>(
  key: keyof Static<First> & string,
  first: First,
  other: Other,
): TUnsafe<Static<First> | Static<Other>> {
  return Type.Unsafe({ type: 'object', if: { required: [key] }, then: first, else: other });
}

/** Maps of two kinds, which differ in whether this key is `~`. */
export function byNull<None extends TSchema, Some extends TSchema>(
  key: keyof Static<None> & keyof Static<Some> & string,
  none: None,
  some: Some,
): TUnsafe<Static<None> | Static<Some>> {
  const isNull = { properties: { [key]: { type: 'null' } }, required: [key] };
  return Type.Unsafe({ type: 'object', if: isNull, then: none, else: some });
}

/** Any part of a group, down to single values; lists are replaced as a whole. */
export type PartOf<T> = T extends readonly unknown[] ? T : T extends object ? { [Key in keyof T]?: PartOf<T[Key]> } : T;

/** A group of which every key at every depth may be left out. */
export function partOf<Group extends TObject>(description: string, whole: Group): TUnsafe<PartOf<Static<Group>>> {
  return Type.Unsafe({ ...optional(whole), description });
}

function optional(schema: TSchema): TSchema {
  if (!Type.IsObject(schema)) return schema;
  const description = 'description' in schema ? String(schema.description) : '';
  const parts = Object.entries<TSchema>(schema.properties).map(
    ([key, value]) => [key, Type.Optional(optional(value))] as const,
  );
  return group(description, Object.fromEntries(parts));
}
