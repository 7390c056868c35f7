import pc from 'picocolors';
import type { Position } from './values.ts';

/** A second place that explains a mistake: the other output of the same name, an edge of a cycle. */
export interface RelatedPlace {
  readonly message: string;
  readonly at: Position | null;
}

/** One mistake that a person made in pipeline.yaml, in params or on the command line. */
export interface Diagnostic {
  /** One plain sentence without the place. */
  readonly message: string;
  /** Null when there is no file to point at, for example for `-S`. */
  readonly at: Position | null;
  readonly related: readonly RelatedPlace[];
  /** What to do about it, one sentence. */
  readonly hint?: string;
}

/** Every mistake found in one run; `message` is the plain rendering without source lines. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(renderDiagnostics(diagnostics, { color: false, readSource: () => null }));
    this.diagnostics = diagnostics;
  }
}

export interface Details {
  readonly related?: readonly RelatedPlace[];
  readonly hint?: string | undefined;
}

/** Collects mistakes so that one run reports them all. */
export class DiagnosticList {
  readonly #items: { diagnostic: Diagnostic; more: number }[] = [];
  /** Where the form is wrong already: what else is wrong there only follows from it. */
  readonly #brokenForms = new Set<string>();
  #total = 0;
  readonly #byKindAndPlace = new Map<string, { more: number }>();

  /**
   * Adds a mistake. The instances of a matrix share their lines, so the same kind of mistake at the same place is kept
   * once and the others are counted: one typo in a stage of 200 instances is one message.
   *
   * @param kind a word that tells kinds of mistakes apart, never shown; `schema ...` for mistakes of form
   * @param more related places and a hint; as a function, it is called only for a mistake that is kept
   */
  add(kind: string, at: Position | null, message: string, more: Details | (() => Details) = {}): void {
    this.#total++;
    const place = at === null ? message : `${at.file}:${at.line}:${at.column}`;
    const ofForm = kind.startsWith('schema ');
    if (!ofForm && this.#brokenForms.has(place)) return;
    if (ofForm) this.#brokenForms.add(place);
    const known = this.#byKindAndPlace.get(`${kind} ${place}`);
    if (known !== undefined) {
      known.more++;
      return;
    }
    const { related = [], hint } = typeof more === 'function' ? more() : more;
    const diagnostic = { message, at, related, ...(hint === undefined ? {} : { hint }) };
    const item = { diagnostic, more: 0 };
    this.#items.push(item);
    this.#byKindAndPlace.set(`${kind} ${place}`, item);
  }

  /** Mistakes reported so far, repetitions included: grows whenever something was wrong. */
  get total(): number {
    return this.#total;
  }

  /** The mistakes, by file and line, those without a place last. */
  list(): readonly Diagnostic[] {
    return this.#items
      .map(({ diagnostic, more }) =>
        more === 0
          ? diagnostic
          : { ...diagnostic, message: `${diagnostic.message} (and ${more} more like this from the same line)` },
      )
      .sort((a, b) => comparePlaces(a.at, b.at));
  }

  /** @throws PipelineError when there is any mistake. */
  throwIfAny(): void {
    if (this.#items.length > 0) throw new PipelineError(this.list());
  }
}

function comparePlaces(a: Position | null, b: Position | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

export interface RenderOptions {
  readonly color: boolean;
  /** Text of a file named in a position (relative to the project's root), or null when it cannot be read. */
  readonly readSource: (file: string) => string | null;
}

/**
 * The mistakes as a person reads them: `file:line:column  error: sentence`, the source line with the culprit
 * underlined, related places in the same form, the hint. Lines are joined by `\n`, without a trailing one.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const colors = pc.createColors(options.color);
  const linesOf = memoize((file: string) => options.readSource(file)?.split('\n') ?? null);
  const place = (at: Position | null): string =>
    at === null
      ? ''
      : `${colors.cyan(visible(at.file))}:${colors.yellow(String(at.line))}:${colors.yellow(String(at.column))}  `;
  const excerpt = (at: Position | null, paint: (text: string) => string, indent: string): readonly string[] => {
    const line = at === null ? undefined : linesOf(at.file)?.[at.line - 1];
    if (at === null || line === undefined) return [];
    return underlined(line, at).map((text, index) => indent + (index === 0 ? text : paint(text)));
  };
  return diagnostics
    .map((diagnostic) =>
      [
        `${place(diagnostic.at)}${colors.red('error')}: ${visible(diagnostic.message)}`,
        ...excerpt(diagnostic.at, colors.red, '    '),
        ...diagnostic.related.flatMap((related) => [
          `  ${place(related.at)}${visible(related.message)}`,
          ...excerpt(related.at, colors.cyan, '      '),
        ]),
        ...(diagnostic.hint === undefined ? [] : [`  ${colors.green('hint')}: ${visible(diagnostic.hint)}`]),
      ].join('\n'),
    )
    .join('\n\n');
}

/** Longest source line shown; a params file may hold a line of a megabyte. */
const MAX_COLUMNS = 160;

function underlined(sourceLine: string, at: Position): readonly [string, string] {
  const line = visible(sourceLine.replace(/\r$/, ''));
  const from = at.column - 1;
  const shift = from > MAX_COLUMNS - 40 ? from - 40 : 0;
  const shown = line.slice(shift, shift + MAX_COLUMNS);
  const end = Math.min(Math.max(at.endColumn - 1, from + 1) - shift, Math.max(shown.length, from - shift + 1));
  // A tab stays a tab and a wide character takes two cells, so that the marks stand under what they mean.
  const cells = (text: string): string =>
    Array.from(text, (character) => (character === '\t' ? '\t' : WIDE.test(character) ? '  ' : ' ')).join('');
  const before = cells(shown.slice(0, from - shift));
  const under = cells(shown.slice(from - shift, end)).replace(/[ \t]/g, '~');
  return [shown, before + (under === '' ? '~' : under)];
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Control characters of a file or a value must not reach the terminal as such. */
function visible(text: string): string {
  // eslint is right that control characters in a pattern are rare; here they are the point.
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return (code < 32 && character !== '\t' && character !== '\n') || (code >= 127 && code < 160)
      ? '\ufffd'
      : character;
  }).join('');
}

function memoize<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (key) => {
    const found = known.get(key) ?? { value: compute(key) };
    known.set(key, found);
    return found.value;
  };
}
