import { DataError, quoted } from '../data-error.ts';

/** Reads one option from what the params file gave, or throws a DataError. */
type OptionOf<T> = (value: unknown, where: string) => T;

/** Translates the given options by a reader for each key. Throws a DataError for an unknown key or a wrong value. */
export function readOptions<T extends object>(
  corpus: string,
  given: Readonly<Record<string, unknown>>,
  options: { readonly [Key in keyof T]: OptionOf<T[Key]> },
): T {
  const known = Object.keys(options);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new DataError({
      where: `options of corpus ${corpus}`,
      expected: known.length > 0 ? `only ${known.join(', ')}` : 'none',
      found: quoted(unknown),
      advice: 'Correct the params file',
    });
  }
  const result: Partial<T> = {};
  for (const key in options) result[key] = options[key](given[key], `option ${key} of corpus ${corpus}`);
  return result as T;
}

/** An option with a default and a test that says what it wants. */
export function option<T>(fallback: T, expected: string, fits: (value: unknown) => value is T): OptionOf<T> {
  return (value, where) => {
    if (value === undefined) return fallback;
    if (fits(value)) return value;
    throw new DataError({ where, expected, found: quoted(value), advice: 'Correct the params file' });
  };
}

/** An option that is one of a few words. */
export function choice<T extends string>(words: readonly [T, ...T[]]): OptionOf<T> {
  const isWord = (value: unknown): value is T => (words as readonly unknown[]).includes(value);
  return option<T>(words[0], `one of ${words.join(', ')}`, isWord);
}
