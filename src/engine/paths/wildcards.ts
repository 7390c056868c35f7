/** Any number of characters, none included. */
const STAR = { kind: 'star' } as const;
/** Any one character. */
const ANY = { kind: 'any' } as const;

/** One of the characters of `[...]`, or none of them after `!` or `^`. */
interface CharacterClass {
  readonly kind: 'class';
  readonly negated: boolean;
  readonly ranges: readonly (readonly [from: string, to: string])[];
}

/** A part of a pattern: a character that stands for itself, or a wildcard. */
type Token = string | typeof STAR | typeof ANY | CharacterClass;

/** More words than this that braces stand for are a slip, and trying them all would take its time. */
export const MAX_ALTERNATIVES = 1_000;

/**
 * Whether a text holds a wildcard: `*`, `?`, `[abc]`, `{a,b}` or `{1..3}`. A backslash takes the meaning away. Takes time
 * in proportion to the text, whatever is in it.
 */
export function hasWildcard(text: string): boolean {
  const comma = nextIndex(text, ',');
  const dots = nextIndex(text, '..');
  const brace = nextIndex(text, '}');
  const bracket = nextIndex(text, ']');
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '*' || character === '?') return true;
    else if (character === '[' && bracket(at + 1) > at + 1 && bracket(at + 1) < Infinity) return true;
    else if (character === '{' && brace(at) < Infinity && Math.min(comma(at), dots(at)) < brace(at)) return true;
  }
  return false;
}

/** The next place of a word at or after an index that only grows, so that all questions together read the text once. */
function nextIndex(text: string, word: string): (from: number) => number {
  let known = -1;
  return (from) => {
    if (known < from) {
      const found = text.indexOf(word, from);
      known = found === -1 ? Infinity : found;
    }
    return known;
  };
}

/**
 * A test of names against a pattern of one segment, in time that grows with the product of the two lengths and no
 * faster: a pattern is user text, and a regular expression of it could take for ever. As in a shell, a wildcard does
 * not match a dot at the beginning. Null when braces stand for more than `MAX_ALTERNATIVES` words.
 */
export function segmentMatcher(pattern: string): ((name: string) => boolean) | null {
  const alternatives = expandBraces(pattern)?.map(tokens);
  if (alternatives === undefined) return null;
  return (name) => {
    const characters = Array.from(name);
    return alternatives.some((one) => {
      if (name.startsWith('.') && one[0] !== '.') return false;
      return name !== '' && matches(one, characters);
    });
  };
}

/** A test of texts against a pattern in which only `*` and `?` are wildcards, and nothing escapes them. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const parts = Array.from(pattern, (character): Token => {
    if (character === '*') return STAR;
    return character === '?' ? ANY : character;
  });
  return (name) => matches(parts, Array.from(name));
}

/** A test of texts that consist of these literal texts in order, with anything between one and the next. */
export function gapMatcher(literals: readonly string[]): (text: string) => boolean {
  const parts = literals.flatMap((literal, index): Token[] => [...(index === 0 ? [] : [STAR]), ...Array.from(literal)]);
  return (text) => matches(parts, Array.from(text));
}

/** Goes back to the last star alone: where an earlier one took more, the last could have taken less. */
function matches(pattern: readonly Token[], text: readonly string[]): boolean {
  let [at, read, star, retry] = [0, 0, -1, 0];
  while (read < text.length) {
    const token = pattern[at];
    if (token === STAR) {
      star = at++;
      retry = read;
    } else if (token !== undefined && matchesOne(token, text[read] ?? '')) {
      at++;
      read++;
    } else if (star !== -1) {
      at = star + 1;
      read = ++retry;
    } else return false;
  }
  while (pattern[at] === STAR) at++;
  return at === pattern.length;
}

function matchesOne(token: Token, character: string): boolean {
  if (typeof token === 'string') return token === character;
  if (token.kind !== 'class') return true;
  return token.ranges.some(([from, to]) => from <= character && character <= to) !== token.negated;
}

/** The tokens of a pattern without braces. */
function tokens(pattern: string): readonly Token[] {
  const found: Token[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '\\' && at + 1 < characters.length) found.push(characters[++at] ?? '');
    else if (character === '*') found.push(STAR);
    else if (character === '?') found.push(ANY);
    else if (character === '[') {
      const end = characters.indexOf(']', at + 1);
      // Empty or never closed: a bracket like any other character.
      if (end <= at + 1) {
        found.push(character);
        continue;
      }
      found.push(characterClass(characters.slice(at + 1, end)));
      at = end;
    } else found.push(character);
  }
  return found;
}

function characterClass(inside: readonly string[]): Token {
  const negated = inside.length > 1 && (inside[0] === '!' || inside[0] === '^');
  const members = negated ? inside.slice(1) : inside;
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? '';
    const to = members[at + 1] === '-' ? members[at + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) at += 2;
  }
  return { kind: 'class', negated, ranges };
}

/** The words that `{a,b}` and `{1..3}` stand for; null when there are too many. */
function expandBraces(pattern: string): readonly string[] | null {
  const closing = closingBraces(pattern);
  const words = (from: number, to: number): readonly string[] | null => {
    let found: readonly string[] = [''];
    let literal = '';
    for (let at = from; at < to; at++) {
      const end = closing.get(at);
      const choices = end === undefined ? undefined : choicesOf(at, end);
      if (end === undefined || choices === undefined) {
        // What a backslash escapes stays escaped for the tokens.
        literal += pattern[at] === '\\' ? pattern.slice(at, ++at + 1) : pattern.charAt(at);
        continue;
      }
      if (choices === null || found.length * choices.length > MAX_ALTERNATIVES) return null;
      const before = literal;
      found = found.flatMap((word) => choices.map((choice) => word + before + choice));
      literal = '';
      at = end;
    }
    return found.map((word) => word + literal);
  };
  /** Undefined where the braces are not a choice and stand for themselves. */
  const choicesOf = (open: number, end: number): readonly string[] | null | undefined => {
    const commas = [open, ...commasBetween(open, end), end];
    if (commas.length === 2) return sequence(pattern.slice(open + 1, end));
    const lists = commas.slice(1).map((stop, index) => words((commas[index] ?? open) + 1, stop));
    if (lists.some((list) => list === null)) return null;
    const all = lists.flatMap((list) => list ?? []);
    return all.length > MAX_ALTERNATIVES ? null : all;
  };
  const commasBetween = (open: number, end: number): number[] => {
    const found: number[] = [];
    for (let at = open + 1; at < end; at++) {
      const inner = closing.get(at);
      if (pattern[at] === '\\') at++;
      else if (inner !== undefined) at = inner;
      else if (pattern[at] === ',') found.push(at);
    }
    return found;
  };
  return words(0, pattern.length);
}

/** Where each brace that is closed is closed. */
function closingBraces(pattern: string): ReadonlyMap<number, number> {
  const open: number[] = [];
  const closing = new Map<number, number>();
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '{') open.push(at);
    else if (pattern[at] === '}') {
      const start = open.pop();
      if (start !== undefined) closing.set(start, at);
    }
  }
  return closing;
}

/** `1..3`, `08..11` (as wide as written) or `a..e`; undefined for any other text, null for too many. */
function sequence(inside: string): readonly string[] | null | undefined {
  const [first = '', last = '', ...others] = inside.split('..');
  if (others.length > 0) return undefined;
  const numeric = /^-?\d{1,15}$/;
  const count = (from: number, to: number, text: (value: number) => string): readonly string[] | null => {
    const length = Math.abs(to - from) + 1;
    if (length > MAX_ALTERNATIVES) return null;
    return Array.from({ length }, (_, index) => text(from < to ? from + index : from - index));
  };
  if (numeric.test(first) && numeric.test(last)) {
    const padded = [first, last].some((text) => /^-?0\d/.test(text));
    const width = padded ? Math.max(first.length, last.length) : 0;
    return count(Number(first), Number(last), (value) => {
      const sign = value < 0 ? '-' : '';
      return sign + String(Math.abs(value)).padStart(width - sign.length, '0');
    });
  }
  if (!/^[A-Za-z]$/.test(first) || !/^[A-Za-z]$/.test(last)) return undefined;
  return count(first.charCodeAt(0), last.charCodeAt(0), (value) => String.fromCharCode(value));
}
