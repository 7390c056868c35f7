import { DataError, quoted } from './data-error.ts';

const CORRECT = 'Correct the params file';

/** Reads one option from what the params file gave, or throws a DataError. */
export type OptionOf<T> = (value: unknown, where: string) => T;

/**
 * Translates options as a params file gives them by a reader for each key. `of` says whose they are, for messages.
 * Throws a DataError for an unknown key or a wrong value.
 */
export function readOptions<T extends object>(
  of: string,
  given: Readonly<Record<string, unknown>>,
  options: { readonly [Key in keyof T]: OptionOf<T[Key]> },
): T {
  const known = Object.keys(options);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new DataError({
      where: `options of ${of}`,
      expected: known.length > 0 ? `only ${known.join(', ')}` : 'none',
      found: quoted(unknown),
      advice: CORRECT,
    });
  }
  const result: Partial<T> = {};
  for (const key in options) result[key] = options[key](given[key], `option ${key} of ${of}`);
  return result as T;
}

/** An option with a default and a test that says what it wants. */
export function option<T>(fallback: T, expected: string, fits: (value: unknown) => value is T): OptionOf<T> {
  return (value, where) => {
    if (value === undefined) return fallback;
    if (fits(value)) return value;
    throw new DataError({ where, expected, found: quoted(value), advice: CORRECT });
  };
}

/** An option that is one of a few words, the first one unless given. */
export function choice<const T extends string | number | boolean>(words: readonly [T, ...T[]]): OptionOf<T> {
  const isWord = (value: unknown): value is T => (words as readonly unknown[]).includes(value);
  return option<T>(words[0], `one of ${words.join(', ')}`, isWord);
}

/** An option that is a whole number in a range, both ends included. */
export function whole(fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): OptionOf<number> {
  const expected =
    most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`;
  const fits = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  return option(fallback, expected, fits);
}

/** An option that is a finite number in a range, both ends included. */
export function decimal(fallback: number, least: number, most: number): OptionOf<number> {
  const fits = (value: unknown): value is number => typeof value === 'number' && value >= least && value <= most;
  return option(fallback, `a number from ${least} to ${most}`, fits);
}

/** An option that is a list of different class names. */
export function classNames(fallback: readonly string[]): OptionOf<readonly string[]> {
  const fits = (value: unknown): value is readonly string[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= 256 &&
    value.every((name) => typeof name === 'string' && name !== '') &&
    new Set(value).size === value.length;
  return option(fallback, 'a list of different class names, at most 256', fits);
}

/** Options inside an option. Left out, it is as if it were there without any key. */
export function group(value: unknown, where: string): Readonly<Record<string, unknown>> {
  const fits = (given: unknown): given is Readonly<Record<string, unknown>> =>
    typeof given === 'object' && given !== null && !Array.isArray(given);
  return option<Readonly<Record<string, unknown>>>({}, 'keys with values', fits)(value, where);
}
