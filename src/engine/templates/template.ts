import type { DiagnosticList, RelatedPlace } from '../yaml/diagnostics.ts';
import { escapeWildcards } from '../paths/glob.ts';
import { collectNodes, kindOf, notePartsOf, parsePath, partLocator, pathText } from '../yaml/node.ts';
import type { MapNode, Node, Path, ScalarNode } from '../yaml/node.ts';
import { scalarText } from '../yaml/number-text.ts';
import type { Scope, View } from './scope.ts';
import { ShellScanner, shellQuote } from '../../base/shell-quote.ts';
import type { ShellContext } from '../../base/shell-quote.ts';
import type { Position } from '../yaml/values.ts';

/** A string of pipeline.yaml, cut into literal text and `${...}`. */
export interface Template {
  readonly node: ScalarNode;
  /** Literal parts have `\${` already turned into `${`. */
  readonly parts: readonly (string | Expression)[];
}

export interface Expression {
  readonly path: Path;
  readonly at: Position | null;
  /** `${raw:name}`: in a command, the value is shell code and not quoted. */
  readonly raw?: true;
  /** In a command: where in shell syntax the value will stand, and so how it is quoted. */
  readonly context?: ShellContext | 'pattern';
}

/** A resolved string, and the same with location variables left in place. */
export interface Text {
  readonly text: string;
  readonly canonical: string;
}

/**
 * Cuts a scalar into literal text and expressions. What looks like an expression and is none is a diagnostic, and stays
 * literal, so that the rest of the text can be looked at all the same.
 */
export function compileTemplate(node: ScalarNode, diagnostics: DiagnosticList): Template {
  const text = node.value === null ? '' : scalarText(node);
  if (!text.includes('${')) return { node, parts: text === '' ? [] : [text] };
  const parts: (string | Expression)[] = [];
  let literal = '';
  const locate = partLocator(node);
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('${', at);
    if (next === -1) {
      literal += text.slice(at);
      break;
    }
    if (text[next - 1] === '\\') {
      literal += `${text.slice(at, next - 1)}\${`;
      at = next + 2;
      continue;
    }
    literal += text.slice(at, next);
    const end = text.indexOf('}', next);
    const written = end === -1 ? text.slice(next) : text.slice(next, end + 1);
    const inner = end === -1 ? '' : written.slice(2, -1).trim();
    const raw = inner.startsWith('raw:');
    const path = parsePath(raw ? inner.slice('raw:'.length).trim() : inner);
    const place = locate(written);
    at = next + written.length;
    if (path === null) {
      reportNoExpression(written, place, diagnostics);
      literal += written;
      continue;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(raw ? { path, at: place, raw } : { path, at: place });
  }
  if (literal !== '') parts.push(literal);
  return { node, parts };
}

function reportNoExpression(written: string, at: Position | null, diagnostics: DiagnosticList): void {
  const [line = ''] = written.split('\n', 1);
  const shown = line.length > 40 ? `${line.slice(0, 40)}...` : line;
  diagnostics.add('template', at, `"${shown}" is not a template: expected \${name}, \${a.b} or \${list[0]}`, {
    hint: 'to pass ${...} on to the shell as it is, write \\${...}',
  });
}

/** The same for a shell command, whose values are quoted so that the shell passes them on unchanged. */
export function compileCommand(node: ScalarNode, diagnostics: DiagnosticList): Template {
  const template = compileTemplate(node, diagnostics);
  // Which quotes are open where depends on the literal parts alone: values cannot open any.
  const scanner = new ShellScanner();
  const parts = template.parts.map((part) => {
    if (typeof part === 'string') {
      scanner.read(part);
      return part;
    }
    const { context } = scanner;
    scanner.skipValue();
    return { ...part, context };
  });
  return { node, parts };
}

/** The same template for a pattern of paths, in which values stand for themselves, whatever wildcards they hold. */
export function asPattern({ node, parts }: Template): Template {
  return { node, parts: parts.map((part) => (typeof part === 'string' ? part : { ...part, context: 'pattern' })) };
}

/** The template as text. Values inside text must be scalars. Null, and a diagnostic, when it cannot be resolved. */
export function resolveText(template: Template, scope: Scope, diagnostics: DiagnosticList): Text | null {
  const text = render(template, scope, 'actual', diagnostics);
  if (text === null) return null;
  const canonical = isLocated(template, scope) ? render(template, scope, 'canonical', diagnostics) : escaped(text);
  return canonical === null ? null : { text, canonical };
}

function isLocated(template: Template, scope: Scope): boolean {
  return template.parts.some((part) => typeof part !== 'string' && scope.isLocated(part.path));
}

/** In canonical text a bare `${` begins a location variable; any other is escaped. */
function escaped(text: string): string {
  return text.includes('${') ? text.replaceAll('${', '\\${') : text;
}

function render(template: Template, scope: Scope, view: View, diagnostics: DiagnosticList): string | null {
  let result = '';
  let failed = false;
  for (const part of template.parts) {
    if (typeof part === 'string') {
      result += view === 'canonical' ? escaped(part) : part;
      continue;
    }
    const node = lookup(part, scope, view, diagnostics);
    const options =
      node?.kind === 'map' && part.context === 'word' ? asOptions(node, part, view, diagnostics) : undefined;
    const value = node === null || options !== undefined ? null : asText(node, part, diagnostics);
    const quoted = options ?? (value === null ? null : quote(value, part, view, diagnostics));
    if (quoted === null) failed = true;
    else result += view === 'canonical' && !scope.isLocated(part.path) ? escaped(quoted) : quoted;
  }
  return failed ? null : result;
}

function lookup(part: Expression, scope: Scope, view: View, diagnostics: DiagnosticList): Node | null {
  const node = scope.lookup(part.path, view);
  if (node !== undefined) return node;
  const name = pathText(part.path);
  diagnostics.add(`unknown-variable ${name}`, part.at, `there is no variable "${name}"`, () => ({
    hint: /^[A-Z_]+$/.test(name) && scope.near(part.path) === null ? SHELL_HINT : scope.suggest(part.path),
  }));
  return null;
}

const SHELL_HINT = 'for a variable of the shell write \\${...}';

function asText(node: Node, part: Expression, diagnostics: DiagnosticList): string | null {
  if (node.kind === 'scalar' && node.value !== null) return scalarText(node);
  const related = node.at === null ? [] : [{ message: 'its value stands here', at: node.at }];
  diagnostics.add(
    'not-a-scalar',
    part.at,
    `"${pathText(part.path)}" is ${kindOf(node)}; inside text only strings, numbers, true and false can stand`,
    { related },
  );
  return null;
}

function quote(value: string, part: Expression, view: View, diagnostics: DiagnosticList): string | null {
  if (part.raw === true) return rawText(value, part, diagnostics);
  if (part.context === undefined) return value;
  if (part.context === 'pattern') {
    // In canonical text `${run}` is a name, and no brace of a pattern.
    const pieces = view === 'canonical' ? value.split(/(\$\{\w+\})/) : [value];
    return pieces.map((piece, index) => (index % 2 === 1 ? piece : escapeWildcards(piece))).join('');
  }
  // In canonical text `${run}` is no shell code but a name, and stays readable.
  const quoted = shellQuote(value, part.context, view === 'canonical' ? LOCATED_WORD : undefined);
  if (quoted === null) {
    diagnostics.add(
      'unquotable',
      part.at,
      `the value ${JSON.stringify(value)} of "${pathText(part.path)}" cannot be quoted safely at this place of the command`,
      { hint: 'assign it to a shell variable first, on a line of its own, and use that: name=${...}' },
    );
  }
  return quoted;
}

/** Raw text must leave the shell as it found it: what follows is quoted for the state that the literal text makes. */
function rawText(value: string, part: Expression, diagnostics: DiagnosticList): string | null {
  const name = `"${pathText(part.path)}"`;
  if (part.context === undefined || part.context === 'pattern') {
    diagnostics.add('raw', part.at, `"raw:" has a meaning in "cmd" only; write \${${pathText(part.path)}}`);
    return null;
  }
  const scanner = new ShellScanner();
  scanner.read(value);
  if (part.context === 'word' && scanner.closed) return value;
  const what = part.context === 'word' ? 'leaves a quote, a bracket or a comment open' : 'stands inside quotes';
  diagnostics.add(
    'raw',
    part.at,
    `the raw value of ${name} ${what}, so that the rest of the command would change its meaning`,
  );
  return null;
}

/** A map in a command as dvc unpacks it: `--key value`, `--flag` for true, nothing for false, `--list 1 2`, `--a.b c`. */
function asOptions(
  node: MapNode,
  part: Expression,
  view: View,
  diagnostics: DiagnosticList,
  prefix = '',
): string | null {
  const words: string[] = [];
  let failed = false;
  const word = (item: Node): string | null => {
    const text = asText(item, part, diagnostics);
    return text === null ? null : quote(text, part, view, diagnostics);
  };
  for (const [key, { value }] of node.entries) {
    const name = quote(`--${prefix}${key}`, part, view, diagnostics) ?? '';
    if (value.kind === 'scalar' && typeof value.value === 'boolean') {
      if (value.value) words.push(name);
      continue;
    }
    if (value.kind === 'map') {
      const inner = asOptions(value, part, view, diagnostics, `${prefix}${key}.`);
      if (inner === null) failed = true;
      else if (inner !== '') words.push(inner);
      continue;
    }
    const values = (value.kind === 'list' ? value.items : [value]).map(word);
    const whole = values.filter((one) => one !== null);
    if (whole.length < values.length) failed = true;
    else if (whole.length > 0) words.push(name, ...whole);
  }
  return failed ? null : words.join(' ');
}

const LOCATED_WORD = /^(?:[A-Za-z0-9_@%+=:,./-]|\$\{\w+\})+$/;

/** The only part of a template that is one `${...}` and nothing else; null for any other. */
export function loneExpression({ parts }: Template): Expression | null {
  const [only] = parts;
  return parts.length === 1 && typeof only === 'object' ? only : null;
}

/**
 * The template as a value: a lone `${...}` keeps the type of what it names, anything else is text.
 *
 * @returns the actual and the canonical node, or null after a diagnostic
 */
export function resolveValue(
  template: Template,
  scope: Scope,
  diagnostics: DiagnosticList,
): { readonly actual: Node; readonly canonical: Node } | null {
  if (typeof template.node.value !== 'string') return { actual: template.node, canonical: template.node };
  const only = loneExpression(template);
  if (only !== null) {
    const actual = lookup(only, scope, 'actual', diagnostics);
    return actual === null ? null : { actual, canonical: scope.lookup(only.path, 'canonical') ?? actual };
  }
  const text = resolveText(template, scope, diagnostics);
  if (text === null) return null;
  const { at, origin } = template.node;
  const actual: ScalarNode = { kind: 'scalar', value: text.text, at, origin };
  notePartsOf(actual, nodesIn(template, scope));
  return { actual, canonical: text.canonical === text.text ? actual : { ...actual, value: text.canonical } };
}

/** Resolves every string below a node. The two answers are the same object where no location variable is used. */
export function resolveTree(
  node: Node,
  scope: Scope,
  diagnostics: DiagnosticList,
): { readonly actual: Node; readonly canonical: Node } | null {
  if (node.kind === 'scalar') {
    return resolveValue(compileTemplate(node, diagnostics), scope, diagnostics);
  }
  if (node.kind === 'list') {
    const items = node.items.map((item) => resolveTree(item, scope, diagnostics));
    const whole = items.filter((item) => item !== null);
    if (whole.length < items.length) return null;
    const actual: Node = { ...node, items: whole.map((item) => item.actual) };
    const same = whole.every((item) => item.actual === item.canonical);
    return { actual, canonical: same ? actual : { ...node, items: whole.map((item) => item.canonical) } };
  }
  return resolveMap(node, scope, diagnostics);
}

function resolveMap(
  node: MapNode,
  scope: Scope,
  diagnostics: DiagnosticList,
): { readonly actual: Node; readonly canonical: Node } | null {
  const actual = new Map(node.entries);
  const canonical = new Map(node.entries);
  let failed = false;
  let same = true;
  for (const [key, entry] of node.entries) {
    const value = resolveTree(entry.value, scope, diagnostics);
    if (value === null) failed = true;
    else {
      actual.set(key, { ...entry, value: value.actual });
      canonical.set(key, { ...entry, value: value.canonical });
      if (value.actual !== value.canonical) same = false;
    }
  }
  if (failed) return null;
  const resolved: MapNode = { ...node, entries: actual };
  return { actual: resolved, canonical: same ? resolved : { ...node, entries: canonical } };
}

/** Every value that the templates bring, with what those were made of. */
export function nodesOf(templates: readonly Template[], scope: Scope): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const template of templates) for (const node of nodesIn(template, scope)) collectNodes(node, found);
  return found;
}

function nodesIn({ parts }: Template, scope: Scope): readonly Node[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : (scope.lookup(part.path, 'actual') ?? [])));
}

/** Where the values of a template come from: for messages about what it became. */
export function originsOf(template: Template, scope: Scope): readonly RelatedPlace[] {
  return template.parts.flatMap((part) => {
    const at = typeof part === 'string' ? null : (scope.lookup(part.path, 'actual')?.at ?? null);
    return typeof part === 'string' || at === null ? [] : [{ message: `"${pathText(part.path)}" is set here`, at }];
  });
}
