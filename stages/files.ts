/** How stages write their outputs. */
import { rename, writeFile } from 'node:fs/promises';

/** Writes a file under another name first, so that a kill leaves the old one or the new one. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

export function writeJson(path: string, value: unknown): Promise<void> {
  return writeWhole(path, `${JSON.stringify(value, null, 1)}\n`);
}
