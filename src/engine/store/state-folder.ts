import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The folder for what belongs to this copy of the project and never to its history, relative to the root. */
export const stateFolder = '.pipeline';

/**
 * Makes the state folder with a .gitignore that leaves out all of it, itself included. Also a folder without one, which
 * an earlier version or a person made, gets it; one that is there stays as it is. Never throws: where nothing can be
 * written, the first write that matters tells.
 */
export function makeStateFolder(root: string): void {
  const folder = path.join(root, stateFolder);
  const ignore = path.join(folder, '.gitignore');
  if (existsSync(ignore)) return;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(ignore, '# Caches, logs and settings of one machine. Written by the pipeline.\n*\n', { flag: 'wx' });
  } catch {
    // Another process was faster, or the folder is not ours to write into.
  }
}

/** What to say where git tracks files of the state folder. */
export function trackedState(files: readonly string[]): string {
  const [first = stateFolder] = files;
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  return (
    `git tracks ${first}${more}, so that whoever can commit here decides what this machine takes for its own cache ` +
    'and settings'
  );
}

/** The command that ends that; without `--cached` the files go from the disk as well. */
export const untrackState = `git rm -r --cached ${stateFolder}`;
