import { literalWord, type Node, type Part, type Word } from './syntax.ts';

/** Most of most words: read in one piece, because there may be thousands of instances. */
const plainPart = /[^\s;&|()<>\\'"$`*?[~{]+/y;
const variable = /\$(?:([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])|\{([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*])\})/y;
const wordEnd = /[\s;&|()<>]/;
/** Braces that bash turns into several words. */
const brace = /\{[^{}\s'"]*(?:,|\.\.)[^{}\s'"]*\}/y;
/** Expansions inside of one another are read to this depth. */
const deepest = 60;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Reads the commands of a substitution in a text, and says where they end. */
export type ReadCommands = (text: string, start: number) => { readonly body: Node; readonly end: number };

/** A word while it is put together. */
class Pieces {
  readonly parts: Part[] = [];
  literal = true;
  #text = '';

  say(text: string): void {
    this.#text += text;
  }

  add(part: Part): void {
    this.#flush();
    this.parts.push(part);
    this.literal = false;
  }

  word(): Word {
    if (this.literal) return literalWord(this.#text);
    this.#flush();
    return { text: this.parts.map(({ text }) => text).join(''), literal: false, parts: this.parts };
  }

  #flush(): void {
    if (this.#text !== '') this.parts.push({ kind: 'text', text: this.#text });
    this.#text = '';
  }
}

/** Reads words of one shell text, and moves through it. */
export class WordReader {
  readonly text: string;
  readonly #readCommands: ReadCommands;
  at: number;
  #depth = 0;

  constructor(text: string, readCommands: ReadCommands, at = 0) {
    this.text = text;
    this.#readCommands = readCommands;
    this.at = at;
  }

  /** A word from here to where no word can go on; whether any of it is quoted. */
  word(): { word: Word; quoted: boolean } {
    const pieces = new Pieces();
    const start = this.at;
    let quoted = false;
    while (this.at < this.text.length) {
      plainPart.lastIndex = this.at;
      const plain = plainPart.exec(this.text);
      if (plain !== null) {
        pieces.say(plain[0]);
        this.at = plainPart.lastIndex;
        continue;
      }
      const character = this.text.charAt(this.at);
      if (character === '(' && this.#opensInside(start)) pieces.add(this.#parentheses());
      else if (wordEnd.test(character)) break;
      else if (character === '$' || character === '`') this.#expansion(pieces, false);
      else if (/[*?[~{]/.test(character)) this.#wildcard(pieces, start);
      else {
        quoted = true;
        this.#quoted(pieces, character);
      }
    }
    return { word: pieces.word(), quoted };
  }

  /** A whole text in which only `$`, backquotes and backslashes mean something: the body of a here-document. */
  document(): Word {
    const pieces = new Pieces();
    this.#untilQuote(pieces, null);
    return pieces.word();
  }

  /** `<(...)` and `>(...)`, from behind the sign. */
  process(): Word {
    const start = this.at - 1;
    this.at++;
    const { body, end } = this.#readCommands(this.text, this.at);
    this.at = end;
    const text = this.text.slice(start, end);
    return { text, literal: false, parts: [{ kind: 'other', text, inner: [body] }] };
  }

  #quoted(pieces: Pieces, character: string): void {
    this.at++;
    if (character === '\\') {
      const next = this.text.charAt(this.at++);
      if (next !== '\n') pieces.say(next);
    } else if (character === "'") {
      const end = this.#indexOf("'");
      pieces.say(this.text.slice(this.at, end));
      this.at = end + 1;
    } else this.#untilQuote(pieces, '"');
  }

  /** Up to a quotation mark, or with null to the end of the text. */
  #untilQuote(pieces: Pieces, mark: '"' | null): void {
    while (this.at < this.text.length) {
      const character = this.text.charAt(this.at);
      if (character === mark) {
        this.at++;
        return;
      }
      if (character === '\\') {
        const next = this.text.charAt(this.at + 1);
        // Elsewhere in quotes a backslash stands for itself.
        if (next !== '\n') pieces.say(/[$`\\]/.test(next) || next === mark ? next : `\\${next}`);
        this.at += 2;
      } else if (character === '$' || character === '`') this.#expansion(pieces, true);
      else {
        pieces.say(character);
        this.at++;
      }
    }
  }

  /** From `$` or a backquote. */
  #expansion(pieces: Pieces, quoted: boolean): void {
    const start = this.at;
    const rest = this.text.slice(start, start + 3);
    variable.lastIndex = start;
    const name = variable.exec(this.text);
    if (name !== null) {
      this.at = variable.lastIndex;
      pieces.add({ kind: 'variable', name: name[1] ?? name[2] ?? '', text: name[0], quoted });
    } else if (rest.startsWith('`')) pieces.add(this.#backquotes(quoted));
    else if (rest === '$((' && this.#skipArithmetic()) pieces.add(this.#other(start, []));
    else if (rest.startsWith('$(')) {
      const { body, end } = this.#readCommands(this.text, start + 2);
      this.at = end;
      pieces.add({ kind: 'command', body, text: this.text.slice(start, end), quoted });
    } else if (rest.startsWith('${')) {
      this.at += 2;
      pieces.add(this.#other(start, this.#braces(quoted)));
    } else if (rest.startsWith("$'") && !quoted) this.#escaped(pieces);
    else {
      // `$"..."` is a text in quotes; any other `$` stands for itself.
      if (quoted || !rest.startsWith('$"')) pieces.say('$');
      this.at++;
    }
  }

  #other(start: number, inner: readonly Node[]): Part {
    return { kind: 'other', text: this.text.slice(start, this.at), inner };
  }

  /** Commands between backquotes, where `\`` begins one inside of another. */
  #backquotes(quoted: boolean): Part {
    const start = this.at++;
    let inner = '';
    while (this.at < this.text.length && this.text.charAt(this.at) !== '`') {
      const isEscape = this.text.charAt(this.at) === '\\' && /[$`\\]/.test(this.text.charAt(this.at + 1));
      if (isEscape) this.at++;
      inner += this.text.charAt(this.at++);
    }
    this.at++;
    const { body } = this.#readCommands(inner, 0);
    return { kind: 'command', body, text: this.text.slice(start, this.at), quoted };
  }

  /** Behind `${`, to its own end: the commands inside. */
  #braces(quoted: boolean): Node[] {
    const found: Node[] = [];
    if (++this.#depth > deepest) this.at = this.text.length;
    while (this.at < this.text.length) {
      const character = this.text.charAt(this.at);
      if (character === '}') {
        this.at++;
        break;
      }
      const pieces = new Pieces();
      if (character === '$' || character === '`') this.#expansion(pieces, quoted);
      else if (character === '"' || character === '\\' || (character === "'" && !quoted))
        this.#quoted(pieces, character);
      else this.at++;
      found.push(...pieces.parts.flatMap(commandsOf));
    }
    this.#depth--;
    return found;
  }

  /** `$((...))`, which holds no commands; false where it is a substitution that begins with a subshell. */
  #skipArithmetic(): boolean {
    let depth = 0;
    for (let at = this.at + 1; at < this.text.length; at++) {
      const character = this.text.charAt(at);
      if (character === '(') depth++;
      else if (character === ')' && --depth === 0) {
        if (this.text.charAt(at - 1) !== ')') return false;
        this.at = at + 1;
        return true;
      }
    }
    this.at = this.text.length;
    return true;
  }

  /** `$'...'` */
  #escaped(pieces: Pieces): void {
    this.at += 2;
    while (this.at < this.text.length && this.text.charAt(this.at) !== "'") {
      let character = this.text.charAt(this.at++);
      if (character === '\\') {
        character = this.text.charAt(this.at++);
        character = escapes[character] ?? character;
      }
      pieces.say(character);
    }
    this.at++;
  }

  #wildcard(pieces: Pieces, start: number): void {
    const character = this.text.charAt(this.at);
    brace.lastIndex = this.at;
    const braces = character === '{' ? brace.exec(this.text) : null;
    if (braces !== null) {
      pieces.add({ kind: 'other', text: braces[0], inner: [] });
      this.at = brace.lastIndex;
      return;
    }
    this.at++;
    const isPlain = character === '{' || (character === '~' && !this.#isHome(start));
    // `[` and `[[` by themselves are programs.
    const isTest =
      character === '[' &&
      /^\[{1,2}$/.test(this.text.slice(start, this.at)) &&
      /^\[?(?:\s|$)/.test(this.text.slice(this.at, this.at + 2));
    if (isPlain || isTest) pieces.say(character);
    else pieces.add({ kind: 'other', text: character, inner: [] });
  }

  /** A tilde at the beginning of a word, or of the value that it assigns. */
  #isHome(start: number): boolean {
    return /^(?:[A-Za-z_]\w*=)?$/.test(this.text.slice(start, this.at - 1));
  }

  /** `a=(...)` and `@(...)`: parentheses that belong to a word. */
  #opensInside(start: number): boolean {
    return this.at > start && /[=?*+@!]/.test(this.text.charAt(this.at - 1));
  }

  #parentheses(): Part {
    const start = this.at++;
    const inner: Node[] = [];
    if (++this.#depth > deepest) this.at = this.text.length;
    for (let depth = 1; depth > 0 && this.at < this.text.length;) {
      const character = this.text.charAt(this.at);
      if (character === '(') depth++;
      if (character === ')') depth--;
      if (/[\s;&|()<>]/.test(character)) this.at++;
      else inner.push(...this.word().word.parts.flatMap(commandsOf));
    }
    this.#depth--;
    return this.#other(start, inner);
  }

  #indexOf(mark: string): number {
    const end = this.text.indexOf(mark, this.at);
    return end < 0 ? this.text.length : end;
  }
}

function commandsOf(part: Part): readonly Node[] {
  return part.kind === 'command' ? [part.body] : part.kind === 'other' ? part.inner : [];
}
