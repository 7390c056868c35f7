import { renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Renames over whatever has the name, also over a folder: where a file belongs, that can only be damage. */
export function putInPlace(temporary: string, target: string): void {
  try {
    renameSync(temporary, target);
  } catch (error) {
    if (!['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
  }
}

/** Waits until the disk has the file. Asynchronous, because the system flushes many at once in the time of one. */
export async function flushFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
