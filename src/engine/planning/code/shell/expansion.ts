import path from 'node:path';
import type { ShellState } from './state.ts';
import { literalWord, type Node, type Part, type Word } from './syntax.ts';

/** The folder of a script, as scripts write it. */
const folderOfScript = /^\$\{(?:0|BASH_SOURCE(?:\[0\])?)%\/\*\}$/;
const ownName = /^\$\{BASH_SOURCE\[0\]\}$/;

/** Tells the words of a command as far as the text tells them: variables that it sets, where it stands, its own name. */
export class Expander {
  readonly #root: string;

  /** @param root absolute path of the project */
  constructor(root: string) {
    this.#root = root;
  }

  words(words: readonly Word[], state: ShellState): readonly Word[] {
    if (words.every(({ literal }) => literal)) return words;
    return words.flatMap((word) => (word.literal ? word : this.#expanded(word, state)));
  }

  /** A word that is not split: the value of an assignment, a text that is read. What is not known stands as written. */
  word(word: Word, state: ShellState): Word {
    if (word.literal) return word;
    const parts = word.parts.map((part, at): Part => {
      const text = this.#textOf(part, state, at === 0);
      return text === null ? part : { kind: 'text', text };
    });
    const text = parts.map((part) => part.text).join('');
    return parts.every(({ kind }) => kind === 'text') ? literalWord(text) : { text, literal: false, parts };
  }

  #expanded(word: Word, state: ShellState): Word | Word[] {
    const [only, ...others] = word.parts;
    const isAlone = others.length === 0;
    if (isAlone && only?.kind === 'variable' && /^[@*]$/.test(only.name) && state.args !== null)
      return state.args.map(literalWord);
    const whole = this.word(word, state);
    const bare = word.parts.filter((part) => (part.kind === 'variable' || part.kind === 'command') && !part.quoted);
    const texts = bare.map((part) => this.#textOf(part, state, true) ?? '');
    if (!texts.some((text) => text === '' || /[\s*?[]/.test(text))) return whole;
    // The shell splits what is not quoted.
    if (isAlone && whole.literal && !/[*?[]/.test(whole.text))
      return whole.text
        .split(/\s+/)
        .filter((text) => text !== '')
        .map(literalWord);
    return texts.every((text) => text === '') ? whole : word;
  }

  #textOf(part: Part, state: ShellState, isFirst: boolean): string | null {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'variable':
        return this.#variable(part.name, state, isFirst);
      case 'command':
        return this.#output(part.body, state);
      case 'other':
        if (part.text === '~') return part.text;
        if (ownName.test(part.text)) return this.#place(state.source);
        return folderOfScript.test(part.text) ? folderOf(this.#place(state.source)) : null;
    }
  }

  #variable(name: string, state: ShellState, isFirst: boolean): string | null {
    if (name === '0') return this.#place(state.script);
    if (name === 'BASH_SOURCE') return this.#place(state.source);
    if (/^\d+$/.test(name)) return state.args === null ? null : (state.args[Number(name) - 1] ?? '');
    const set = state.variables.get(name);
    if (set !== undefined) return set;
    if (name === 'PWD') return this.#place(only(state.directories));
    return name === 'HOME' && isFirst ? '~' : null;
  }

  /** The text that a substitution puts in its place. */
  #output(body: Node, state: ShellState): string | null {
    if (body.kind === 'chain' || body.kind === 'list') {
      const [first, last, ...more] =
        body.kind === 'list' ? body.items : [body.first, ...body.rest.map(({ node }) => node)];
      if (first?.kind !== 'simple' || last?.kind !== 'simple' || more.length > 0) return null;
      const isWay = first.words[0]?.text === 'cd' && last.words[0]?.text === 'pwd';
      return isWay ? this.#from(state, this.#last(first.words, state)) : null;
    }
    if (body.kind !== 'simple') return null;
    const [name, option] = body.words;
    switch (name?.text ?? '') {
      case 'pwd':
        return this.#place(only(state.directories));
      case 'dirname':
        return folderOf(this.#last(body.words, state));
      case 'realpath':
      case 'readlink':
        return this.#from(state, this.#last(body.words, state));
      case 'echo':
      case 'which':
        return body.words.length === 2 ? this.#last(body.words, state) : null;
      case 'command':
        return option?.text === '-v' && body.words.length === 3 ? this.#last(body.words, state) : null;
      default:
        return null;
    }
  }

  #last(words: readonly Word[], state: ShellState): string | null {
    const word = words.at(-1);
    if (word === undefined || words.length < 2) return null;
    const { literal, text } = this.word(word, state);
    return literal && !text.startsWith('-') ? text : null;
  }

  #from({ directories }: ShellState, text: string | null): string | null {
    if (text === null || path.posix.isAbsolute(text) || text.startsWith('~')) return text;
    const place = this.#place(only(directories));
    return place === null ? null : `${place}/${text}`;
  }

  /** Absolute. Its `..` stay as they are, so that what lies beside the project keeps a name that says so. */
  #place(place: string | null): string | null {
    if (place === null || path.posix.isAbsolute(place)) return place;
    return place === '.' ? this.#root : `${this.#root}/${place}`;
  }
}

function only(folders: readonly string[] | null): string | null {
  return folders?.length === 1 ? (folders[0] ?? null) : null;
}

function folderOf(file: string | null): string | null {
  if (file === null) return null;
  return /(?:^|\/)\.\.?$/.test(file) ? `${file}/..` : path.posix.dirname(file);
}
