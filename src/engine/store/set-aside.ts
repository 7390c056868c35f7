import { lstatSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from './remove-tree.ts';
import type { Workspace } from './workspace.ts';
import { statePlace } from '../../base/state-place.ts';

/** Below it, an instance has a folder with what its command made but could not be recorded; relative to the root. */
export const rejectedRoot = '.pipeline/rejected';

/** What became of results that could not be recorded. */
export interface SetAside {
  /** Relative to the root. */
  readonly folder: string;
  /** Paths that are in the folder now, under the same names. */
  readonly moved: readonly string[];
  /** Paths that could not be moved and are where they were. */
  readonly left: readonly string[];
}

/**
 * Moves results out of the way of whatever takes them for good ones, but does not remove them: the hours that they took
 * may be worth a look. What lay in the folder from an earlier time goes.
 *
 * @param folder relative to the root, as the paths are
 */
export async function setAside(workspace: Workspace, folder: string, paths: readonly string[]): Promise<SetAside> {
  const { root } = workspace;
  const present = paths.filter((one) => lstatSync(path.join(root, one), { throwIfNoEntry: false }) !== undefined);
  const moved: string[] = [];
  const left: string[] = [];
  // What cannot be removed is in the way of what is moved, which is told.
  if (present.length > 0) await removeTree(statePlace(root, folder)).catch(() => undefined);
  for (const one of present) {
    try {
      workspace.setAside(one, path.join(statePlace(root, folder), one));
      moved.push(one);
    } catch {
      // A mount point, a link out of the project, a full disk: better there than nowhere.
      left.push(one);
    }
  }
  return { folder, moved, left };
}
