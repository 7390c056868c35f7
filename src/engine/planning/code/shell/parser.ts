import { Cursor, hasCommands, noCommands, type Redirections } from './cursor.ts';
import { type Branch, literalWord, type Node, type Word } from './syntax.ts';

/** Words that begin a command with others inside. */
const opening = new Set(['{', 'if', 'while', 'until', 'for', 'select', 'case', 'function', 'coproc', 'time']);
/** Commands inside of one another are read to this depth; what lies deeper is none that anybody wrote. */
const deepest = 60;

/**
 * Reads a shell text (POSIX, with what bash adds). It never fails: of what no shell would accept, it reads what it
 * understands.
 */
export function parseShell(text: string): Node {
  return new Parser(text, 0, 0).script();
}

class Parser {
  readonly #cursor: Cursor;
  #depth: number;

  constructor(text: string, at: number, depth: number) {
    this.#depth = depth;
    this.#cursor = new Cursor(text, at, (inner, start) => this.#inside(inner, start));
  }

  script(): Node {
    const items: Node[] = [];
    while (!this.#cursor.isAtEnd()) {
      items.push(this.#list());
      // A word or parenthesis that closes nothing.
      if (!this.#cursor.isAtEnd()) this.#cursor.skipUnknown();
    }
    return asList(items);
  }

  /** The commands up to a closing parenthesis, and the offset behind that. */
  untilParenthesis(): { body: Node; end: number } {
    const items = [this.#list()];
    while (!this.#cursor.isAtEnd() && !this.#cursor.sees(')')) {
      this.#cursor.skipUnknown();
      items.push(this.#list());
    }
    return { body: asList(items), end: this.#cursor.at + 1 };
  }

  #inside(text: string, start: number): { body: Node; end: number } {
    if (this.#depth >= deepest) return { body: noCommands, end: text.length };
    return new Parser(text, start, this.#depth + 1).untilParenthesis();
  }

  #list(): Node {
    const cursor = this.#cursor;
    const items: Node[] = [];
    for (;;) {
      cursor.skip(true);
      if (cursor.isAtEnd() || cursor.isClosing || cursor.sees(')')) break;
      if (cursor.sees(';')) {
        if (cursor.sees(';;') || cursor.sees(';&')) break;
        cursor.take(';');
        continue;
      }
      const before = cursor.at;
      const item = this.#andOr();
      cursor.skip(false);
      const inBackground = !cursor.sees('&&') && cursor.take('&');
      items.push(inBackground ? { kind: 'subshell', body: item } : item);
      // A sign that begins nothing.
      if (cursor.at === before) cursor.moveTo(before + 1);
    }
    return asList(items);
  }

  #andOr(): Node {
    const first = this.#pipeline();
    const rest: { after: 'success' | 'failure'; node: Node }[] = [];
    for (;;) {
      this.#cursor.skip(false);
      const isAnd = this.#cursor.take('&&');
      if (!isAnd && !this.#cursor.take('||')) return rest.length === 0 ? first : { kind: 'chain', first, rest };
      this.#cursor.skip(true);
      rest.push({ after: isAnd ? 'success' : 'failure', node: this.#pipeline() });
    }
  }

  #pipeline(): Node {
    const cursor = this.#cursor;
    let isNegated = false;
    for (cursor.skip(false); cursor.takeReserved('!'); cursor.skip(false)) isNegated = !isNegated;
    const parts = [this.#command()];
    for (cursor.skip(false); !cursor.sees('||') && cursor.take('|'); cursor.skip(false)) {
      cursor.take('&');
      cursor.skip(true);
      parts.push(this.#command());
    }
    const body: Node = parts.length === 1 ? (parts[0] ?? noCommands) : { kind: 'pipeline', parts };
    return isNegated ? { kind: 'not', body } : body;
  }

  #command(): Node {
    if (this.#depth >= deepest) {
      this.#cursor.moveToEnd();
      return noCommands;
    }
    this.#depth++;
    this.#cursor.skip(false);
    const start = this.#cursor.at;
    const compound = this.#compound();
    const node = compound === null ? this.#simple() : this.#withRedirections(compound, start);
    this.#depth--;
    return node;
  }

  #withRedirections(compound: Node, start: number): Node {
    const given: Redirections = { reads: [], inputs: [], writes: [] };
    this.#cursor.skip(false);
    while (this.#cursor.redirection([], given)) this.#cursor.skip(false);
    const { reads, inputs, writes } = given;
    if (reads.length + inputs.length + writes.length === 0) return compound;
    const words: Word[] = [literalWord(':'), ...writes.filter(hasCommands)];
    const simple: Node = { kind: 'simple', words, reads, inputs, text: this.#cursor.since(start) };
    return { kind: 'list', items: [simple, compound] };
  }

  #compound(): Node | null {
    const cursor = this.#cursor;
    if (cursor.sees('((')) {
      const end = cursor.endOfArithmetic();
      if (end !== null) {
        cursor.moveTo(end);
        return noCommands;
      }
    }
    if (cursor.take('(')) {
      const body = asList(this.#untilClosed());
      return { kind: 'subshell', body };
    }
    const word = cursor.reserved;
    if (word === null || !opening.has(word)) return null;
    // Elsewhere `time` is a program like others.
    if (word === 'time') return cursor.takeMatch(/^time\s+(?:-p\s+)?(?=[{(])/) === null ? null : this.#command();
    cursor.take(word);
    switch (word) {
      case '{':
        return this.#until('}');
      case 'if':
        return this.#if();
      case 'for':
      case 'select':
        return this.#for();
      case 'case':
        return this.#case();
      case 'function':
        return this.#function(cursor.word().text);
      case 'coproc':
        return { kind: 'subshell', body: this.#command() };
      default:
        return this.#while();
    }
  }

  #untilClosed(): Node[] {
    const items = [this.#list()];
    while (!this.#cursor.isAtEnd() && !this.#cursor.take(')')) {
      this.#cursor.skipUnknown();
      items.push(this.#list());
    }
    return items;
  }

  /** A list, and the word that ends it. */
  #until(end: string): Node {
    const body = this.#list();
    this.#cursor.takeReserved(end);
    return body;
  }

  #if(): Node {
    const branches: Branch[] = [];
    do branches.push({ condition: this.#until('then'), body: this.#list() });
    while (this.#cursor.takeReserved('elif'));
    const otherwise = this.#cursor.takeReserved('else') ? this.#list() : null;
    this.#cursor.takeReserved('fi');
    return { kind: 'if', branches, otherwise };
  }

  #while(): Node {
    const condition = this.#until('do');
    return { kind: 'loop', condition, variable: null, values: null, body: this.#until('done') };
  }

  #for(): Node {
    const cursor = this.#cursor;
    let variable: string | null = null;
    let values: Word[] | null = null;
    cursor.skip(false);
    if (cursor.sees('((')) cursor.moveTo(cursor.endOfHead());
    else {
      variable = cursor.word().text;
      cursor.skip(true);
      if (cursor.takeReserved('in')) {
        values = [];
        for (cursor.skip(false); cursor.atWord; cursor.skip(false)) values.push(cursor.word());
      }
    }
    cursor.skip(true);
    cursor.take(';');
    cursor.skip(true);
    const isBraced = cursor.takeReserved('{');
    if (!isBraced) cursor.takeReserved('do');
    return { kind: 'loop', condition: null, variable, values, body: this.#until(isBraced ? '}' : 'done') };
  }

  #case(): Node {
    const cursor = this.#cursor;
    const word = cursor.word();
    cursor.skip(true);
    cursor.takeReserved('in');
    const branches: Node[] = [];
    for (cursor.skip(true); !cursor.isAtEnd() && !cursor.takeReserved('esac'); cursor.skip(true)) {
      cursor.take('(');
      // The pattern, of which nothing runs.
      for (cursor.skip(true); !cursor.isAtEnd() && !cursor.take(')'); cursor.skip(true)) {
        if (!cursor.take('|')) cursor.word();
      }
      branches.push(this.#list());
      if (cursor.takeMatch(/^;[;&]&?/) === null && cursor.sees(')')) break;
    }
    return { kind: 'case', word, branches };
  }

  #function(name: string): Node {
    this.#cursor.takeMatch(/^\s*\(\s*\)/);
    this.#cursor.skip(true);
    return { kind: 'function', name, body: this.#command() };
  }

  #simple(): Node {
    const cursor = this.#cursor;
    const start = cursor.at;
    const words: Word[] = [];
    const given: Redirections = { reads: [], inputs: [], writes: [] };
    const isTest = cursor.reserved === '[[';
    for (cursor.skip(false); !cursor.isAtEnd(); cursor.skip(false)) {
      if (isTest && words.at(-1)?.text !== ']]') {
        // Inside of `[[ ]]` the signs compare and join.
        if (cursor.takeMatch(/^[&|()<>\n;]+/) === null) words.push(cursor.word());
        continue;
      }
      if (cursor.redirection(words, given)) continue;
      if (cursor.atWord) words.push(cursor.word());
      else if (words.length === 1 && cursor.takeMatch(/^\(\s*\)/) !== null) return this.#function(words[0]?.text ?? '');
      else break;
    }
    const { reads, inputs, writes } = given;
    const simple: Node = { kind: 'simple', words, reads, inputs, text: cursor.since(start) };
    const targets = writes.filter(hasCommands);
    if (targets.length === 0) return simple;
    const before: Node = { kind: 'simple', words: [literalWord(':'), ...targets], reads: [], inputs: [], text: '' };
    return { kind: 'list', items: [before, simple] };
  }
}

function asList(items: readonly Node[]): Node {
  return items.length === 1 ? (items[0] ?? noCommands) : { kind: 'list', items };
}
