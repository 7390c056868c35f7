import { type PathChanges, pathChanges, type Statement } from './python-paths.ts';

/** An import statement of a Python program. */
export interface PythonImport {
  /** Dots before the name: 0 for an absolute import, 1 for the importer's own package. */
  readonly level: number;
  /** The dotted name; empty for `from . import x`. */
  readonly module: string;
  /** Names behind `import` of a `from`: submodules, or what the module defines; `*` for all. */
  readonly names: readonly string[];
}

const identifier = String.raw`[\p{L}_][\p{L}\p{N}_]*`;
const dotted = String.raw`${identifier}(?:\s*\.\s*${identifier})*`;
const importStatement = new RegExp(String.raw`^import\s+(.+)$`, 'u');
const fromStatement = new RegExp(String.raw`^from\s*((?:\.\s*)*)(${dotted})?\s*\bimport\b\s*(.+)$`, 'u');
const dottedName = new RegExp(`^(${dotted})`, 'u');
const name = new RegExp(`^(${identifier})`, 'u');

/**
 * The static imports of a Python source, wherever they stand in it: `import a.b as c, d`, `from .x import y`, in
 * parentheses and over several lines. Those that a program computes (`importlib`, `exec`) are none.
 */
export function pythonImports(source: string): PythonImport[] {
  return importsOf(statementsOf(source));
}

/** Everything in a Python program that other files depend on, or that depends on them. */
export interface PythonNames {
  readonly python: readonly PythonImport[];
  /** Literals in `__all__`: what `from package import *` brings in. */
  readonly exported: readonly string[];
  /** Changes of `sys.path`. */
  readonly paths: Pick<PathChanges, 'before' | 'behind'>;
  /** Files that it starts as programs of their own. */
  readonly starts: readonly string[];
  /** Statements that bring in what their text does not tell. */
  readonly computed: readonly string[];
}

export function pythonNames(source: string): PythonNames {
  const statements = statementsOf(source);
  const { computed: changes, ...paths } = pathChanges(statements);
  const computed = [...changes];
  const loaded: PythonImport[] = [];
  const starts = new Set<string>();
  for (const { raw, bare } of statements) {
    for (const [, argument = ''] of bare.matchAll(byName)) {
      // Which of several strings it is, the text without strings does not tell.
      const modules = argument === '""' ? [...raw.matchAll(namedModule)].map(([, , module]) => module ?? '') : [];
      if (modules.length === 0 && argument !== '') computed.push(bare.slice(0, 60));
      loaded.push(...modules.map((module) => ({ level: 0, module, names: [] })));
    }
    if (starter.test(bare)) for (const name of programsIn(raw)) starts.add(name);
  }
  const all = statements.filter(({ bare }) => /^__all__\s*(?::[^=]+)?(?:\+?=|\.(?:extend|append)\s*\()/.test(bare));
  const exported = all.flatMap(({ raw }) => [...raw.matchAll(string)].map(([, , name]) => name ?? ''));
  const python = unique([...importsOf(statements), ...loaded]);
  return { python, exported, paths, starts: [...starts], computed: [...new Set(computed)] };
}

const byName = /\b(?:import_module|__import__)\s*\(\s*([^,)]*)/g;
const namedModule = /\b(?:import_module|__import__)\s*\(\s*(["'])([\w.]+)\1/g;
const starter =
  /\bsubprocess\s*\.\s*\w+\s*\(|\bos\s*\.\s*(?:system|popen|exec\w+|spawn\w+)\s*\(|\brun_path\s*\(|\bPopen\s*\(|\bexec\s*\(\s*open\s*\(/;
const string = /(["'])([^"'\\\n]*)\1/g;
const programFile = /^[\w./+-]+\.(?:pyw?|sh|bash|R|r|jl|rb|pl|[cm]?[jt]s)$/;

function programsIn(statement: string): string[] {
  return [...statement.matchAll(string)].flatMap(([, , text = '']) =>
    text.split(/\s+/).filter((one) => programFile.test(one)),
  );
}

function importsOf(statements: readonly Statement[]): PythonImport[] {
  return unique(statements.flatMap(({ bare }) => importsIn(bare)));
}

function unique(imports: readonly PythonImport[]): PythonImport[] {
  return [...new Map(imports.map((one) => [JSON.stringify(one), one])).values()];
}

function importsIn(statement: string): PythonImport[] {
  // `try: import a` and `if x: from a import b` have their statement behind a colon.
  const colon = /:\s*((?:import|from)\b.*)$/su.exec(statement);
  const text = (/^(?:import|from)\b/u.test(statement) ? statement : (colon?.[1] ?? '')).replaceAll(/\s+/gu, ' ').trim();
  const from = fromStatement.exec(text);
  if (from !== null) {
    const [, dots = '', module = '', names = ''] = from;
    const listed = names.replaceAll(/[()]/g, '').split(',');
    return [
      {
        level: dots.replaceAll(/\s/g, '').length,
        module: module.replaceAll(/\s/gu, ''),
        names: listed.flatMap((one) => (one.trim() === '*' ? '*' : (name.exec(one.trim())?.[1] ?? []))),
      },
    ];
  }
  const [, modules = ''] = importStatement.exec(text) ?? [];
  return modules.split(',').flatMap((one) => {
    const module = dottedName.exec(one.trim())?.[1];
    return module === undefined ? [] : { level: 0, module: module.replaceAll(/\s/gu, ''), names: [] };
  });
}

/**
 * The statements of a source, without comments and with every string as `""`: an import in a docstring is none.
 * Lines are joined inside brackets and after a backslash.
 */
function statementsOf(source: string): Statement[] {
  const statements: Statement[] = [];
  let [statement, raw] = ['', ''];
  let depth = 0;
  const end = (): void => {
    const text = statement.trim();
    if (text !== '') statements.push({ bare: text, raw: raw.trim() });
    [statement, raw] = ['', ''];
  };
  for (let at = 0; at < source.length;) {
    const character = source.charAt(at);
    if (character === '#') {
      at = lineEnd(source, at);
    } else if (character === '"' || character === "'") {
      const start = at;
      at = stringEnd(source, at);
      statement += '""';
      raw += source.slice(start, at);
    } else if (character === '\\') {
      at = lineEnd(source, at) + 1;
      statement += ' ';
      raw += ' ';
    } else if (character === '\n' || character === '\r' || character === ';') {
      if (depth === 0) end();
      else {
        statement += ' ';
        raw += ' ';
      }
      at++;
    } else {
      if ('([{'.includes(character)) depth++;
      else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
      statement += character;
      raw += character;
      at++;
    }
  }
  end();
  return statements;
}

function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}

/** The offset behind the string that begins at `start`. One that is not closed ends with its line, as Python says. */
function stringEnd(source: string, start: number): number {
  const quote = source.charAt(start);
  const mark = source.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  for (let at = start + mark.length; at < source.length; at++) {
    const character = source.charAt(at);
    // In a raw string, too: there the backslash stays, but the quote behind it ends nothing either.
    if (character === '\\') at++;
    else if (source.startsWith(mark, at)) return at + mark.length;
    else if (character === '\n' && mark.length === 1) return at;
  }
  return source.length;
}
