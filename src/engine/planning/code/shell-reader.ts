/** A word of a shell command. */
export interface Word {
  /** Quotes and backslashes are taken away; what the shell would expand stands as it is written. */
  readonly text: string;
  /** False when the shell would expand it (a variable, a substitution, a wildcard), so that only running it tells. */
  readonly literal: boolean;
}

/** One command of a shell text with its words, without redirections. */
export interface ShellCommand {
  readonly words: readonly Word[];
  /** Files that it reads by `<`. */
  readonly reads: readonly Word[];
  /** Subshells around it, innermost last: `cd` reaches only what stands in the same one. */
  readonly shells: readonly number[];
}

/** Most of most commands: read in one piece, because there may be thousands of instances. */
const plainPart = /[^\s;&|()<>\\'"$`*?[~]+/y;

const keywords = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!']);
const closing = new Set(['fi', 'done', 'esac', '}']);

/**
 * The commands in a shell text in their order: of lists and pipelines, of several lines, of blocks, subshells and
 * command substitutions. The bodies of here-documents and comments are none. What no shell would accept is read as far
 * as it goes.
 */
export function shellCommands(text: string): ShellCommand[] {
  return new ShellReader(text, { last: 0 }, []).commands();
}

/** A here-document whose body comes after this line. */
interface HereDocument {
  readonly delimiter: string;
  readonly stripTabs: boolean;
}

class ShellReader {
  readonly #text: string;
  readonly #found: ShellCommand[] = [];
  readonly #shells: number[];
  readonly #numbers: { last: number };
  readonly #documents: HereDocument[] = [];
  #at = 0;
  #words: Word[] = [];
  #reads: Word[] = [];
  /** What the next word is: the target of a redirection, or a word of the command. */
  #expects: 'word' | 'read' | 'write' | 'delimiter' | 'tabbed-delimiter' = 'word';
  /** Between `case WORD in` and `esac`. */
  #cases = 0;
  #pattern = false;

  /** @param numbers the last number that a subshell was given, shared with those around and inside */
  constructor(text: string, numbers: { last: number }, shells: readonly number[]) {
    this.#text = text;
    this.#numbers = numbers;
    this.#shells = [...shells];
  }

  commands(): ShellCommand[] {
    while (this.#at < this.#text.length) this.#step();
    this.#end();
    return this.#found;
  }

  #step(): void {
    const rest = this.#text.slice(this.#at, this.#at + 3);
    const character = rest.charAt(0);
    if (character === '\n') {
      this.#at++;
      this.#end();
      this.#skipDocuments();
    } else if (/\s/.test(character)) this.#at++;
    else if (rest.startsWith('\\\n')) this.#at += 2;
    else if (character === '#') this.#skipLine();
    else if (character === ';' || character === '&' || character === '|') this.#operator(rest);
    else if (character === '(') this.#open();
    else if (character === ')') this.#close();
    else if (character === '<' || character === '>') this.#redirection(rest);
    else this.#word();
  }

  #operator(rest: string): void {
    if (/^&>/.test(rest)) {
      this.#at += rest.startsWith('&>>') ? 3 : 2;
      this.#expects = 'write';
      return;
    }
    this.#at += /^(?:;;|&&|\|\||\|&)/.test(rest) ? 2 : 1;
    this.#end();
    if (rest.startsWith(';;') && this.#cases > 0) this.#pattern = true;
  }

  #open(): void {
    this.#at++;
    if (this.#pattern) return;
    // Arithmetic `((...))` holds no commands.
    if (this.#text.charAt(this.#at) === '(' && this.#words.length === 0) {
      const end = this.#text.indexOf('))', this.#at);
      this.#at = end < 0 ? this.#text.length : end + 2;
      return;
    }
    this.#end();
    this.#shells.push(++this.#numbers.last);
  }

  #close(): void {
    this.#at++;
    if (this.#pattern) {
      // The words before were a pattern of `case`.
      this.#pattern = false;
      this.#words = [];
      return;
    }
    this.#end();
    this.#shells.pop();
  }

  #redirection(rest: string): void {
    // `2>` and the like: the number belongs to the redirection.
    const last = this.#words.at(-1);
    if (last !== undefined && /^\d$/.test(last.text) && this.#text.charAt(this.#at - 1) === last.text)
      this.#words.pop();
    if (rest.startsWith('<<<')) [this.#at, this.#expects] = [this.#at + 3, 'write'];
    else if (rest.startsWith('<<-')) [this.#at, this.#expects] = [this.#at + 3, 'tabbed-delimiter'];
    else if (rest.startsWith('<<')) [this.#at, this.#expects] = [this.#at + 2, 'delimiter'];
    else if (rest.startsWith('<(') || rest.startsWith('>(')) {
      this.#at += 2;
      this.#add({ text: this.#substitution(')'), literal: false });
    } else {
      this.#expects = rest.startsWith('<') && !rest.startsWith('<>') ? 'read' : 'write';
      this.#at += /^(?:>>|>\||<>|[<>]&)/.test(rest) ? 2 : 1;
    }
  }

  #word(): void {
    let text = '';
    let literal = true;
    let quoted = false;
    const expand = (written: string): void => {
      text += written;
      literal = false;
    };
    while (this.#at < this.#text.length) {
      plainPart.lastIndex = this.#at;
      const plain = plainPart.exec(this.#text);
      if (plain !== null) {
        text += plain[0];
        this.#at = plainPart.lastIndex;
        continue;
      }
      const character = this.#text.charAt(this.#at);
      if (/[\s;&|()<>]/.test(character)) break;
      if (character === '\\') {
        const next = this.#text.charAt(this.#at + 1);
        if (next !== '\n') text += next;
        this.#at += 2;
        quoted = true;
      } else if (character === "'") {
        const end = this.#text.indexOf("'", this.#at + 1);
        text += this.#text.slice(this.#at + 1, end < 0 ? undefined : end);
        this.#at = end < 0 ? this.#text.length : end + 1;
        quoted = true;
      } else if (character === '"') {
        this.#at++;
        const inner = this.#doubleQuotes();
        if (inner.literal) text += inner.text;
        else expand(inner.text);
        quoted = true;
      } else if (character === '$' || character === '`') {
        const written = this.#expansion();
        if (written === '$') text += written;
        else expand(written);
      } else {
        if (/[*?[~]/.test(character) && (character !== '~' || text === '')) literal = false;
        text += character;
        this.#at++;
      }
    }
    this.#add({ text, literal }, quoted);
  }

  #doubleQuotes(): Word {
    let text = '';
    let literal = true;
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === '"') {
        this.#at++;
        break;
      }
      if (character === '\\') {
        const next = this.#text.charAt(this.#at + 1);
        // Elsewhere in double quotes a backslash stands for itself.
        if (next !== '\n') text += /[$`"\\]/.test(next) ? next : `\\${next}`;
        this.#at += 2;
      } else if (character === '$' || character === '`') {
        const written = this.#expansion();
        text += written;
        if (written !== '$') literal = false;
      } else {
        text += character;
        this.#at++;
      }
    }
    return { text, literal };
  }

  /** Reads from `$` or a backquote and returns what is written there; a `$` that expands nothing comes back alone. */
  #expansion(): string {
    const start = this.#at;
    const rest = this.#text.slice(start, start + 3);
    if (rest.startsWith('`')) {
      this.#at++;
      this.#substitution('`');
    } else if (rest.startsWith('$((')) {
      const end = this.#text.indexOf('))', start);
      this.#at = end < 0 ? this.#text.length : end + 2;
    } else if (rest.startsWith('$(')) {
      this.#at += 2;
      this.#substitution(')');
    } else if (rest.startsWith('${')) {
      const end = this.#text.indexOf('}', start);
      this.#at = end < 0 ? this.#text.length : end + 1;
    } else {
      const name = /^\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])?/.exec(this.#text.slice(start));
      this.#at += name?.[0].length ?? 1;
    }
    return this.#text.slice(start, this.#at);
  }

  /** Reads the commands of a substitution up to its end, and returns its text. */
  #substitution(end: ')' | '`'): string {
    const start = this.#at;
    const stop = end === '`' ? this.#text.indexOf('`', start) : matchingParenthesis(this.#text, start);
    const inner = this.#text.slice(start, stop < 0 ? undefined : stop);
    this.#at = stop < 0 ? this.#text.length : stop + 1;
    const shells = [...this.#shells, ++this.#numbers.last];
    this.#found.push(...new ShellReader(inner, this.#numbers, shells).commands());
    return inner;
  }

  #add(word: Word, quoted = false): void {
    const expected = this.#expects;
    this.#expects = 'word';
    if (expected === 'write') return;
    if (expected === 'read') this.#reads.push(word);
    else if (expected === 'word') this.#addWord(word, quoted);
    else this.#documents.push({ delimiter: word.text, stripTabs: expected === 'tabbed-delimiter' });
  }

  #addWord(word: Word, quoted: boolean): void {
    const first = this.#words.length === 0;
    if (this.#pattern && word.text === 'esac') this.#pattern = false;
    if (!quoted && first && !this.#pattern) {
      if (keywords.has(word.text)) return;
      if (word.text === 'esac') this.#cases--;
      if (closing.has(word.text)) return;
    }
    this.#words.push(word);
    const [name] = this.#words;
    if (name?.text === 'case' && word.text === 'in' && this.#words.length === 3) {
      this.#words = [];
      this.#cases++;
      this.#pattern = true;
    }
  }

  #end(): void {
    this.#expects = 'word';
    const [first] = this.#words;
    // A loop's list, and the head of a function, are no commands.
    const isCommand = first !== undefined && !['for', 'select', 'function'].includes(first.text);
    if (!this.#pattern && (isCommand || this.#reads.length > 0)) {
      const words = isCommand ? this.#words : [];
      this.#found.push({ words, reads: this.#reads, shells: [...this.#shells] });
    }
    this.#words = [];
    this.#reads = [];
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #skipDocuments(): void {
    for (const { delimiter, stripTabs } of this.#documents.splice(0)) {
      while (this.#at < this.#text.length) {
        const end = this.#text.indexOf('\n', this.#at);
        const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
        this.#at = end < 0 ? this.#text.length : end + 1;
        if ((stripTabs ? line.replace(/^\t+/, '') : line) === delimiter) break;
      }
    }
  }
}

/** The offset of the parenthesis that closes one opened before `start`; -1 when there is none. */
function matchingParenthesis(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === "'") at = endOf(text, "'", at);
    else if (character === '"') at = endOfDoubleQuotes(text, at);
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at;
  }
  return -1;
}

function endOf(text: string, mark: string, at: number): number {
  const end = text.indexOf(mark, at + 1);
  return end < 0 ? text.length : end;
}

function endOfDoubleQuotes(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++;
    else if (text.charAt(at) === '"') return at;
  }
  return text.length;
}
