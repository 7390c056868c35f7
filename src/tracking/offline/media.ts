/** Pictures and tables as files of a run, and the values that stand for them in its history. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TrackedImage, TrackedTable } from '../tracker.ts';
import { toWandbJson } from './records.ts';

/** A file that was put below a run's `files`, and the value that refers to it. */
export interface Media {
  /** Relative to `files`, with forward slashes. */
  readonly path: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Copies a PNG into the run, so that it stays as it is now. Throws where the file is missing or no PNG. */
export function addImage(files: string, key: string, step: number, image: TrackedImage): Media {
  const bytes = readFileSync(image.path);
  const sha256 = sha256Of(bytes);
  const path = `media/images/${fileName(key, step, sha256)}.png`;
  const { width, height } = pngSize(bytes, image.path);
  mkdirSync(dirname(join(files, path)), { recursive: true });
  copyFileSync(image.path, join(files, path));
  const caption = image.caption === undefined ? {} : { caption: image.caption };
  const value = { _type: 'image-file', path, format: 'png', width, height, sha256, size: bytes.length, ...caption };
  return { path, value };
}

/** Writes a table into the run. */
export function addTable(files: string, key: string, step: number, { columns, rows }: TrackedTable): Media {
  const bytes = Buffer.from(toWandbJson({ columns, data: rows }));
  const sha256 = sha256Of(bytes);
  const path = `media/table/${fileName(key, step, sha256)}.table.json`;
  mkdirSync(dirname(join(files, path)), { recursive: true });
  writeFileSync(join(files, path), bytes);
  const value = { _type: 'table-file', path, sha256, size: bytes.length, ncols: columns.length, nrows: rows.length };
  return { path, value };
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function fileName(key: string, step: number, sha256: string): string {
  return `${key.replaceAll(/[^\w.-]/g, '_')}_${step}_${sha256.slice(0, 20)}`;
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Width and height in pixels, from the header chunk that every PNG begins with. */
function pngSize(bytes: Buffer, path: string): { readonly width: number; readonly height: number } {
  if (bytes.length < 24 || !bytes.subarray(0, 8).equals(PNG_SIGNATURE)) {
    throw new TypeError(`expected a PNG to track, found another kind of file: ${path}`);
  }
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
