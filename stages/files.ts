/** How stages write their outputs, and the names of files that one stage writes and another reads. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredTensor, writeSafetensors } from '../src/compute/checkpoint.ts';

/** Writes a file under another name first, so that a kill leaves the old one or the new one. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

export function writeJson(path: string, value: unknown): Promise<void> {
  return writeWhole(path, `${JSON.stringify(value, null, 1)}\n`);
}

export const CLASSIFIER = 'classifier.safetensors';
export const GENERATOR = 'generator.safetensors';
export const METHOD = 'method.safetensors';
export const HISTORY = 'history.csv';

/** Writes what a training leaves: its weights under this name, and its history. */
export async function writeTraining(
  directory: string,
  name: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  place: Readonly<Record<string, string | number>>,
  history: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const metadata = Object.fromEntries(Object.entries(place).map(([key, value]) => [key, String(value)]));
  await writeSafetensors(join(directory, name), tensors, metadata);
  await writeWhole(join(directory, HISTORY), history);
}
