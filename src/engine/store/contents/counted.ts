import path from 'node:path';
import { type DirectoryRules, leftOutAt } from '../../files/ignore-rules.ts';
import { type Artifact, directoryArtifact, type Manifest, type ManifestEntry, withoutRights } from './artifact.ts';
import { isExecutable } from './digest.ts';
import type { EmptyFolder } from './directory-listing.ts';
import type { DirectoryContent } from './directory-stamps.ts';

/** A file of a directory, and whether it does not count. */
export type CountedEntry = ManifestEntry & { readonly ignored: boolean };

/** What a directory with these files and empty folders holds. */
export function contentOf(entries: readonly CountedEntry[], folders: readonly EmptyFolder[]): DirectoryContent {
  const all = { files: entries, emptyFolders: namesOf(folders.filter(({ whole }) => whole)) };
  const isPlain = entries.every(({ ignored }) => !ignored) && folders.every((folder) => folder.whole && folder.counted);
  const whole = directoryArtifact(all);
  if (isPlain) return { whole, visible: whole, counted: countedIn(all, whole) };
  const visible = visibleEntries(entries, folders);
  const artifact = directoryArtifact(visible);
  return { whole, visible: artifact, counted: countedIn(visible, artifact) };
}

/** The part of a listing that counts. */
export function visibleEntries(entries: readonly CountedEntry[], folders: readonly EmptyFolder[]): Manifest {
  return {
    files: entries.filter(({ ignored }) => !ignored),
    emptyFolders: namesOf(folders.filter(({ counted }) => counted)),
  };
}

/** The part of a directory in the cache that would count on disk, by the rules below it. */
export function visibleIn(manifest: Manifest, rules: DirectoryRules): Manifest {
  const leftOut = new Set<string>();
  const counts = (inside: string, isDirectory: boolean): boolean => {
    const at = leftOutAt(rules, inside, isDirectory);
    if (at !== null) leftOut.add(at);
    return at === null;
  };
  const files = manifest.files.filter((file) => counts(file.path, false));
  const emptyFolders = manifest.emptyFolders.filter((folder) => counts(folder, true));
  if (leftOut.size === 0) return manifest;
  // Folders that hold only what does not count are empty.
  const around = new Set([...leftOut].map((inside) => path.posix.dirname(inside)).filter((folder) => folder !== '.'));
  const present = [...files.map((file) => file.path), ...emptyFolders, ...around];
  const emptied = [...around].filter((folder) => !present.some((one) => one.startsWith(`${folder}/`)));
  return { files, emptyFolders: [...emptyFolders, ...emptied] };
}

/** What of a directory counts where it is an input: the right to execute does not. */
export function countedIn(manifest: Manifest, artifact: Artifact): Artifact {
  return manifest.files.some(({ digest }) => isExecutable(digest))
    ? directoryArtifact(withoutRights(manifest))
    : artifact;
}

function namesOf(folders: readonly EmptyFolder[]): string[] {
  return folders.map(({ inside }) => inside);
}
