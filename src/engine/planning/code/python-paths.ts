import path from 'node:path';

/** Folders that a program adds to the places in which Python looks for modules. */
export interface PathChanges {
  /** Put before the others; `@` stands for the program's own file, all else begins in the working directory. */
  readonly before: readonly string[];
  /** Put behind them. */
  readonly behind: readonly string[];
  /** Changes that the text does not tell. */
  readonly computed: readonly string[];
}

/** A statement with its strings, and with each of them as `""`. */
export interface Statement {
  readonly raw: string;
  readonly bare: string;
}

const change = /\bsys\.path(?:\.(insert|append|extend)\s*\(|\s*(?:\[[^\]]*\]\s*)?\+?=(?!=))|\baddsitedir\s*\(/;
const call = /(?:\bsys\.path\.(?:insert\s*\(\s*(-?\d+)\s*,|append\s*\()|\baddsitedir\s*\()\s*(.+)\)\s*$/s;
const assignment = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=(?!=)\s*(.+)$/s;

/** Finds the changes of `sys.path` that a program's text makes. */
export function pathChanges(statements: readonly Statement[]): PathChanges {
  const before: string[] = [];
  const behind: string[] = [];
  const computed: string[] = [];
  if (!statements.some(({ bare }) => change.test(bare))) return { before, behind, computed };
  const names = new Map<string, string | null>();
  for (const { raw, bare } of statements) {
    if (!change.test(bare)) {
      const [, name, value] = assignment.exec(raw) ?? [];
      if (name !== undefined && value !== undefined) names.set(name, evaluate(value, names));
      continue;
    }
    const [, at, argument] = call.exec(raw) ?? [];
    const folder = argument === undefined ? null : evaluate(argument, names);
    if (folder === null) computed.push(raw.replaceAll(/\s+/g, ' ').slice(0, 60));
    else if (at === '0' || at === '1') before.push(folder);
    else behind.push(folder);
  }
  return { before, behind, computed };
}

/** The folder that `pathChanges` found, relative to the root. */
export function changedFolder(text: string, file: string, directory: string): string {
  if (text.startsWith('@')) return path.posix.join(file, `.${text.slice(1)}`);
  return path.posix.isAbsolute(text) ? path.posix.normalize(text) : path.posix.join(directory, text);
}

/** The path that an expression gives, or null: what `os.path` and `pathlib` make of `__file__` and literals. */
function evaluate(text: string, names: ReadonlyMap<string, string | null>): string | null {
  const reader = new Expression(text, names);
  const value = reader.sum();
  return reader.isAtEnd ? value : null;
}

/** Functions whose value is the path that they are given. */
const same = new Set(['abspath', 'realpath', 'normpath', 'str', 'Path', 'PurePath', 'fspath', 'resolve', 'absolute']);

class Expression {
  readonly #text: string;
  readonly #names: ReadonlyMap<string, string | null>;
  #at = 0;

  constructor(text: string, names: ReadonlyMap<string, string | null>) {
    this.#text = text;
    this.#names = names;
  }

  get isAtEnd(): boolean {
    this.#take(/\s*/y);
    return this.#at === this.#text.length;
  }

  /** `E / "a"` */
  sum(): string | null {
    let value = this.#value();
    while (this.#take(/\s*\/\s*/y) !== null) value = joined([value, this.#value()]);
    return value;
  }

  #value(): string | null {
    let value = this.#first();
    for (;;) {
      const up = this.#take(/\s*\.\s*parents\s*\[\s*(\d+)\s*\]/y);
      if (up !== null) value = joined([value, '../'.repeat(Number(up[1]) + 1)]);
      else if (this.#take(/\s*\.\s*parent\b/y) !== null) value = joined([value, '..']);
      else if (this.#take(/\s*\.\s*(?:resolve|absolute|as_posix|expanduser)\s*\([^()]*\)/y) !== null) continue;
      else if (this.#take(/\s*\.\s*joinpath\s*\(/y) !== null) value = joined([value, ...this.#arguments()]);
      else return value;
    }
  }

  #first(): string | null {
    this.#take(/\s*/y);
    if (this.#take(/\(/y) !== null) {
      const inner = this.sum();
      return this.#take(/\s*\)/y) === null ? null : inner;
    }
    const text = this.#take(/[rRbBuU]?(?:"([^"\\\n]*)"|'([^'\\\n]*)')/y);
    if (text !== null) return text[1] ?? text[2] ?? '';
    const name = this.#take(
      /[A-Za-z_]\w*(?:\s*\.\s*(?!parents?\b|resolve\b|absolute\b|as_posix\b|joinpath\b|expanduser\b)[A-Za-z_]\w*)*/y,
    );
    if (name === null) return null;
    const last = name[0].split('.').at(-1)?.trim() ?? '';
    if (this.#take(/\s*\(/y) !== null) return this.#called(last, this.#arguments());
    if (last === '__file__') return '@';
    if (last === 'curdir') return '.';
    if (last === 'pardir') return '..';
    return this.#names.get(name[0]) ?? null;
  }

  #called(name: string, values: readonly (string | null)[]): string | null {
    const [first] = values;
    if (name === 'getcwd' || name === 'cwd') return '.';
    if (name === 'join' || name === 'Path') return joined(values);
    if (name === 'dirname') return joined([first ?? null, '..']);
    return same.has(name) ? (first ?? null) : null;
  }

  #arguments(): (string | null)[] {
    const values: (string | null)[] = [];
    while (this.#take(/\s*\)/y) === null) {
      if (this.#at >= this.#text.length) return [null];
      values.push(this.sum());
      if (this.#take(/\s*,/y) !== null) continue;
      return this.#take(/\s*\)/y) === null ? [null] : values;
    }
    return values;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }
}

function joined(values: readonly (string | null)[]): string | null {
  if (values.length === 0 || values.some((value) => value === null)) return null;
  const [first = '', ...rest] = values.map((value) => value ?? '');
  const whole = rest.reduce(
    (all, one) => (path.posix.isAbsolute(one) || one.startsWith('@') ? one : `${all}/${one}`),
    first,
  );
  return whole === '' ? '.' : whole;
}
