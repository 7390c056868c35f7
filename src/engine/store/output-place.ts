import { cpSync, lstatSync, renameSync } from 'node:fs';
import path from 'node:path';
import { insideOf, realPlace } from '../../base/real-place.ts';
import { ArtifactError } from './contents/directory-listing.ts';
import { foreignFolder, openUp, removeTree, removeTreeSync, takeOver } from './remove-tree.ts';

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

/**
 * Removes what is at an output's place. It is gone at once, however much it holds, or it is all there.
 *
 * @param place absolute
 * @param temporary a path to which it can be renamed
 * @throws ArtifactError when it holds what this user may not remove
 */
export async function removeOutput(place: string, temporary: string, output: string): Promise<void> {
  // Asked before, because what is half removed cannot be put back.
  const foreign = foreignFolder(place);
  if (foreign !== null) throw irreplaceable(output, place, foreign);
  takeAway(place, temporary, output);
  try {
    await removeTree(temporary);
  } catch (error) {
    putBack(temporary, place);
    throw error;
  }
}

function putBack(temporary: string, place: string): void {
  try {
    renameSync(temporary, place);
  } catch {
    // What stopped the removal is told; what is left of the output is a leftover, which the next run names.
  }
}

function irreplaceable(output: string, place: string, foreign: string): ArtifactError {
  const inside = path.relative(place, foreign).split(path.sep).join('/');
  const shown = inside === '' ? output : `${output}/${inside}`;
  return new ArtifactError(
    `output ${output} cannot be replaced: the folder ${shown} belongs to another user (${lstatSync(foreign).uid}), as a ` +
      `container leaves it. It stays as it is. Take it over, or remove it, and run again: ${takeOver(output)}`,
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
  removeTreeSync(place);
}

function isMount(place: string): boolean {
  return lstatSync(place).dev !== lstatSync(path.dirname(place)).dev;
}
