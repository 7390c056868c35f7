/**
 * The files of a run that may be uploaded: those that lie in its own directory. A run directory may come from anybody,
 * and what it names must not choose what leaves this machine.
 */
import { lstatSync, statSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { insideOf, realPlace } from '../../base/real-place.ts';
import { readRegularFile } from './regular-file.ts';
import { UploadError } from './upload-error.ts';

/** Whether there is something to upload under a name of a `files` record. A directory is none, as for the official client. */
export function hasRunFile(directory: string, name: string): boolean {
  const stat = statSync(fileOf(directory, name), { throwIfNoEntry: false });
  return stat !== undefined && !stat.isDirectory();
}

/** The content of a file of a run, by its name below `files`. Throws an UploadError where it lies elsewhere. */
export function readRunFile(directory: string, name: string): Buffer {
  return readBelow(directory, 'files', fileOf(directory, name));
}

function fileOf(directory: string, name: string): string {
  if (!staysBelow(name)) throw refused(`files/${name}`, 'its name leads out of the run');
  return join(directory, 'files', name);
}

/**
 * The content of a file of an artifact. It is where the run's record says, as long as that is in the run's `artifacts`;
 * where the directory was moved, it is looked for there. Throws an UploadError where it is gone or lies elsewhere.
 */
export function readArtifactFile(
  directory: string,
  artifact: string,
  { path, recorded }: { readonly path: string; readonly recorded: string },
): Buffer {
  const label = `${path} of the artifact ${artifact}`;
  if (!staysBelow(artifact) || !staysBelow(path)) throw refused(label, 'its name leads out of the run');
  const moved = join(directory, 'artifacts', artifact, path);
  const found = [moved, recorded].find((file) => file !== '' && lstatSync(file, { throwIfNoEntry: false }));
  if (found === undefined) throw new UploadError(`${JSON.stringify(label)} is gone: ${moved}`, { transient: false });
  return readBelow(directory, 'artifacts', found);
}

/** Whether a name of a run's record is relative and goes down only. */
function staysBelow(name: string): boolean {
  if (name === '' || name.includes('\0') || isAbsolute(name)) return false;
  const parts = name.split(sep === '/' ? '/' : /[/\\]/);
  return !parts.some((part) => part === '' || part === '.' || part === '..');
}

function readBelow(directory: string, folder: string, file: string): Buffer {
  if (insideOf(directory, file)?.startsWith(`${folder}/`) !== true) {
    throw refused(file, `it is ${realPlace(file) ?? 'nowhere'}, outside ${join(directory, folder)}`);
  }
  try {
    return readRegularFile(file);
  } catch (error) {
    throw new UploadError(error instanceof Error ? error.message : String(error), { transient: false });
  }
}

function refused(what: string, why: string): UploadError {
  return new UploadError(`refused to upload ${JSON.stringify(what)}: ${why}`, { transient: false });
}
