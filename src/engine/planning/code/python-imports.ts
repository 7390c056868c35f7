/** An import statement of a Python program. */
export interface PythonImport {
  /** Dots before the name: 0 for an absolute import, 1 for the importer's own package. */
  readonly level: number;
  /** The dotted name; empty for `from . import x`. */
  readonly module: string;
  /** Names behind `import` of a `from`: submodules, or what the module defines. */
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
  const found = new Map<string, PythonImport>();
  for (const statement of statementsOf(source)) {
    for (const one of importsIn(statement)) found.set(JSON.stringify(one), one);
  }
  return [...found.values()];
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
        names: listed.flatMap((one) => name.exec(one.trim())?.[1] ?? []),
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
function statementsOf(source: string): string[] {
  const statements: string[] = [];
  let statement = '';
  let depth = 0;
  const end = (): void => {
    const text = statement.trim();
    if (text !== '') statements.push(text);
    statement = '';
  };
  for (let at = 0; at < source.length;) {
    const character = source.charAt(at);
    if (character === '#') {
      at = lineEnd(source, at);
    } else if (character === '"' || character === "'") {
      at = stringEnd(source, at);
      statement += '""';
    } else if (character === '\\') {
      at = lineEnd(source, at) + 1;
      statement += ' ';
    } else if (character === '\n' || character === '\r' || character === ';') {
      if (depth === 0) end();
      else statement += ' ';
      at++;
    } else {
      if ('([{'.includes(character)) depth++;
      else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
      statement += character;
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
