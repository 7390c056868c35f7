import { type BigIntStats, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** A path that a stage should not have made: the message says which and why. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}

/** A file in a directory, with the path inside it. */
export interface ListedFile {
  readonly inside: string;
  /** Of what a link leads to. */
  readonly stat: BigIntStats;
  /** True when the file itself, or a directory on the way to it, is a symbolic link. */
  readonly linked: boolean;
}

/**
 * Every file below a directory, links followed. Throws ArtifactError for what has no content to speak of: links that
 * lead nowhere or around themselves, sockets and devices.
 */
export function listFiles(root: string, directory: string): ListedFile[] {
  const found: ListedFile[] = [];
  walk(path.join(root, directory), directory, '', false, new Set(), found);
  return found;
}

function walk(
  absolute: string,
  shown: string,
  inside: string,
  linked: boolean,
  ancestors: ReadonlySet<string>,
  found: ListedFile[],
): void {
  const real = realpathSync(absolute);
  if (ancestors.has(real)) throw new ArtifactError(`${shown} is a link to a directory around itself`);
  const here = new Set([...ancestors, real]);
  for (const entry of readdirSync(absolute, { withFileTypes: true })) {
    const child = inside === '' ? entry.name : `${inside}/${entry.name}`;
    const file = `${absolute}/${entry.name}`;
    const name = `${shown}/${entry.name}`;
    const isLink = entry.isSymbolicLink();
    if (entry.isDirectory()) {
      walk(file, name, child, linked, here, found);
      continue;
    }
    const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
    if (stat === undefined && isLink) throw new ArtifactError(`${name} is a link to something that does not exist`);
    if (stat === undefined) throw new ArtifactError(`${name} went away while its directory was read`);
    if (stat.isDirectory()) walk(file, name, child, linked || isLink, here, found);
    else if (stat.isFile()) found.push({ inside: child, stat, linked: linked || isLink });
    else throw new ArtifactError(`${name} is neither a file nor a directory`);
  }
}

/**
 * Refuses an output that is a link, and links inside it that lead out of the project: the cache keeps contents, and what
 * lies outside is not the stage's own work. A link inside that stays in the project is kept as what it leads to.
 */
export function refuseLinks(root: string, output: string, files: readonly ListedFile[]): void {
  const absolute = path.join(root, output);
  if (lstatSync(absolute, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw new ArtifactError(
      `output ${output} is a symbolic link${leadsOut(root, absolute) ? ' that leads out of the project' : ''}; ` +
        'the cache keeps contents, not links. Write the file itself instead.',
    );
  }
  for (const { inside, linked } of files) {
    if (!linked || !leadsOut(root, path.join(absolute, inside))) continue;
    throw new ArtifactError(
      `${output}/${inside} in output ${output} is reached through a symbolic link that leads out of the project ` +
        `(to ${realpathSync(path.join(absolute, inside))}). Write the file itself instead, or make what it leads to a dep.`,
    );
  }
}

function leadsOut(root: string, file: string): boolean {
  try {
    const relative = path.relative(realpathSync(root), realpathSync(file));
    return relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  } catch {
    return false;
  }
}
