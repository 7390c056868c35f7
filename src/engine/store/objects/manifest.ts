import { isCount, type Manifest, type ManifestEntry, serializeManifest } from '../contents/artifact.ts';
import { directorySuffix, isDigest } from '../contents/digest.ts';

/** A text that is not the manifest of any directory, although it may have the digest that it goes by. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/**
 * The inverse of `serializeManifest`. Whoever can write into a cache or a remote decides what a manifest says, so only
 * a text that `serializeManifest` writes for some directory is taken: then every path lies in the directory, and no two
 * are in each other's way.
 *
 * @param windows whether paths are to be made on Windows, where more characters lead elsewhere
 * @throws ManifestError
 */
export function parseManifest(text: string, windows = process.platform === 'win32'): Manifest {
  const files: ManifestEntry[] = [];
  const emptyFolders: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const entry = readLine(line);
    if (typeof entry === 'string') emptyFolders.push(entry);
    else files.push(entry);
  }
  const manifest = { files, emptyFolders };
  refusePaths(manifest, windows);
  if (!isCount(files.reduce((sum, { size }) => sum + size, 0))) throw new ManifestError('the sizes have no sum');
  if (serializeManifest(manifest) !== text) throw new ManifestError('the lines are not sorted or not written plainly');
  return manifest;
}

/** A file, or the path of an empty folder. */
function readLine(line: string): ManifestEntry | string {
  const [path, digest, size, ...rest] = parseList(line);
  if (typeof path === 'string' && path.endsWith('/') && digest === undefined) return path.slice(0, -1);
  const isFile = isDigest(digest) && !digest.endsWith(directorySuffix);
  if (typeof path !== 'string' || !isFile || !isCount(size) || rest.length > 0) {
    throw new ManifestError(`not a line of a directory manifest: ${line.slice(0, 200)}`);
  }
  return { path, digest, size };
}

function parseList(line: string): unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    if (Array.isArray(value)) return value;
  } catch {
    // Told as any other line that is none.
  }
  throw new ManifestError(`not a line of a directory manifest: ${line.slice(0, 200)}`);
}

function refusePaths({ files, emptyFolders }: Manifest, windows: boolean): void {
  const leaves = new Set<string>();
  const folders = new Set<string>();
  for (const path of [...files.map((file) => file.path), ...emptyFolders]) {
    if (!staysInside(path, windows)) throw new ManifestError(`${JSON.stringify(path)} is no path in a directory`);
    if (leaves.has(path)) throw new ManifestError(`${JSON.stringify(path)} is there twice`);
    leaves.add(path);
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = path.slice(0, slash);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  for (const path of leaves) {
    if (folders.has(path)) throw new ManifestError(`${JSON.stringify(path)} is a file or empty, and holds files`);
  }
}

/** True when every segment of the path is the name of something in the folder before it. */
function staysInside(path: string, windows: boolean): boolean {
  // Half a surrogate pair becomes another character on disk, so that two names would be one.
  if (path.includes('\0') || Buffer.from(path).toString() !== path) return false;
  if (windows && /[\\:]/.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
