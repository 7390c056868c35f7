import { type Digest, hashBytes, directorySuffix, hashOf, isDigest } from './digest.ts';

/** The content of a path: one file, or a directory with `files` files. `size` in bytes, of all files together. */
export interface Artifact {
  readonly digest: Digest;
  readonly size: number;
  readonly files?: number;
}

/** A file of a directory; `path` relative to it with forward slashes. */
export interface ManifestEntry {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/** The content of a directory: its files, and the folders in it that hold nothing. */
export interface Manifest {
  readonly files: readonly ManifestEntry[];
  /** Paths relative to the directory with forward slashes; the directory itself, if it is empty, is not among them. */
  readonly emptyFolders: readonly string[];
}

export function isArtifact(value: unknown): value is Artifact {
  if (typeof value !== 'object' || value === null) return false;
  const { digest, size, files } = value as Partial<Artifact>;
  return isDigest(digest) && isCount(size) && (files === undefined || isCount(files));
}

export function isDirectory(artifact: Artifact): boolean {
  return artifact.digest.endsWith(directorySuffix);
}

/** True when the two name the same content and say the same about its extent. */
export function isSame(one: Artifact, other: Artifact): boolean {
  return one.digest === other.digest && one.size === other.size && one.files === other.files;
}

/**
 * The text that stands for a directory's content: `[path, digest, size]` a file and `[path/]` an empty folder, one a
 * line, sorted by the bytes of the path.
 */
export function serializeManifest({ files, emptyFolders }: Manifest): string {
  const lines = [
    ...files.map(({ path, digest, size }) => ({ key: path, line: JSON.stringify([path, digest, size]) })),
    ...emptyFolders.map((folder) => ({ key: `${folder}/`, line: JSON.stringify([`${folder}/`]) })),
  ];
  const sorted = lines.map(({ key, line }) => ({ bytes: Buffer.from(key), line }));
  sorted.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return sorted.map(({ line }) => `${line}\n`).join('');
}

export function directoryArtifact(manifest: Manifest): Artifact {
  const { files } = manifest;
  return {
    digest: `${hashBytes(serializeManifest(manifest))}${directorySuffix}` as Digest,
    size: files.reduce((sum, { size }) => sum + size, 0),
    files: files.length,
  };
}

/** The directory without the rights to execute: what it is to a stage that depends on it. */
export function withoutRights({ files, emptyFolders }: Manifest): Manifest {
  return { files: files.map((file) => ({ ...file, digest: hashOf(file.digest) })), emptyFolders };
}

/** The part of a directory that lies at `inside` (a file or a folder of it), or null when it has no such path. */
export function artifactInside({ files, emptyFolders }: Manifest, inside: string): Artifact | null {
  const file = files.find((entry) => entry.path === inside);
  if (file !== undefined) return { digest: file.digest, size: file.size };
  const below = manifestInside({ files, emptyFolders }, inside);
  return below === null ? null : directoryArtifact(below);
}

/** The folder at `inside` of a directory, or null when it has no such folder. */
export function manifestInside({ files, emptyFolders }: Manifest, inside: string): Manifest | null {
  const prefix = `${inside}/`;
  const below = files.filter(({ path }) => path.startsWith(prefix));
  const emptyBelow = emptyFolders.filter((folder) => folder.startsWith(prefix));
  if (below.length === 0 && emptyBelow.length === 0 && !emptyFolders.includes(inside)) return null;
  return {
    files: below.map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) })),
    emptyFolders: emptyBelow.map((folder) => folder.slice(prefix.length)),
  };
}

/** A number of bytes or files that JSON and arithmetic keep exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}
