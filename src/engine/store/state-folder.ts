import { type Dirent, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stateFolder, statePlace } from '../../base/state-place.ts';

/** A person may keep the settings of several projects in one place: they are only read. */
const mayBeLinks: readonly string[] = ['config.yaml'];

/**
 * Refuses a state folder of which a part is elsewhere, before a stage has run for hours: each place is asked for again
 * where it is used. Throws StateFolderError.
 */
export function refuseLinkedState(root: string): void {
  for (const entry of entriesOf(statePlace(root, stateFolder))) {
    if (entry.isSymbolicLink() && !mayBeLinks.includes(entry.name)) statePlace(root, `${stateFolder}/${entry.name}`);
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // None yet, or not to be read: what needs it says so.
    return [];
  }
}

/**
 * Makes the state folder with a .gitignore that leaves out all of it, itself included. Also a folder without one, which
 * an earlier version or a person made, gets it; one that is there stays as it is. Never throws: where nothing can be
 * written, the first write that matters tells.
 */
export function makeStateFolder(root: string): void {
  try {
    const folder = statePlace(root, stateFolder);
    const ignore = path.join(folder, '.gitignore');
    if (existsSync(ignore)) return;
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
