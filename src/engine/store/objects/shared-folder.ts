import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ownFolder } from '../../../base/state-place.ts';

/**
 * Makes a folder below a cache or remote, and those between, with the mode and group of `root`. So a root that a group
 * may write into, or everybody, stays one whatever the umask of the person who came first: the same as in git's
 * core.sharedRepository.
 *
 * @param mend true: also gives the mode to folders of one's own that are there and differ, such as those of earlier
 *   versions
 * @throws StateFolderError when one of the folders is a link
 */
export function makeFolder(root: string, folder: string, { mend = false } = {}): void {
  if (folder !== root) ownFolder(folder);
  const known = statSync(folder, { throwIfNoEntry: false });
  if (known?.isDirectory() === true) {
    const isOwn = process.getuid !== undefined && known.uid === process.getuid();
    if (mend && isOwn && folder !== root) shareAs(root, folder, 0o7777);
    return;
  }
  if (folder === root) {
    mkdirSync(root, { recursive: true });
    return;
  }
  makeFolder(root, path.dirname(folder), { mend });
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else makes the same folder, and shares it.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(folder).isDirectory()) return;
    throw error;
  }
  shareAs(root, folder, 0o7777);
}

/**
 * Gives a folder or file of one's own below `root` the mode and group of it.
 *
 * @param bits of the mode that it may have
 */
export function shareAs(root: string, file: string, bits: number): void {
  const wanted = statSync(root);
  const mode = wanted.mode & bits;
  const now = statSync(file);
  if (now.gid !== wanted.gid) {
    try {
      chownSync(file, -1, wanted.gid);
    } catch {
      // Only a member may give a file to a group; the mode is all that can be shared then.
    }
  }
  if ((now.mode & 0o7777) !== mode || now.gid !== wanted.gid) chmodSync(file, mode);
}
