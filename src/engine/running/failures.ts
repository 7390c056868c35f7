import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { ProcessLockError } from '../../base/locks/holder-file.ts';
import { limitAdvice } from '../executors/limit-advice.ts';
import { CodeError } from '../planning/code/code-closure.ts';
import { ArtifactError } from '../store/contents/directory-listing.ts';
import { LinkError } from '../store/objects/links.ts';
import type { SetAside } from '../store/set-aside.ts';
import type { Failure } from './events.ts';
import { StateFolderError } from '../../base/state-place.ts';

/**
 * An instance whose inputs are no longer what it was judged by.
 *
 * @param files of directories among the names: files in them that were written meanwhile
 */
export function inputsChanged(
  names: readonly string[],
  when: string,
  files: ReadonlyMap<string, readonly string[]> = new Map(),
): Failure {
  const told = names.map((name) => {
    const inside = files.get(name) ?? [];
    return inside.length === 0 ? name : `${name} (${listed(inside, 3)})`;
  });
  const [written] = [...files.values()].flat();
  const advice =
    written === undefined
      ? ''
      : ` If the stage writes ${written} itself, name that in outs, or in .pipelineignore if it does not count.`;
  return {
    type: 'inputs-changed',
    message: `${listed(told, 5)} changed ${when}, so nothing was recorded. Run the pipeline again.${advice}`,
    names,
  };
}

/** An instance whose dependencies are not there. */
export function inputsMissing(paths: readonly string[]): Failure {
  return {
    type: 'inputs-missing',
    message: `its inputs ${paths.join(', ')} do not exist although the stages before it succeeded`,
    paths,
  };
}

/** An instance whose command succeeded without writing all that pipeline.yaml names. */
export function outputsMissing(paths: readonly string[]): Failure {
  return {
    type: 'outputs-missing',
    message: `the command succeeded, but did not write ${paths.join(', ')}, which pipeline.yaml names as output`,
    paths,
  };
}

/** A failure of the machine or of what a stage left, in words; null for an error of this program. */
export function asFailure(error: unknown): Failure | null {
  const isTold = [ArtifactError, LinkError, ProcessLockError, CodeError, StateFolderError].some(
    (kind) => error instanceof kind,
  );
  if (isTold && error instanceof Error) return { type: 'system', message: error.message };
  if (!(error instanceof Error)) return null;
  const { code, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return null;
  const where = refusedPlace(path, dest);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      type: 'system',
      message:
        `the disk is full (writing ${where}), so nothing was recorded. ` +
        'Free some space, for example with `pipeline gc`, and run again.',
    };
  }
  if (code === 'EROFS' || code === 'EACCES') {
    return {
      type: 'system',
      message: `${where} cannot be written or read (${code}), so nothing was recorded. Check the owner and the mode of the directory.`,
    };
  }
  return { type: 'system', message: error.message + limitAdvice(error) };
}

/** Of the two places of a rename, the one that does not allow it; any other error names its place first or alone. */
function refusedPlace(path: string | undefined, dest: string | undefined): string {
  if (path !== undefined && dest !== undefined && !isWritable(dirname(path))) return path;
  return dest ?? path ?? 'a file';
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The failure of a command that succeeded, with the place where its results are. */
export function withResultsAt(failure: Failure, { folder, moved, left }: SetAside): Failure {
  const sentences = [
    ...(moved.length > 0 ? [`What the command made is not lost: it is in ${folder}.`] : []),
    ...(left.length > 0 ? [`${left.join(', ')} could not be moved there: nothing vouches for what is in it.`] : []),
  ];
  if (sentences.length === 0) return failure;
  const told = /[.!?]$/.test(failure.message) ? failure.message : `${failure.message}.`;
  const message = [told, ...sentences].join(' ');
  return moved.length > 0 ? { ...failure, message, resultsIn: folder } : { ...failure, message };
}

function listed(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return names.slice(0, most).join(', ') + more;
}
