/**
 * What does something to a terminal instead of being shown there: control characters, escape sequences by their first
 * one, and marks that turn the direction of the text around them, so that it reads as something else.
 */
const harmful = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

/**
 * A name, a path or a value as one line that only shows: what would do something else is written as an escape. A file
 * may be called by anybody, and a lock file may name anything.
 */
export function visible(text: string): string {
  return text.replace(harmful, escaped);
}

/** The same for a text of several lines, such as a message: its line ends and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(harmful, (mark) => (mark === '\n' || mark === '\t' ? mark : escaped(mark)));
}

/** Colours as this program writes them: of what a message may hold, no more than that reaches the terminal. */
const ownColors = new RegExp(`(${String.fromCharCode(0x1b)}\\[(?:1|2|22|31|32|33|36|39)m)`);

/** The same for a text of several lines that has our own colours in it already. */
export function visibleColored(text: string): string {
  return text
    .split(ownColors)
    .map((part, at) => (at % 2 === 1 ? part : visibleLines(part)))
    .join('');
}

function escaped(mark: string): string {
  const code = mark.codePointAt(0) ?? 0;
  return short[mark] ?? (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`);
}
