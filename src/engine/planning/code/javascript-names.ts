import { isBuiltin } from 'node:module';

/** Files and packages that the code of a JavaScript module names. */
export interface JavaScriptNames {
  /** Specifiers that name files: `./losses.ts`, `../data/faces.bin`. */
  readonly relative: readonly string[];
  /** Specifiers of packages, of names like `#losses`, and whatever else is imported without a path. */
  readonly bare: readonly string[];
  /** Those that only `require` names. */
  readonly required: readonly string[];
  /** Files that it starts as programs of their own, from the working directory. */
  readonly starts: readonly string[];
  /** Calls that start a program whose name is computed. */
  readonly computed: readonly string[];
}

/** An import as a lexer of modules finds it. */
interface LexedImport {
  readonly specifier: string | null | undefined;
}

const identifier = String.raw`[A-Za-z_$][\w$]*`;
/** `const load = createRequire(...)`, under whatever name it was imported. */
const requireMaker = new RegExp(String.raw`\bcreateRequire(?:\s+as\s+(${identifier}))?`, 'g');
const literal = /^(["'`])([^"'`$]*)\1$/;
/** `join(__dirname, "a", "b.js")` and the like: a file beside the module. */
const besideModule =
  /^(?:\w+\.)?(?:join|resolve)\(\s*(?:__dirname|import\.meta\.dirname)((?:\s*,\s*["'][^"']*["'])+)\s*\)$/;
/** Arguments that name the module itself, or a file by `new URL` or `resolve`, which are found by themselves. */
const isNamed = /__filename|import\.meta\.(?:filename|url)|process\.argv\[1\]|\bresolve\(\s*["']/;

/** Reads minified code: one statement may stand behind another, but strings are whole. */
export function javaScriptNames(code: string, imports: readonly LexedImport[]): JavaScriptNames {
  const relative = new Set<string>();
  const bare = new Set<string>();
  for (const { specifier } of imports) {
    if (specifier === null || specifier === undefined || specifier.includes('*') || isBuiltin(specifier)) continue;
    if (specifier.startsWith('.')) relative.add(specifier);
    else bare.add(specifier);
  }
  const required = new Set<string>();
  for (const specifier of literalReferences(code)) {
    if (specifier.startsWith('.')) {
      if (!specifier.endsWith('/')) relative.add(specifier);
    } else if (!isBuiltin(specifier) && !bare.has(specifier)) required.add(specifier);
  }
  const starts = new Set<string>();
  const computed = new Set<string>();
  for (const { name, argument } of startedPrograms(code)) {
    const text = literal.exec(argument)?.[2];
    const beside = besideModule.exec(argument)?.[1];
    if (text !== undefined) starts.add(text);
    else if (beside !== undefined)
      relative.add(`./${[...beside.matchAll(/["']([^"']*)["']/g)].map(([, one]) => one).join('/')}`);
    else if (!isNamed.test(argument)) computed.add(`${name}(${argument.slice(0, 40)})`);
  }
  return {
    relative: [...relative].sort(),
    bare: [...bare].sort(),
    required: [...required].sort(),
    starts: [...starts].sort(),
    computed: [...computed].sort(),
  };
}

/** Literals in calls and URLs, which a lexer of imports does not report. */
function* literalReferences(code: string): Iterable<string> {
  const makers = new Set([...code.matchAll(requireMaker)].map(([, alias]) => alias ?? 'createRequire'));
  const names = [...makers].flatMap((maker) => {
    const assigned = new RegExp(String.raw`(${identifier})\s*=\s*(?:${identifier}\.)?${escaped(maker)}\(`, 'g');
    return [...code.matchAll(assigned)].map(([, name]) => name ?? '');
  });
  const functions = [...new Set(['require', ...names])].map(escaped).join('|');
  const calls = new RegExp(String.raw`(?<![\w$])(?:${functions})(?:\.resolve)?\(\s*(["'\`])([^"'\`$]+)\1`, 'g');
  for (const [, , specifier] of code.matchAll(calls)) if (specifier !== undefined) yield specifier;
  const made = [...makers].map(escaped).join('|');
  const direct = new RegExp(String.raw`(?<![\w$])(?:${made})\([^()]*\)(?:\.resolve)?\(\s*(["'\`])([^"'\`$]+)\1`, 'g');
  if (made !== '') for (const [, , specifier] of code.matchAll(direct)) if (specifier !== undefined) yield specifier;
  const urls = /(?:\bnew URL|\bimport\.meta\.resolve)\(\s*(["'`])(\.[^"'`$]*)\1/g;
  for (const [, , specifier] of code.matchAll(urls)) if (specifier !== undefined) yield specifier;
}

/** Calls of `fork` and `new Worker` in code that has these from Node, with their first argument. */
function* startedPrograms(code: string): Iterable<{ readonly name: string; readonly argument: string }> {
  const names = [
    ...(/["'`](?:node:)?child_process["'`]/.test(code) ? [String.raw`(?<!cluster\.)(?<!function )\bfork`] : []),
    ...(/["'`](?:node:)?worker_threads["'`]/.test(code) ? [String.raw`\bnew (?:\w+\.)?Worker`] : []),
  ];
  if (names.length === 0) return;
  for (const match of code.matchAll(new RegExp(`(${names.join('|')})\\(`, 'g'))) {
    const argument = firstArgument(code, match.index + match[0].length);
    if (argument !== '') yield { name: match[1] ?? '', argument };
  }
}

/** The text up to the comma or parenthesis that ends the first argument. */
function firstArgument(code: string, start: number): string {
  let depth = 0;
  for (let at = start; at < code.length; at++) {
    const character = code.charAt(at);
    if (/["'`]/.test(character)) {
      const end = endOfString(code, at);
      at = end;
    } else if ('([{'.includes(character)) depth++;
    else if (depth === 0 && /[,)]/.test(character)) return code.slice(start, at).trim();
    else if (')]}'.includes(character)) depth--;
  }
  return '';
}

function endOfString(code: string, start: number): number {
  for (let at = start + 1; at < code.length; at++) {
    if (code.charAt(at) === '\\') at++;
    else if (code.charAt(at) === code.charAt(start)) return at;
  }
  return code.length;
}

function escaped(text: string): string {
  return text.replaceAll('$', String.raw`\$`);
}
