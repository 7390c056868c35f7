import { statSync } from 'node:fs';

/** Waits for the file system's clock, not for a length of time: until a new file's time is past the old one's tick. */
export async function untilSettled(file: string): Promise<void> {
  const { ctimeMs } = statSync(file);
  while (Date.now() <= ctimeMs + 20) await new Promise((resolve) => setImmediate(resolve));
}
