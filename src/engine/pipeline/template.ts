import type { DiagnosticList } from './diagnostics.ts';
import { kindOf, parsePath, pathText } from './node.ts';
import type { MapNode, Node, Path, ScalarNode } from './node.ts';
import type { Scope } from './scope.ts';
import { ShellScanner, shellQuote } from './shell-quote.ts';
import type { Position } from './types.ts';

/** A string of pipeline.yaml, cut into literal text and `${...}`. */
export interface Template {
  readonly node: ScalarNode;
  /** Literal parts have `\${` already turned into `${`. */
  readonly parts: readonly (string | Expression)[];
}

export interface Expression {
  readonly path: Path;
  readonly at: Position | null;
}

/** A resolved string, and the same with location variables left in place. */
export interface Text {
  readonly text: string;
  readonly canonical: string;
}

/** Cuts a scalar into literal text and expressions; mistakes go to `diagnostics`, and the answer is null. */
export function compileTemplate(node: ScalarNode, diagnostics: DiagnosticList): Template | null {
  const text = typeof node.value === 'string' ? node.value : plainText(node.value);
  if (!text.includes('${')) return { node, parts: text === '' ? [] : [text] };
  const parts: (string | Expression)[] = [];
  let literal = '';
  const locate = expressionLocator(node);
  for (let at = 0; at < text.length;) {
    if (text.startsWith('\\${', at)) {
      literal += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = text.indexOf('}', at);
      const written = text.slice(at, end === -1 ? undefined : end + 1);
      const place = locate(written);
      const path = end === -1 ? null : parsePath(written.slice(2, -1).trim());
      if (path === null) {
        diagnostics.add(
          'template',
          place,
          `"${firstLine(written)}" is not a template: expected \${name}, \${a.b} or \${list[0]}`,
          {
            hint: 'to pass ${...} on to the shell as it is, write \\${...}',
          },
        );
        return null;
      }
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push({ path, at: place });
      at = end + 1;
    } else literal += text.charAt(at++);
  }
  if (literal !== '') parts.push(literal);
  return { node, parts };
}

/** Finds the place of each `${...}`, in order, in the text of the file: quotes and folding shift offsets. */
function expressionLocator(node: ScalarNode): (written: string) => Position | null {
  const { origin, at } = node;
  if (origin === null) return () => at;
  let from = origin.start;
  return (written) => {
    const start = origin.source.text.indexOf(written, from);
    if (start === -1 || start + written.length > origin.end) return at;
    from = start + written.length;
    return origin.source.position(start, from);
  };
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 40 ? `${line.slice(0, 40)}...` : line;
}

function plainText(value: ScalarNode['value']): string {
  return value === null ? '' : String(value);
}

/**
 * The template as text. Values inside text must be scalars. Null, and a diagnostic, when it cannot be resolved.
 *
 * @param quoting `'shell'` quotes values so that the shell passes them on unchanged
 */
export function resolveText(
  template: Template,
  scope: Scope,
  diagnostics: DiagnosticList,
  quoting: 'none' | 'shell' = 'none',
): Text | null {
  const text = render(template, scope, 'actual', quoting, diagnostics);
  if (text === null) return null;
  const canonical = isLocated(template, scope)
    ? render(template, scope, 'canonical', quoting, diagnostics)
    : escaped(text);
  return canonical === null ? null : { text, canonical };
}

function isLocated(template: Template, scope: Scope): boolean {
  return template.parts.some((part) => typeof part !== 'string' && scope.isLocated(part.path));
}

/** In canonical text a bare `${` begins a location variable; any other is escaped. */
function escaped(text: string): string {
  return text.includes('${') ? text.replaceAll('${', '\\${') : text;
}

function render(
  template: Template,
  scope: Scope,
  view: 'actual' | 'canonical',
  quoting: 'none' | 'shell',
  diagnostics: DiagnosticList,
): string | null {
  const scanner = quoting === 'shell' ? new ShellScanner() : null;
  let result = '';
  let failed = false;
  for (const part of template.parts) {
    if (typeof part === 'string') {
      scanner?.read(part);
      result += view === 'canonical' ? escaped(part) : part;
      continue;
    }
    const node = lookup(part, scope, view, diagnostics);
    const value = node === null ? null : asText(node, part, diagnostics);
    const quoted = value === null || scanner === null ? value : quote(value, part, scanner, view, diagnostics);
    scanner?.skipValue();
    if (quoted === null) failed = true;
    else result += view === 'canonical' && !scope.isLocated(part.path) ? escaped(quoted) : quoted;
  }
  return failed ? null : result;
}

function lookup(
  part: Expression,
  scope: Scope,
  view: 'actual' | 'canonical',
  diagnostics: DiagnosticList,
): Node | null {
  const node = scope.lookup(part.path, view);
  if (node !== undefined) return node;
  const name = pathText(part.path);
  diagnostics.add(`unknown-variable ${name}`, part.at, `there is no variable "${name}"`, () => ({
    hint:
      scope.suggest(part.path) ?? (/^[A-Z_]+$/.test(name) ? 'for a variable of the shell write \\${...}' : undefined),
  }));
  return null;
}

function asText(node: Node, part: Expression, diagnostics: DiagnosticList): string | null {
  if (node.kind === 'scalar' && node.value !== null) return String(node.value);
  const related = node.at === null ? [] : [{ message: 'its value stands here', at: node.at }];
  diagnostics.add(
    'not-a-scalar',
    part.at,
    `"${pathText(part.path)}" is ${kindOf(node)}; inside text only strings, numbers, true and false can stand`,
    { related },
  );
  return null;
}

function quote(
  value: string,
  part: Expression,
  scanner: ShellScanner,
  view: 'actual' | 'canonical',
  diagnostics: DiagnosticList,
): string | null {
  // In canonical text `${run}` is no shell code but a name, and stays readable.
  const isSafe = (text: string): boolean => view === 'canonical' && /^(?:[A-Za-z0-9_@%+=:,./-]|\$\{\w+\})+$/.test(text);
  const quoted = shellQuote(value, scanner.context, isSafe);
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
  const [only, ...others] = template.parts;
  if (only !== undefined && typeof only !== 'string' && others.length === 0) {
    const actual = lookup(only, scope, 'actual', diagnostics);
    return actual === null ? null : { actual, canonical: scope.lookup(only.path, 'canonical') ?? actual };
  }
  const text = resolveText(template, scope, diagnostics);
  if (text === null) return null;
  const { at, origin } = template.node;
  const actual: ScalarNode = { kind: 'scalar', value: text.text, at, origin };
  return { actual, canonical: text.canonical === text.text ? actual : { ...actual, value: text.canonical } };
}

/** Resolves every string below a node. The two answers are the same object where no location variable is used. */
export function resolveTree(
  node: Node,
  scope: Scope,
  diagnostics: DiagnosticList,
): { readonly actual: Node; readonly canonical: Node } | null {
  if (node.kind === 'scalar') {
    const template = compileTemplate(node, diagnostics);
    return template === null ? null : resolveValue(template, scope, diagnostics);
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

/** A template for a fixed text, for example a default. */
export function literal(text: string): Template {
  return { node: { kind: 'scalar', value: text, at: null, origin: null }, parts: text === '' ? [] : [text] };
}
