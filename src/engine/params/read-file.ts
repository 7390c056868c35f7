import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { whyUnreadable } from '../files/read-error.ts';
import { readRegularFile } from '../files/regular-file.ts';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { isOutside, toSlashes } from '../paths/paths.ts';
import { closest } from '../../base/suggest.ts';
import type { Position } from '../yaml/values.ts';

/** A file's text without a byte order mark, and its name as positions give it. */
export interface NamedText {
  readonly file: string;
  readonly text: string;
}

/** Larger than anything that a person writes; reading it would only fill the memory. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Reads a file that a person named at `at`; null after a diagnostic. */
export function readNamed(
  root: string,
  path: string,
  what: string,
  at: Position | null,
  diagnostics: DiagnosticList,
): NamedText | null {
  const absolute = resolve(root, path);
  const inside = toSlashes(relative(root, absolute)) || '.';
  const file = isAbsolute(path) && isOutside(inside) ? toSlashes(absolute) : inside;
  try {
    const { size } = statSync(absolute);
    if (size > MAX_BYTES) {
      diagnostics.add('unreadable', at, `the ${what} ${file} ${tooLarge(size)}`);
      return null;
    }
    const bytes = readRegularFile(absolute);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { file, text };
  } catch (error) {
    const near = (error as { code?: unknown }).code === 'ENOENT' ? neighbour(absolute) : null;
    const hint = near === null ? undefined : `did you mean "${toSlashes(relative(root, near))}"?`;
    diagnostics.add('unreadable', at, `the ${what} ${file} ${reason(error)}`, { hint });
    return null;
  }
}

function tooLarge(size: number): string {
  const megabytes = (size / 1024 / 1024).toFixed(1);
  return `has ${megabytes} MiB, and at most ${MAX_BYTES / 1024 / 1024} MiB are read; keep data in files that stages name in "deps"`;
}

/** The file beside it that a misspelt name most likely meant. */
function neighbour(absolute: string): string | null {
  try {
    const near = closest(basename(absolute), readdirSync(dirname(absolute)));
    return near === null ? null : join(dirname(absolute), near);
  } catch {
    return null;
  }
}

function reason(error: unknown): string {
  if ((error as { code?: unknown }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'is not UTF-8 text';
  return whyUnreadable(error) ?? `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

/** Plain sources for rendering diagnostics: the text of a file named in a position, or null. */
export function sourceReader(root: string): (file: string) => string | null {
  return (file) => {
    try {
      return readRegularFile(resolve(root, file))
        .toString('utf8')
        .replace(/^\ufeff/, '');
    } catch {
      return null;
    }
  };
}
