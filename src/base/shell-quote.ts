/** Where a point of a shell command stands: what must be done to a value inserted there. */
export type ShellContext = 'word' | 'single-quotes' | 'double-quotes' | 'elsewhere';

/** Characters that no POSIX shell interprets anywhere in a word. */
const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * A value as text that the shell passes on unchanged from that context, or null when no quoting is certain there.
 *
 * @param safe texts that need no quotes
 */
export function shellQuote(value: string, context: ShellContext, safe = SAFE): string | null {
  if (safe.test(value)) return value;
  if (value.includes('\0')) return null;
  switch (context) {
    case 'word':
      return `'${value.replaceAll("'", `'\\''`)}'`;
    case 'single-quotes':
      return value.replaceAll("'", `'\\''`);
    case 'double-quotes':
      return value.replace(/[\\$`"]/g, '\\$&');
    case 'elsewhere':
      return value === '' ? '' : null;
  }
}

/**
 * Follows shell text from left to right and knows at each point which quotes are open. It knows words, both kinds of
 * quotes, `$(...)` and subshells; in backquotes, here-documents, comments, `$'...'` and `${...}` it answers
 * 'elsewhere', where only values that need no quoting may be inserted.
 */
export class ShellScanner {
  /** Open constructs, innermost last. */
  readonly #open: ('single' | 'double' | 'parenthesis')[] = [];
  #lost = false;
  #comment = false;
  #previous = '';

  get context(): ShellContext {
    const innermost = this.#open.at(-1);
    if (this.#lost || this.#comment) return 'elsewhere';
    if (innermost === 'single') return 'single-quotes';
    if (this.#previous === '\\' || this.#previous === '$') return 'elsewhere';
    return innermost === 'double' ? 'double-quotes' : 'word';
  }

  /** Whether everything that was opened is closed again: what follows is read as at the beginning. */
  get closed(): boolean {
    return this.context === 'word' && this.#open.length === 0;
  }

  /** Notes that a value was inserted here. */
  skipValue(): void {
    this.#previous = 'x';
  }

  read(text: string): void {
    for (let at = 0; at < text.length && !this.#lost; at++) {
      const character = text.charAt(at);
      const innermost = this.#open.at(-1);
      if (this.#comment) this.#comment = character !== '\n';
      else if (innermost === 'single') this.#readInSingleQuotes(character);
      else if (this.#previous === '\\') {
        this.#previous = 'x';
        continue;
      } else if (innermost === 'double') this.#readInDoubleQuotes(character);
      else this.#readWord(character);
      this.#previous = character;
    }
  }

  #readInSingleQuotes(character: string): void {
    if (character === "'") this.#open.pop();
  }

  #readInDoubleQuotes(character: string): void {
    if (character === '"') this.#open.pop();
    else if (character === '(' && this.#previous === '$') this.#open.push('parenthesis');
    else if (character === '`' || (character === '{' && this.#previous === '$')) this.#lost = true;
  }

  #readWord(character: string): void {
    if (character === "'") {
      if (this.#previous === '$') this.#lost = true;
      else this.#open.push('single');
    } else if (character === '"') this.#open.push('double');
    else if (character === '(') {
      // Arithmetic has rules of its own.
      if (this.#previous === '(') this.#lost = true;
      this.#open.push('parenthesis');
    } else if (character === ')') {
      if (this.#open.at(-1) === 'parenthesis') this.#open.pop();
      else this.#lost = true; // a `case` pattern
    } else if (character === '#' && /^[\s;|&()]?$/.test(this.#previous)) this.#comment = true;
    else if (character === '`' || (character === '{' && this.#previous === '$')) this.#lost = true;
    else if (character === '<' && this.#previous === '<') this.#lost = true;
  }
}
