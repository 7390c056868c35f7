import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckedOptions } from './options.ts';

/**
 * Says in the corpus itself that it is drawn: nobody who finds the folder should take it for licensed recordings.
 * `settings` are those it was drawn with.
 */
export async function writeNotice(root: string, layout: string, settings: object): Promise<void> {
  const text = `These are drawn faces in the layout of ${layout}, not recordings of people. See docs/synthetic-faces.md.\n\n${JSON.stringify(settings, null, 2)}\n`;
  await writeFile(join(root, 'SYNTHETIC.txt'), text);
}

/** What a corpus of sequences was drawn with. */
export function settingsOf({ seed, subjects, scale, frames, difficulty }: CheckedOptions): object {
  return { seed, subjects, scale, frames, difficulty };
}
