import { createReadStream } from 'node:fs';
import { DataError, errorCode } from '../data-error.ts';

/** One row of a table. */
export interface CsvRow {
  readonly fields: readonly string[];
  /** Line of the file where it starts, from 1. */
  readonly line: number;
}

const QUOTE = '"';

/**
 * Rows of a CSV file (RFC 4180), read piece by piece: fields in quotes may hold commas, line ends and doubled quotes.
 * Lines may end in LF, CR LF or CR; a byte order mark and empty lines are passed over. Throws a DataError where the file
 * cannot be read or a quote is never closed.
 */
export async function* csvRows(path: string): AsyncGenerator<CsvRow> {
  const rows = new RowSplitter(path);
  try {
    for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: 2 ** 20 })) {
      yield* rows.take(piece as string);
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === null || error instanceof DataError) throw error;
    const found = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : `an error (${code})`;
    const advice = 'Correct its path in the params file';
    throw new DataError({ where: path, expected: 'a CSV file', found, advice }, { cause: error });
  }
  yield* rows.end();
}

class RowSplitter {
  readonly #path: string;
  #fields: string[] = [];
  #field = '';
  /** In quotes, just after a quote that may be the closing one, or outside. */
  #state: 'plain' | 'quoted' | 'closing' = 'plain';
  #line = 1;
  #startLine = 1;
  #afterReturn = false;
  #atStart = true;

  constructor(path: string) {
    this.#path = path;
  }

  *take(piece: string): Generator<CsvRow> {
    let from = 0;
    if (this.#atStart) {
      this.#atStart = false;
      if (piece.startsWith('\uFEFF')) from = 1;
    }
    for (let at = from; at < piece.length; at++) {
      const character = piece.charCodeAt(at);
      const lineEnd = character === 10 || character === 13;
      // The line feed of a CR LF belongs to the return before it.
      const second = character === 10 && this.#afterReturn;
      this.#afterReturn = character === 13;
      if (lineEnd && !second) this.#line++;
      if (this.#state === 'quoted') {
        if (character === 34) {
          this.#field += piece.slice(from, at);
          from = at + 1;
          this.#state = 'closing';
        }
        continue;
      }
      if (character === 34) {
        // Doubled inside quotes it stands for itself; at the start of a field it opens; elsewhere it is a letter.
        if (this.#state === 'closing') this.#field += QUOTE;
        else if (this.#field !== '' || at > from) continue;
        from = at + 1;
        this.#state = 'quoted';
      } else if (character === 44 || lineEnd) {
        this.#field += piece.slice(from, at);
        from = at + 1;
        this.#state = 'plain';
        if (second) continue;
        this.#fields.push(this.#field);
        this.#field = '';
        if (lineEnd) yield* this.#finish();
      }
    }
    this.#field += piece.slice(from);
  }

  *end(): Generator<CsvRow> {
    if (this.#state === 'quoted') {
      const where = `${this.#path}:${this.#startLine}`;
      const advice = 'Close the quote, or remove it';
      throw new DataError({ where, expected: 'a closing quote', found: 'the end of the file', advice });
    }
    this.#fields.push(this.#field);
    yield* this.#finish();
  }

  *#finish(): Generator<CsvRow> {
    const fields = this.#fields;
    const line = this.#startLine;
    this.#fields = [];
    this.#startLine = this.#line;
    if (fields.length > 1 || (fields[0] ?? '').trim() !== '') yield { fields, line };
  }
}
