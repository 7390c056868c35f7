import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** The folder for what belongs to this copy of the project and never to its history, relative to the root. */
export const stateFolder = '.pipeline';

/** A link where the pipeline keeps files of its own; the message names it and says what to do. */
export class StateFolderError extends Error {
  override readonly name = 'StateFolderError';
}

/**
 * Where a file or folder of the pipeline's own lies (absolute). All that reads, writes or removes below `.pipeline` asks
 * here first: a folder there may have come with an archive or a shared disk, and behind a link would be somebody else's
 * files, which the pipeline would take for its own and remove.
 *
 * @param place relative to the root, with forward slashes: `.pipeline` or below it; need not exist
 * @throws StateFolderError when the place, or a folder on the way to it, is a symbolic link
 */
export function statePlace(root: string, place: string): string {
  let at = root;
  for (const name of place.split('/')) {
    at = path.join(at, name);
    if (!refuseLink(at)) break;
  }
  return path.join(root, place);
}

/**
 * A folder in which the pipeline keeps files of its own, such as one of a cache: the path itself.
 * Throws StateFolderError when it is a symbolic link.
 */
export function ownFolder(folder: string): string {
  refuseLink(folder);
  return folder;
}

/** False when there is nothing, or the system does not let us look: then whatever is done there fails and says so. */
function refuseLink(place: string): boolean {
  let target: string;
  try {
    const stat = lstatSync(place, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() !== true) return stat !== undefined;
    target = readlinkSync(place);
  } catch {
    return false;
  }
  throw new StateFolderError(
    `expected a file or folder of the pipeline's own at ${place}, found a symbolic link to ${target}. The pipeline also ` +
      'removes files there, so it follows no links. Look at what it leads to, remove the link, and run again; to keep ' +
      'the cache elsewhere, set cache.dir',
  );
}
