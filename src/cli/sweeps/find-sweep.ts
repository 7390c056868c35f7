import { readdirSync } from 'node:fs';
import path from 'node:path';

/** Folders in which no sweep file is looked for: what programs wrote, and what belongs to packages. */
const skipped = new Set(['node_modules', 'reports', 'runs', 'wandb', 'dist']);
const deepest = 6;

/**
 * The files (relative to the root) that a sweep of this name may come from: its trials say what it is called, not where
 * its file lies. Those nearest to the root come first.
 */
export function sweepFiles(root: string, name: string): string[] {
  const found: string[] = [];
  let folders = ['.'];
  for (let depth = 0; depth < deepest && folders.length > 0; depth++) {
    const below: string[] = [];
    for (const folder of folders) {
      for (const entry of entriesOf(path.join(root, folder))) {
        const inside = path.posix.join(folder, entry.name);
        if (entry.isDirectory()) {
          if (!entry.name.startsWith('.') && !skipped.has(entry.name)) below.push(inside);
        } else if (entry.name === `${name}.yaml` || entry.name === `${name}.yml`) found.push(inside);
      }
    }
    folders = below;
  }
  return found;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that may not be read holds nothing that the sweep was started with.
    return [];
  }
}
