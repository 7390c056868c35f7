import { literalWord, type Node, type Word } from './syntax.ts';
import { type ReadCommands, WordReader } from './word-reader.ts';

/** Words that end the list of commands before them. */
const closing = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}']);

const reservedWord = /(?:[{}!]|\[\[|[a-z]{2,8})(?=[\s;&|()<>]|$)/y;

/** The inputs and outputs of a command. */
export interface Redirections {
  /** Files that it reads. */
  readonly reads: Word[];
  /** Texts that it reads. */
  readonly inputs: Word[];
  /** Targets of `>`, in which commands may stand. */
  readonly writes: Word[];
}

/** A here-document whose body comes after this line. */
interface HereDocument {
  readonly delimiter: string;
  readonly stripTabs: boolean;
  readonly expands: boolean;
  readonly inputs: Word[];
}

/** A place in a shell text, and the steps that all commands share: blanks, comments, words, redirections. */
export class Cursor {
  readonly #words: WordReader;
  readonly #text: string;
  readonly #readCommands: ReadCommands;
  readonly #documents: HereDocument[] = [];

  constructor(text: string, at: number, readCommands: ReadCommands) {
    this.#text = text;
    this.#readCommands = readCommands;
    this.#words = new WordReader(text, readCommands, at);
  }

  get at(): number {
    return this.#words.at;
  }

  isAtEnd(): boolean {
    return this.at >= this.#text.length;
  }

  /** Whether a word begins here, once blanks are passed over. */
  get atWord(): boolean {
    return !this.isAtEnd() && !/[\n;&|()]/.test(this.#text.charAt(this.at));
  }

  /** The reserved word that stands here, if one does. */
  get reserved(): string | null {
    reservedWord.lastIndex = this.at;
    return reservedWord.exec(this.#text)?.[0] ?? null;
  }

  /** Whether a word stands here that ends a list of commands. */
  get isClosing(): boolean {
    const { reserved } = this;
    return reserved !== null && closing.has(reserved);
  }

  sees(text: string): boolean {
    return this.#text.startsWith(text, this.at);
  }

  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#words.at += text.length;
    return true;
  }

  takeReserved(word: string): boolean {
    return this.reserved === word && this.take(word);
  }

  /** Passes over what a pattern (sticky at the beginning of the rest) matches, and returns it. */
  takeMatch(pattern: RegExp): string | null {
    const match = pattern.exec(this.#text.slice(this.at, this.at + 80))?.[0] ?? null;
    this.#words.at += match?.length ?? 0;
    return match;
  }

  moveTo(at: number): void {
    this.#words.at = Math.min(at, this.#text.length);
  }

  /** Passes over what nothing begins with. */
  skipUnknown(): void {
    this.moveTo(this.at + (this.reserved?.length ?? 1));
  }

  moveToEnd(): void {
    this.#words.at = this.#text.length;
  }

  /** The text from an earlier place to here. */
  since(start: number): string {
    return this.#text.slice(start, this.at).trim();
  }

  /** Where arithmetic in `((...))` ends; null where these are subshells in one another. */
  endOfArithmetic(): number | null {
    const end = this.#text.indexOf('))', this.at);
    return end < 0 || /[;\n]|&&/.test(this.#text.slice(this.at, end)) ? null : end + 2;
  }

  /** Behind the head of `for ((...))`. */
  endOfHead(): number {
    const end = this.#text.indexOf('))', this.at);
    return end < 0 ? this.#text.length : end + 2;
  }

  /** Passes over blanks and comments, and with `lines` over ends of lines. */
  skip(lines: boolean): this {
    for (;;) {
      const character = this.#text.charAt(this.at);
      if (character === '\n') {
        if (!lines) return this;
        this.#words.at++;
        this.#readDocuments();
      } else if (character !== '' && /\s/.test(character)) this.#words.at++;
      else if (this.sees('\\\n')) this.#words.at += 2;
      else if (character === '#') this.#words.at = this.#lineEnd();
      else return this;
    }
  }

  /** The word that begins here. Something is passed over in any case, so that no loop stands still. */
  word(): Word {
    this.skip(false);
    const before = this.at;
    const { word } = this.#words.word();
    if (this.at === before) this.moveTo(before + 1);
    return word;
  }

  /** Reads a redirection, or a process substitution, which is a word; false when there is none. */
  redirection(words: Word[], { reads, inputs, writes }: Redirections): boolean {
    if (!/[<>&\d{]/.test(this.#text.charAt(this.at))) return false;
    const rest = this.#text.slice(this.at, this.at + 24);
    if (/^[<>]\(/.test(rest)) {
      words.push(this.#process());
      return true;
    }
    const [whole, kind = ''] = /^(?:\d+|\{\w+\})?(<<<|<<-|<<|<>|<&|<|>>|>&|>\||>|&>>|&>)/.exec(rest) ?? [];
    if (whole === undefined) return false;
    this.#words.at += whole.length;
    this.skip(false);
    const isProcess = this.sees('<(') || this.sees('>(');
    const { word, quoted } = isProcess ? { word: this.#process(), quoted: false } : this.#words.word();
    if (kind === '<<<') inputs.push(word);
    else if (kind.startsWith('<<'))
      this.#documents.push({ delimiter: word.text, stripTabs: kind === '<<-', expands: !quoted, inputs });
    else if (kind === '<' && /^[<0]/.test(whole)) reads.push(word);
    else writes.push(word);
    return true;
  }

  #process(): Word {
    this.#words.at++;
    return this.#words.process();
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.at);
    return end < 0 ? this.#text.length : end;
  }

  #readDocuments(): void {
    for (const { delimiter, stripTabs, expands, inputs } of this.#documents.splice(0)) {
      const lines: string[] = [];
      while (!this.isAtEnd()) {
        const end = this.#lineEnd();
        const written = this.#text.slice(this.at, end);
        const line = stripTabs ? written.replace(/^\t+/, '') : written;
        this.moveTo(end + 1);
        if (line === delimiter) break;
        lines.push(line);
      }
      const body = lines.join('\n');
      inputs.push(expands ? new WordReader(body, this.#readCommands).document() : literalWord(body));
    }
  }
}

/** Whether commands stand inside of a word. */
export function hasCommands({ parts }: Word): boolean {
  return parts.some((part) => part.kind === 'command' || (part.kind === 'other' && part.inner.length > 0));
}

export const noCommands: Node = { kind: 'list', items: [] };
