import type { Value } from '../yaml/values.ts';
import { isArtifact } from '../store/contents/artifact.ts';
import { isDigest } from '../store/contents/digest.ts';
import { isEnvironmentValue, isNamed, isRecordOf, isUnquoted, type LockBlock, lockHead } from './lock-format.ts';

/**
 * Reads a lock exactly as `writeLockText` writes it, some hundred times as fast as a parser of all of YAML. Returns null
 * for any other text, however slightly it differs: whoever gets null has to ask that parser. What is returned is what
 * the parser and `readLockDocument` would give.
 */
export function readLockText(text: string): Map<string, LockBlock> | null {
  if (text === `${lockHead}stages: {}\n`) return new Map();
  const head = `${lockHead}stages:\n`;
  if (!text.startsWith(head) || !text.endsWith('\n')) return null;
  try {
    return readBlocks(new Lines(text, head.length));
  } catch (error) {
    if (error instanceof OtherText) return null;
    throw error;
  }
}

/** The text is not what `writeLockText` writes. */
class OtherText extends Error {}

/** The rest of a text, line by line. */
class Lines {
  readonly #text: string;
  #start: number;
  #end: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#start = start;
    this.#end = text.indexOf('\n', start);
  }

  get atEnd(): boolean {
    return this.#end === -1;
  }

  /** Takes the line if it begins so, without the beginning; null leaves it. */
  take(beginning: string): string | null {
    if (this.atEnd || !this.#text.startsWith(beginning, this.#start)) return null;
    const rest = this.#text.slice(this.#start + beginning.length, this.#end);
    this.#start = this.#end + 1;
    this.#end = this.#text.indexOf('\n', this.#start);
    return rest;
  }

  /** Takes the line if it is this one. */
  takeWhole(line: string): boolean {
    return this.#end - this.#start === line.length && this.take(line) !== null;
  }
}

function readBlocks(lines: Lines): Map<string, LockBlock> {
  const blocks = new Map<string, LockBlock>();
  while (!lines.atEnd) {
    const line = new Line(lines.take('  ') ?? other());
    const name = line.key();
    if (blocks.has(name)) other();
    line.expect(':');
    line.end();
    blocks.set(name, readBlock(lines));
  }
  return blocks;
}

function readBlock(lines: Lines): LockBlock {
  const fingerprint = whole(lines.take('    fingerprint: ') ?? other());
  if (!isDigest(fingerprint) || !lines.takeWhole('    cmd:')) other();
  const commands: string[] = [];
  for (let line = lines.take('      - '); line !== null; line = lines.take('      - '))
    commands.push(text(whole(line)));
  if (commands.length === 0) other();
  const wdir = lines.take('    wdir: ');
  const params = section(lines, 'params', isAny);
  const code = section(lines, 'code', isDigest);
  const env = section(lines, 'env', isEnvironmentValue);
  const names = section(lines, 'names', isNamed);
  const deps = section(lines, 'deps', isArtifact);
  const outs = section(lines, 'outs', isArtifact);
  return {
    fingerprint,
    commands,
    ...(wdir === null ? {} : { wdir: text(whole(wdir)) }),
    params: params ?? {},
    code: code ?? {},
    ...(env === null ? {} : { env }),
    ...(names === null ? {} : { names }),
    deps: deps ?? {},
    outs: outs ?? {},
  };
}

function section<T>(lines: Lines, title: string, is: (value: unknown) => value is T): Record<string, T> | null {
  if (!lines.takeWhole(`    ${title}:`)) return null;
  const values: Record<string, Value> = {};
  let line = lines.take('      ');
  // A title without anything below it is null in YAML, and nothing that is written.
  if (line === null) other();
  for (; line !== null; line = lines.take('      ')) new Line(line).entry(values).end();
  return isRecordOf(values, is) ? values : other();
}

function isAny(value: unknown): value is Value {
  return value !== undefined;
}

function text(value: Value): string {
  return typeof value === 'string' ? value : other();
}

function whole(line: string): Value {
  const one = new Line(line);
  const value = one.value();
  one.end();
  return value;
}

/** YAML allows a key without `?` at most 1024 characters. */
const longestKey = 1000;

const quoted = /"(?:[^"\\]|\\.)*"/y;
/** Text without quotes, or a number. */
const bare = /[\w./@=+-]+(?: [\w./@=+-]+)*/y;
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/;

const words: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['.nan', NaN],
  ['.inf', Infinity],
  ['-.inf', -Infinity],
]);

/** The values on one line. */
class Line {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  end(): void {
    if (this.#at !== this.#line.length) other();
  }

  expect(expected: string): void {
    if (!this.#skip(expected)) other();
  }

  key(): string {
    const from = this.#at;
    const key = text(this.#scalar());
    return this.#at - from > longestKey || key === '__proto__' ? other() : key;
  }

  /** Adds `key: value` to the values. */
  entry(values: Record<string, Value>): this {
    const key = this.key();
    if (Object.hasOwn(values, key)) other();
    this.expect(': ');
    values[key] = this.value();
    return this;
  }

  value(): Value {
    if (this.#skip('{}')) return {};
    if (this.#skip('{ ')) {
      const values: Record<string, Value> = {};
      do this.entry(values);
      while (this.#skip(', '));
      this.expect(' }');
      return values;
    }
    if (this.#skip('[]')) return [];
    if (this.#skip('[')) {
      const values: Value[] = [];
      do values.push(this.value());
      while (this.#skip(', '));
      this.expect(']');
      return values;
    }
    return this.#scalar();
  }

  #scalar(): Value {
    if (this.#line[this.#at] === '"') return fromJson(this.#match(quoted));
    const found = this.#match(bare);
    if (isUnquoted(found)) return found;
    if (number.test(found)) return Number(found);
    return words.get(found) ?? (found === 'null' ? null : other());
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#line) ?? [];
    if (found === undefined) return other();
    this.#at = pattern.lastIndex;
    return found;
  }

  #skip(expected: string): boolean {
    if (!this.#line.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }
}

/** Text in double quotes: what JSON takes, YAML takes for the same. */
function fromJson(json: string): string {
  try {
    return text(JSON.parse(json) as Value);
  } catch {
    return other();
  }
}

function other(): never {
  throw new OtherText();
}
