import { chmodSync, cpSync, lstatSync, readdirSync, renameSync, rmSync, type Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { insideOf, realPlace } from '../../base/real-place.ts';
import { ArtifactError } from './contents/directory-listing.ts';

/**
 * Where an output lies (absolute). Throws ArtifactError when it, or a folder on the way to it, is a link that leads out
 * of the project: what is there is not the pipeline's to remove or to write.
 */
export function outputPlace(root: string, output: string): string {
  const target = path.resolve(root, output);
  const folder = insideOf(root, path.dirname(target));
  if (folder === null) throw outside(output, path.dirname(target));
  const isLink = lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink && insideOf(root, target) === null) throw outside(output, target);
  return target;
}

function outside(output: string, way: string): ArtifactError {
  const place = realPlace(way);
  return new ArtifactError(
    `output ${output} really lies outside the project${place === null ? '' : `, at ${place}`}: a symbolic link leads ` +
      'there. Put a folder where the link is; to keep contents on another disk, set cache.dir.',
  );
}

/** Renames an output out of the way. Throws ArtifactError when that is impossible because something is mounted there. */
export function takeAway(place: string, target: string, output: string): void {
  try {
    renameSync(place, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EBUSY' || (code === 'EXDEV' && isMount(place))) {
      throw new ArtifactError(
        `output ${output} is a mount point, which cannot be replaced. Name a folder inside it as the output.`,
      );
    }
    if (code === 'EXDEV') copyAway(place, target);
    else if (code === 'EACCES' && openUp(place)) renameSync(place, target);
    else {
      // It is the folder around the output that refuses; the place that it was to go to is of no interest.
      throw Object.assign(error as NodeJS.ErrnoException, { path: place, dest: undefined });
    }
  }
}

function copyAway(place: string, target: string): void {
  cpSync(place, target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, errorOnExist: true });
  rmSync(place, { recursive: true, force: true });
}

function isMount(place: string): boolean {
  return lstatSync(place).dev !== lstatSync(path.dirname(place)).dev;
}

/** Removes a file or folder with all in it, also folders that their owner may not write. */
export async function removeTree(place: string): Promise<void> {
  try {
    await rm(place, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    openFolders(place);
    await rm(place, { recursive: true, force: true });
  }
}

function openFolders(place: string): void {
  if (!openUp(place)) return;
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(path.join(place, entry.name));
  }
}

/** Lets the owner of a folder write in it; false when it is no folder. */
function openUp(place: string): boolean {
  const stat: Stats = lstatSync(place);
  if (!stat.isDirectory()) return false;
  chmodSync(place, (stat.mode & 0o777) | 0o700);
  return true;
}
