import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckedOptions } from './options.ts';

/** Says in the corpus itself that it is drawn: nobody who finds the folder should take it for licensed recordings. */
export async function writeNotice(root: string, layout: string, options: CheckedOptions): Promise<void> {
  const { seed, subjects, scale, frames, difficulty } = options;
  const settings = JSON.stringify({ seed, subjects, scale, frames, difficulty }, null, 2);
  const text = `These are drawn faces in the layout of ${layout}, not recordings of people. See docs/synthetic-faces.md.\n\n${settings}\n`;
  await writeFile(join(root, 'SYNTHETIC.txt'), text);
}
