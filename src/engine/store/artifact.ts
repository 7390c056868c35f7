import { type Digest, hashBytes, directorySuffix, isDigest } from './digest.ts';

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

export function isArtifact(value: unknown): value is Artifact {
  if (typeof value !== 'object' || value === null) return false;
  const { digest, size, files } = value as Partial<Artifact>;
  return isDigest(digest) && typeof size === 'number' && (files === undefined || typeof files === 'number');
}

export function isDirectory(artifact: Artifact): boolean {
  return artifact.digest.endsWith(directorySuffix);
}

/** The text that stands for a directory's content: one file a line, sorted by the bytes of the path. Empty folders do not count. */
export function serializeManifest(entries: readonly ManifestEntry[]): string {
  const sorted = entries
    .map((entry) => ({ entry, bytes: Buffer.from(entry.path) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const lines = sorted.map(({ entry }) => JSON.stringify([entry.path, entry.digest, entry.size]));
  return lines.map((line) => `${line}\n`).join('');
}

/** The inverse of `serializeManifest`. Throws an Error when the text is not a manifest. */
export function parseManifest(text: string): ManifestEntry[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [path, digest, size, ...rest] = JSON.parse(line) as unknown[];
      if (typeof path !== 'string' || !isDigest(digest) || typeof size !== 'number' || rest.length > 0) {
        throw new Error(`not a line of a directory manifest: ${line}`);
      }
      return { path, digest, size };
    });
}

export function directoryArtifact(entries: readonly ManifestEntry[]): Artifact {
  return {
    digest: `${hashBytes(serializeManifest(entries))}${directorySuffix}` as Digest,
    size: entries.reduce((sum, entry) => sum + entry.size, 0),
    files: entries.length,
  };
}

/** The part of a directory that lies at `inside` (a file or a folder of it), or null when it has no such path. */
export function artifactInside(entries: readonly ManifestEntry[], inside: string): Artifact | null {
  const file = entries.find((entry) => entry.path === inside);
  if (file !== undefined) return { digest: file.digest, size: file.size };
  const prefix = `${inside}/`;
  const below = entries.filter((entry) => entry.path.startsWith(prefix));
  if (below.length === 0) return null;
  return directoryArtifact(below.map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) })));
}
