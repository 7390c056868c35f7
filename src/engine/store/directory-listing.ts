import { type BigIntStats, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
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

/** Every file below a directory, in the order of `visitFiles`. */
export function listFiles(root: string, directory: string): ListedFile[] {
  return listDirectory(root, directory).files;
}

/** Every file below a directory, and the paths inside it of folders that hold nothing. */
export function listDirectory(
  root: string,
  directory: string,
): { readonly files: ListedFile[]; readonly emptyFolders: string[] } {
  const files: ListedFile[] = [];
  const emptyFolders: string[] = [];
  visitFiles(root, directory, {
    stat: (file) => statSync(file, { throwIfNoEntry: false, bigint: true }),
    visit: (inside, stat, linked) => void files.push({ inside, stat, linked }),
    visitEmpty: (inside) => void emptyFolders.push(inside),
  });
  return { files, emptyFolders };
}

/** How files are looked at, and what happens to each. */
interface Visitor<Stat extends BigIntStats | Stats> {
  readonly stat: (file: string) => Stat | undefined;
  readonly visit: (inside: string, stat: Stat, linked: boolean) => void;
  /** Called for a folder, below the directory, in which there is nothing. */
  readonly visitEmpty: (inside: string) => void;
}

/**
 * Calls `visit` for every file below a directory, links followed, in the order of the file system. Throws ArtifactError
 * for what has no content to speak of: links that lead nowhere or around themselves, sockets and devices.
 */
export function visitFiles<Stat extends BigIntStats | Stats>(
  root: string,
  directory: string,
  visitor: Visitor<Stat>,
): void {
  const absolute = path.resolve(root, directory);
  const top: Folder = { absolute, real: realpathSync.native(absolute), shown: directory, inside: '', linked: false };
  walk(top, [top.real], visitor);
}

interface Folder {
  readonly absolute: string;
  /** Where it really lies. Asked of the system for links only: a folder in a folder lies where its name says. */
  readonly real: string;
  readonly shown: string;
  readonly inside: string;
  readonly linked: boolean;
}

function walk<Stat extends BigIntStats | Stats>(
  folder: Folder,
  ancestors: readonly string[],
  visitor: Visitor<Stat>,
): void {
  const entries = readdirSync(folder.absolute, { withFileTypes: true });
  if (entries.length === 0 && folder.inside !== '') visitor.visitEmpty(folder.inside);
  for (const entry of entries) {
    const inside = folder.inside === '' ? entry.name : `${folder.inside}/${entry.name}`;
    const file = `${folder.absolute}/${entry.name}`;
    const isLink = entry.isSymbolicLink();
    const linked = folder.linked || isLink;
    const enter = (real: string): void => {
      const shown = `${folder.shown}/${entry.name}`;
      if (ancestors.includes(real)) throw new ArtifactError(`${shown} is a link to a directory around itself`);
      walk({ absolute: file, real, shown, inside, linked }, [...ancestors, real], visitor);
    };
    if (entry.isDirectory()) {
      enter(`${folder.real}/${entry.name}`);
      continue;
    }
    const stat = visitor.stat(file);
    if (stat?.isFile() === true) visitor.visit(inside, stat, linked);
    else if (stat?.isDirectory() === true) enter(realpathSync.native(file));
    else throw new ArtifactError(`${folder.shown}/${entry.name} ${whatElse(stat, isLink)}`);
  }
}

function whatElse(stat: BigIntStats | Stats | undefined, isLink: boolean): string {
  if (stat !== undefined) return 'is neither a file nor a directory';
  return isLink ? 'is a link to something that does not exist' : 'went away while its directory was read';
}

/**
 * Refuses an output that is a link, and links inside it that lead out of the project: the cache keeps contents, and what
 * lies outside is not the stage's own work. A link inside that stays in the project is kept as what it leads to.
 */
export function refuseLinks(root: string, output: string, files: readonly ListedFile[]): void {
  const absolute = path.resolve(root, output);
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
