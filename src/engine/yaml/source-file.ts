import type { Position } from './values.ts';

/** The text of one file and the way from an offset in it to a line and column. */
export class SourceFile {
  /** As positions name it. */
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const lineStarts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
    this.#lineStarts = lineStarts;
  }

  /** The place of `text.slice(start, end)`, cut at the end of its first line. */
  position(start: number, end: number): Position {
    let low = 0;
    for (let high = this.#lineStarts.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= start) low = middle;
      else high = middle - 1;
    }
    const lineStart = this.#lineStarts[low] ?? 0;
    let lineEnd = (this.#lineStarts[low + 1] ?? this.text.length + 1) - 1;
    if (this.text[lineEnd - 1] === '\r' && lineEnd > lineStart) lineEnd--;
    const column = start - lineStart + 1;
    return {
      file: this.file,
      line: low + 1,
      column,
      endColumn: Math.max(Math.min(end, lineEnd) - lineStart + 1, column + 1),
    };
  }

  /** The text of the line that a position is on. */
  line({ line }: Position): string {
    return this.text.slice(this.#lineStarts[line - 1], this.#lineStarts[line]).trimEnd();
  }
}
