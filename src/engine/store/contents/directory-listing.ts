import { type BigIntStats, type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { ArtifactError, VanishedError } from '../../files/artifact-error.ts';
import { type DirectoryRules, ignoreFile } from '../../files/ignore-rules.ts';
import { asReadError, notUtf8 } from '../../files/read-error.ts';
import { whatItIs } from '../../files/regular-file.ts';

export { ArtifactError };

/** A file in a directory, with the path inside it. */
export interface ListedFile {
  readonly inside: string;
  /** Of what a link leads to. */
  readonly stat: BigIntStats;
  /** True when the file itself, or a directory on the way to it, is a symbolic link. */
  readonly linked: boolean;
  /** True when the rules leave it out; such files are listed only where all of a directory is asked for. */
  readonly ignored: boolean;
}

/** Which of a directory's files are wanted. */
export interface Selection {
  /** What does not count; null: everything counts. */
  readonly rules: DirectoryRules | null;
  /** True: what does not count is visited as well, and marked. False: it is not even looked at. */
  readonly whole: boolean;
  /** Paths inside that are passed over, with all that lies below them. */
  readonly without?: ReadonlySet<string>;
}

/** Every file, whether it counts or not. */
export const everyFile: Selection = { rules: null, whole: true };

/** Every wanted file below a directory, in the order of `visitFiles`. */
export function listFiles(root: string, directory: string, selection: Selection = everyFile): ListedFile[] {
  return listDirectory(root, directory, selection).files;
}

/** Every wanted file below a directory, and the paths inside it of folders that hold nothing. */
export function listDirectory(root: string, directory: string, selection: Selection = everyFile): Listing {
  const files: ListedFile[] = [];
  const emptyFolders: EmptyFolder[] = [];
  visitFiles(root, directory, selection, {
    stat: (file) => statSync(file, { throwIfNoEntry: false, bigint: true }),
    visit: (inside, stat, linked, ignored) => void files.push({ inside, stat, linked, ignored }),
    visitEmpty: (folder) => void emptyFolders.push(folder),
  });
  return { files, emptyFolders };
}

/** A folder in a directory in which there is nothing, or nothing that counts. */
export interface EmptyFolder {
  readonly inside: string;
  /** True when it is empty as far as files count; false for one inside what does not count. */
  readonly counted: boolean;
  /** True when there is really nothing in it. */
  readonly whole: boolean;
}

export interface Listing {
  readonly files: ListedFile[];
  readonly emptyFolders: EmptyFolder[];
}

/** How files are looked at, and what happens to each. */
interface Visitor<Stat extends BigIntStats | Stats> {
  readonly stat: (file: string) => Stat | undefined;
  readonly visit: (inside: string, stat: Stat, linked: boolean, ignored: boolean) => void;
  /** Called for a folder, below the directory, in which there is nothing (that counts). */
  readonly visitEmpty: (folder: EmptyFolder) => void;
  /** Called for every entry that is not even looked at because it does not count. */
  readonly leaveOut?: () => void;
}

/**
 * Calls `visit` for every wanted file below a directory, links followed, in the order of the file system.
 *
 * @throws ArtifactError for what has no content to speak of (links that lead nowhere or around themselves, sockets and
 * devices) or cannot be read; VanishedError for what goes away meanwhile
 */
export function visitFiles<Stat extends BigIntStats | Stats>(
  root: string,
  directory: string,
  selection: Selection,
  visitor: Visitor<Stat>,
): void {
  const absolute = path.resolve(root, directory);
  const shown = directory === '.' ? '' : directory;
  const real = reading(root, absolute, shown, () => realpathSync.native(absolute));
  const top: Folder = { absolute, real, shown, inside: '', linked: false, ignored: false };
  new Walk(root, selection, visitor).enter(top, selection.rules, [real]);
}

interface Folder {
  readonly absolute: string;
  /** Where it really lies. Asked of the system for links only: a folder in a folder lies where its name says. */
  readonly real: string;
  readonly shown: string;
  readonly inside: string;
  readonly linked: boolean;
  readonly ignored: boolean;
}

class Walk<Stat extends BigIntStats | Stats> {
  readonly #root: string;
  readonly #selection: Selection;
  readonly #visitor: Visitor<Stat>;

  constructor(root: string, selection: Selection, visitor: Visitor<Stat>) {
    this.#root = root;
    this.#selection = selection;
    this.#visitor = visitor;
  }

  enter(folder: Folder, outerRules: DirectoryRules | null, ancestors: readonly string[]): void {
    const entries = reading(this.#root, folder.absolute, folder.shown, () =>
      readdirSync(folder.absolute, { withFileTypes: true }),
    );
    const rules = ownRules(outerRules, folder, entries);
    let counting = 0;
    for (const entry of entries) {
      const inside = folder.inside === '' ? entry.name : `${folder.inside}/${entry.name}`;
      if (this.#selection.without?.has(inside) === true) continue;
      const isDirectory = entry.isDirectory();
      const ignored = folder.ignored || rules?.ignores(inside, entry.name, isDirectory) === true;
      if (!ignored) counting++;
      if (ignored && !this.#selection.whole) this.#visitor.leaveOut?.();
      else this.#look(folder, entry, { inside, isDirectory, ignored }, rules, ancestors);
    }
    if (folder.inside === '') return;
    const counted = counting === 0 && !folder.ignored && !this.#isAbovePassedOver(folder.inside);
    const whole = entries.length === 0;
    if (counted || whole) this.#visitor.visitEmpty({ inside: folder.inside, counted, whole });
  }

  /** A folder around what is passed over comes and goes with that: it says nothing by itself. */
  #isAbovePassedOver(folder: string): boolean {
    for (const inside of this.#selection.without ?? []) if (inside.startsWith(`${folder}/`)) return true;
    return false;
  }

  #look(
    folder: Folder,
    entry: Dirent,
    {
      inside,
      isDirectory,
      ignored,
    }: { readonly inside: string; readonly isDirectory: boolean; readonly ignored: boolean },
    rules: DirectoryRules | null,
    ancestors: readonly string[],
  ): void {
    const absolute = `${folder.absolute}/${entry.name}`;
    const shown = folder.shown === '' ? entry.name : `${folder.shown}/${entry.name}`;
    const isLink = entry.isSymbolicLink();
    const linked = folder.linked || isLink;
    const enter = (real: string): void => {
      if (ancestors.includes(real))
        throw new ArtifactError(`${shown} is a link to a directory around itself. ${advice}`);
      this.enter({ absolute, real, shown, inside, linked, ignored }, rules, [...ancestors, real]);
    };
    if (isDirectory) {
      enter(`${folder.real}/${entry.name}`);
      return;
    }
    const stat = reading(this.#root, absolute, shown, () => this.#visitor.stat(absolute));
    if (stat?.isFile() === true) this.#visitor.visit(inside, stat, linked, ignored);
    else if (stat?.isDirectory() === true)
      enter(reading(this.#root, absolute, shown, () => realpathSync.native(absolute)));
    // What neither counts nor has content is nothing.
    else if (ignored) return;
    else if (stat !== undefined) throw new ArtifactError(`${shown} ${whatItIs(stat)}. ${advice}`);
    else if (isLink) throw new ArtifactError(`${shown} is a link to something that does not exist. ${advice}`);
    else throw vanished(shown);
  }
}

const advice = 'Remove it, or name it in .pipelineignore if it does not count.';

/** The rules with those of the folder's own file, if it has one. */
function ownRules(
  rules: DirectoryRules | null,
  { inside, ignored }: Folder,
  entries: readonly Dirent[],
): DirectoryRules | null {
  if (rules === null || ignored || !entries.some(({ name }) => name === ignoreFile)) return rules;
  return rules.withFileOf(inside);
}

/** Reads something of a path; an error becomes a sentence about it. */
function reading<Answer>(root: string, absolute: string, shown: string, read: () => Answer): Answer {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw vanished(shown);
    throw asReadError(root, absolute, error);
  }
}

function vanished(shown: string): ArtifactError {
  // Node decodes names as UTF-8: of one that is not, it gives a name that no file has.
  if (shown.includes('\ufffd')) {
    return notUtf8(shown);
  }
  return new VanishedError(`${shown === '' ? '.' : shown} went away while its directory was read`);
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
