import { type Dirent, lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ownFolder } from '../../../base/state-place.ts';
import { type Digest, isDigest } from '../contents/digest.ts';
import type { CacheContents, Garbage, Leftover, StoredObject, StoredRun } from './gc.ts';
import { removeLeftover } from '../remove-tree.ts';
import { parseRunEntry, readEntryText } from './run-cache.ts';

/**
 * Lists a cache. What is being written or removed by others meanwhile may be missing. Throws StateFolderError for a folder
 * of it that is a link.
 */
export function readCache(directory: string): CacheContents {
  return {
    objects: filesIn(ownFolder(path.join(directory, 'objects'))).flatMap(readObject),
    runs: filesIn(ownFolder(path.join(directory, 'runs'))).flatMap(readRun),
    leftovers: [
      ...['tmp', 'objects', 'runs'].flatMap((folder) =>
        filesIn(ownFolder(path.join(directory, folder))).filter((file) => file.endsWith('.tmp')),
      ),
      // Whatever was taken for an object lies here, folders among it.
      ...entriesOf(ownFolder(path.join(directory, 'quarantine'))).map(({ name }) =>
        path.join(directory, 'quarantine', name),
      ),
    ].flatMap(readLeftover),
  };
}

/**
 * Removes garbage from a cache. Runs go before their objects, so that a kill leaves no run that promises what is gone.
 * Returns why leftovers could not be removed, a sentence each.
 */
export function removeGarbage(directory: string, { runs, objects, leftovers }: Garbage): string[] {
  for (const { fingerprint } of runs) rmSync(runFile(directory, fingerprint), { force: true });
  // A directory's manifest says that its files are there, so it goes before them.
  const manifestsFirst = [...objects].sort(
    (a, b) => Number(b.digest.endsWith('.dir')) - Number(a.digest.endsWith('.dir')),
  );
  for (const { digest } of manifestsFirst) rmSync(objectFile(directory, digest), { force: true });
  return leftovers.flatMap(({ file }) => removeLeftover(file) ?? []);
}

function objectFile(directory: string, digest: Digest): string {
  return path.join(directory, 'objects', digest.slice(0, 2), digest.slice(2));
}

function runFile(directory: string, fingerprint: Digest): string {
  return path.join(directory, 'runs', fingerprint.slice(0, 2), `${fingerprint.slice(2)}.json`);
}

function readObject(file: string): StoredObject[] {
  const digest = nameOf(file);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!isDigest(digest) || stat?.isFile() !== true) return [];
  return [{ digest, size: stat.size, changedAt: Math.max(stat.mtimeMs, stat.ctimeMs) }];
}

function readRun(file: string): StoredRun[] {
  const fingerprint = nameOf(file).replace(/\.json$/, '');
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!isDigest(fingerprint) || stat === undefined) return [];
  const text = readEntryText(file);
  const entry = text === null ? null : parseRunEntry(text, fingerprint);
  const artifacts = entry === null ? [] : [...entry.outs.values(), ...(entry.log === null ? [] : [entry.log])];
  return [{ fingerprint, recordedAt: stat.mtimeMs, needs: artifacts.map(({ digest }) => digest) }];
}

function readLeftover(file: string): Leftover[] {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat === undefined ? [] : [{ file, size: stat.size, changedAt: Math.max(stat.mtimeMs, stat.ctimeMs) }];
}

/** Objects and runs lie two levels deep; the folder is the beginning of the name. */
function nameOf(file: string): string {
  return path.basename(path.dirname(file)) + path.basename(file);
}

function filesIn(directory: string): string[] {
  return entriesOf(directory).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    return entry.isDirectory() ? filesIn(file) : [file];
  });
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
