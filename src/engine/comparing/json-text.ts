import { deepestFlow } from '../yaml/flow-depth.ts';
import type { Value } from '../yaml/values.ts';

/** A reader that calls itself would run out of stack. */
export const tooDeep = `more than ${deepestFlow} lists and maps in each other`;

const space = /[ \t\r\n]*/y;
const string = /"(?:[^"\\\n\r]|\\.)*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /-?[A-Za-z]+/y;

const words: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
  // Not JSON, but what Python's json.dump and others write for them.
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/**
 * Reads JSON as programs in other languages write it: with NaN, Infinity and -Infinity, after a byte order mark, and with
 * integers beyond what a number holds exactly, which become text. A key that is given twice is a mistake here, because
 * one of its values would be lost.
 *
 * @throws SyntaxError with line and column
 */
export function parseJsonText(text: string): Value {
  return new JsonText(text.startsWith('\ufeff') ? text.slice(1) : text).document();
}

/** A number as it is written; an integer that a number would round stays text. */
export function exactNumber(digits: string): number | string {
  const value = Number(digits);
  if (Number.isSafeInteger(value) || !/^[+-]?\d+$/.test(digits)) return value;
  return Number.isFinite(value) && BigInt(value) === BigInt(digits.replace('+', '')) ? value : digits;
}

class JsonText {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Value {
    const value = this.#value(0);
    this.#match(space);
    if (this.#at < this.#text.length) this.#refuse('something stands behind the end of the document');
    return value;
  }

  #value(depth: number): Value {
    if (depth > deepestFlow) this.#refuse(tooDeep);
    this.#match(space);
    const first = this.#text[this.#at];
    if (first === '{') return this.#map(depth);
    if (first === '[') return this.#list(depth);
    if (first === '"') return this.#string();
    const found = this.#match(word);
    if (found !== null) {
      const value = words.get(found);
      return value === undefined ? this.#refuse(`"${found}" is no value`, found.length) : value;
    }
    const digits =
      this.#match(number) ?? this.#refuse(this.#at < this.#text.length ? 'no value' : 'the file ends here');
    return exactNumber(digits);
  }

  #map(depth: number): Value {
    const entries = new Map<string, Value>();
    this.#at++;
    if (this.#skip('}')) return {};
    do {
      this.#match(space);
      const keyAt = this.#at;
      const key = this.#string();
      if (entries.has(key)) {
        this.#at = keyAt;
        this.#refuse(`the key ${JSON.stringify(key)} is given twice`);
      }
      if (!this.#skip(':')) this.#refuse('":" expected');
      entries.set(key, this.#value(depth + 1));
    } while (this.#skip(','));
    if (!this.#skip('}')) this.#refuse('"," or "}" expected');
    // Defines properties, so that a key `__proto__` stays a key.
    return Object.fromEntries(entries);
  }

  #list(depth: number): Value {
    const items: Value[] = [];
    this.#at++;
    if (this.#skip(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#skip(','));
    if (!this.#skip(']')) this.#refuse('"," or "]" expected');
    return items;
  }

  #string(): string {
    const written = this.#match(string) ?? this.#refuse('text in double quotes expected');
    try {
      return JSON.parse(written) as string;
    } catch {
      return this.#refuse('text that JSON does not allow', written.length);
    }
  }

  #skip(expected: string): boolean {
    this.#match(space);
    if (this.#text[this.#at] !== expected) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  /** @param back how many characters before the current place the culprit begins */
  #refuse(what: string, back = 0): never {
    const before = this.#text.slice(0, this.#at - back).split('\n');
    throw new SyntaxError(`${before.length}:${(before.at(-1) ?? '').length + 1}: ${what}`);
  }
}
