import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Alias, Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { DiagnosticList } from './diagnostics.ts';
import type { Entry, MapNode, Node, ScalarNode } from './node.ts';
import { decodeNode, encodeNode } from './node-json.ts';
import { isFloatText, scalarText } from './number-text.ts';
import { MAX_DEPTH, parseYaml } from './parse-yaml.ts';
import { SourceFile } from './source-file.ts';
import type { Position } from './values.ts';

/** Keeps what was made of a file's text, by the file's name; a lost copy costs time only. */
export interface DocumentCopies {
  /** The copy that was put there for this very text, or null. */
  get: (file: string, text: string) => string | null;
  put: (file: string, text: string, copy: string) => void;
}

/**
 * As `readYaml`, but a document without mistakes that was read before is taken from its copy: the parser is by far the
 * slowest part of reading a pipeline.
 */
export function readYamlOrCopy(
  file: string,
  text: string,
  diagnostics: DiagnosticList,
  copies: DocumentCopies | undefined,
): Node | 'empty' | null {
  const copy = copies?.get(file, text) ?? null;
  if (copy !== null) return decodeNode(copy, new SourceFile(file, text));
  const document = readYaml(file, text, diagnostics);
  if (document !== null && document !== 'empty') copies?.put(file, text, encodeNode(document));
  return document;
}

/**
 * Parses YAML 1.2 (and so JSON) into nodes that know their places; anchors, aliases and `<<` merges are resolved.
 * Mistakes go to `diagnostics`.
 *
 * @returns the document, `'empty'` for a file that says nothing, or null when it has mistakes
 */
export function readYaml(file: string, text: string, diagnostics: DiagnosticList): Node | 'empty' | null {
  const source = new SourceFile(file, text);
  if (reportConflictMarkers(source, diagnostics)) return null;
  const before = diagnostics.total;
  const document = parseYaml(text);
  if ('tooDeepAt' in document) {
    const at = source.position(document.tooDeepAt, document.tooDeepAt + 1);
    diagnostics.add('yaml-depth', at, `values are nested more than ${MAX_DEPTH} deep`);
    return null;
  }
  let lastLine = 0;
  for (const problem of [...document.errors, ...document.warnings]) {
    const sentence = problem.message.replace(/\s+/g, ' ').replace(/\.$/, '');
    const at = source.position(problem.pos[0], problem.pos[1]);
    // What the parser says about the rest of a line follows from its first mistake there.
    if (at.line === lastLine) continue;
    lastLine = at.line;
    diagnostics.add('yaml', at, `not valid YAML: ${sentence}`, () => ({ hint: syntaxHint(sentence, source.line(at)) }));
  }
  if (diagnostics.total > before) return null;
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) return 'empty';
  const node = new Reader(source, document, diagnostics).read(document.contents, null);
  return diagnostics.total > before ? null : node;
}

/** The mistake that templates invite: in `[...]` and `{...}` the brace of an unquoted one is taken for a map. */
function syntaxHint(problem: string, line: string): string | undefined {
  if (/Unresolved tag/.test(problem)) return 'a "!" at the beginning needs quotes: "!path"';
  const bracket = line.search(/[[{]/);
  return bracket !== -1 && bracket < line.lastIndexOf('${')
    ? 'inside [...] and {...} a template needs quotes: "${name}"'
    : undefined;
}

/** Git's markers make YAML errors that nobody understands; say what they are instead. */
function reportConflictMarkers(source: SourceFile, diagnostics: DiagnosticList): boolean {
  const marker = /^(?:<{7} .*|={7}|>{7} .*)\r?$/gm;
  const places = Array.from(source.text.matchAll(marker), (match) => ({
    text: match[0].trimEnd(),
    at: source.position(match.index, match.index + match[0].length),
  }));
  // A line of seven equals signs alone may be text; together with the opening marker it is a conflict.
  const opening = places.find((place) => place.text.startsWith('<'));
  if (opening === undefined) return false;
  const rest = places.filter((place) => place.at.line > opening.at.line).slice(0, 2);
  diagnostics.add('conflict', opening.at, 'a merge conflict was left in this file', {
    related: rest.map(({ text, at }) => ({
      at,
      message: text.startsWith('=') ? 'theirs begins here' : 'the conflict ends here',
    })),
    hint: 'keep one side, delete the marker lines, then `git add` the file',
  });
  return true;
}

const EMPTY: ScalarNode = { kind: 'scalar', value: null, at: null, origin: null };

const standardTags = 'tag:yaml.org,2002:';
const plainTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'seq', 'map', 'merge'].map((name) => `${standardTags}${name}`),
);

class Reader {
  readonly #source: SourceFile;
  readonly #document: Document;
  readonly #diagnostics: DiagnosticList;
  /** By the YAML node, so that an alias shares what its anchor made; 'open' while being read, to notice circles. */
  readonly #done = new Map<unknown, Node | 'open'>();

  constructor(source: SourceFile, document: Document, diagnostics: DiagnosticList) {
    this.#source = source;
    this.#document = document;
    this.#diagnostics = diagnostics;
  }

  /** @param keyAt the place of the key that introduces the node: it says more about a long map than its first line */
  read(yaml: unknown, keyAt: Position | null): Node {
    if (isAlias(yaml)) return this.#alias(yaml, keyAt);
    const known = this.#done.get(yaml);
    if (known === 'open') {
      this.#diagnostics.add('alias-circle', keyAt, 'this anchor contains itself');
      return EMPTY;
    }
    if (known !== undefined) return known;
    this.#done.set(yaml, 'open');
    this.#checkTag(yaml, keyAt);
    const node = this.#fresh(yaml, keyAt);
    this.#done.set(yaml, node);
    return node;
  }

  #fresh(yaml: unknown, keyAt: Position | null): Node {
    if (isScalar(yaml)) return this.#scalar(yaml, keyAt);
    if (isSeq(yaml)) return this.#list(yaml, keyAt);
    if (isMap(yaml)) return this.#map(yaml, keyAt);
    return { ...EMPTY, at: keyAt };
  }

  /** The parser knows some tags whose values JSON cannot say: they would be taken for nothing. */
  #checkTag(yaml: unknown, keyAt: Position | null): void {
    const tag = (yaml as { readonly tag?: string } | null)?.tag;
    if (tag === undefined || tag === '!' || plainTags.has(tag)) return;
    const shown = tag.startsWith(standardTags) ? `!!${tag.slice(standardTags.length)}` : tag;
    this.#diagnostics.add('tag', this.#at(yaml) ?? keyAt, `a value cannot have the tag "${shown}"`, {
      hint: 'a value is text, a number, true, false, null, a list or a map: leave the tag out, and put text in quotes',
    });
  }

  #alias(yaml: Alias, keyAt: Position | null): Node {
    const target = yaml.resolve(this.#document);
    if (target === undefined) {
      this.#diagnostics.add(
        'alias',
        this.#at(yaml) ?? keyAt,
        `the anchor "${yaml.source}" is not defined above this line`,
      );
      return EMPTY;
    }
    return this.read(target, this.#at(yaml) ?? keyAt);
  }

  #scalar(yaml: Scalar, keyAt: Position | null): ScalarNode {
    const { value, range } = yaml;
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
    const written = range === null || range === undefined ? '' : this.#source.text.slice(range[0], range[1]);
    // An empty value has an empty range; its key is what a person can look at.
    const at = written === '' ? (keyAt ?? this.#at(yaml)) : this.#at(yaml);
    if (typeof plain === 'number') this.#checkNumber(plain, written, at);
    const origin =
      range === null || range === undefined ? null : { source: this.#source, start: range[0], end: range[1] };
    const scalar: ScalarNode = { kind: 'scalar', value: plain, at, origin };
    return typeof plain === 'number' && isFloatText(written) ? { ...scalar, float: true } : scalar;
  }

  #checkNumber(value: number, written: string, at: Position | null): void {
    if (!Number.isFinite(value)) {
      this.#diagnostics.add('number', at, `${written} is not a finite number`, {
        hint: 'put it in quotes to pass it on as text',
      });
    } else if (!isFloatText(written) && !Number.isSafeInteger(value)) {
      this.#diagnostics.add('number', at, `${written} is too large to be kept exactly (it would become ${value})`, {
        hint: 'put it in quotes to pass it on as text',
      });
    }
  }

  #list(yaml: YAMLSeq, keyAt: Position | null): Node {
    const at = keyAt ?? this.#at(yaml);
    return { kind: 'list', items: yaml.items.map((item) => this.read(item, isScalar(item) ? at : this.#at(item))), at };
  }

  #map(yaml: YAMLMap, keyAt: Position | null): MapNode {
    const entries = new Map<string, Entry>();
    const merged: YAMLMap['items'] = [];
    for (const pair of yaml.items) {
      if (isMergePair(pair)) {
        merged.push(pair);
        continue;
      }
      const entry = this.#entry(pair);
      if (entry === null) continue;
      const name = String(entry.key.value);
      const first = entries.get(name);
      if (first === undefined) entries.set(name, entry);
      else {
        this.#diagnostics.add('duplicate-key', entry.keyAt, `the key "${name}" is given twice`, {
          related: [{ message: 'first given here', at: first.keyAt }],
        });
      }
    }
    // Own keys win over merged ones, earlier merges over later ones.
    for (const pair of merged) this.#mergeInto(entries, pair);
    return { kind: 'map', entries, at: keyAt ?? this.#at(yaml) };
  }

  #entry(pair: Pair): Entry | null {
    const at = this.#at(pair.key);
    if (!isScalar(pair.key) || pair.key.value === null) {
      this.#diagnostics.add('key', at ?? this.#at(pair.value), 'a key must be a word or a number', {
        hint: 'a template at the start of a value needs quotes: "${name}"',
      });
      return null;
    }
    this.#checkTag(pair.key, at);
    const key = this.#scalar(pair.key, at);
    // A number as key means its text: `1:` and `"1":` are the same key.
    const { kind, at: place, origin } = key;
    const text: ScalarNode = { kind, value: scalarText(key), at: place, origin };
    return { key: text, keyAt: at, value: this.read(pair.value, at) };
  }

  #mergeInto(entries: Map<string, Entry>, pair: Pair): void {
    const at = this.#at(pair.key);
    const value = this.read(pair.value, at);
    for (const map of value.kind === 'list' ? value.items : [value]) {
      if (map.kind !== 'map') {
        this.#diagnostics.add('merge-key', at, '"<<" takes a map or a list of maps');
        return;
      }
      for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry);
    }
  }

  #at(yaml: unknown): Position | null {
    const range = (yaml as { range?: readonly [number, number, number] | null } | null)?.range;
    return range === undefined || range === null ? null : this.#source.position(range[0], range[1]);
  }
}

function isMergePair(pair: unknown): boolean {
  return isPair(pair) && isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';
}
