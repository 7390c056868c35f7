import { toProjectPath } from '../../paths/paths.ts';
import { isInstalled } from './installed.ts';
import type { Language } from './shell/program-starter.ts';
import type { Node } from './shell/syntax.ts';

/** A file that a command runs, in the project or beside it. */
export interface Program {
  /** Relative to the project's root; one outside as the command names it, absolute or with `..`. */
  readonly file: string;
  /** Where its imports are looked for, if it is in Python: folders in their order, relative to the root. */
  readonly searchPath: readonly string[];
  /** Null where only the file itself tells. */
  readonly language: Language | null;
  /** Where it is started, as far as that is known. */
  readonly directory: string;
}

/** A part of a command that runs something which its text does not tell. */
export interface Doubt {
  /** The script in which it stands; null for the command itself. */
  readonly script: string | null;
  /** As it is written. */
  readonly text: string;
  /** Names, without folders, of files that it may mean. */
  readonly names: readonly string[];
}

/** The files that a command names, without what is installed. */
export interface NamedFiles {
  /** Each once. */
  readonly programs: readonly Program[];
  /** Words that name files and are no programs: data, configurations. */
  readonly others: readonly string[];
  /** Parts of which the text does not tell what they run. */
  readonly doubts: readonly Doubt[];
}

export interface CommandPlace {
  /** Absolute. */
  readonly root: string;
  /** Directory in which the command starts, relative to the root. */
  readonly wdir: string;
  /** Whether a path, relative to the root or absolute, is a regular file. */
  readonly isFile: (file: string) => boolean;
  /** The folder that a Python program at such a path imports from first; by default the one that it is named in. */
  readonly folderOf?: (file: string) => string;
  /** The commands of a shell script; null for any other file. `isSure`: a shell is told to run it. */
  readonly readScript?: (file: string, isSure: boolean) => Node | null;
  /** PYTHONPATH of the environment. */
  readonly pythonPath?: string;
  /** Commands that were read before, as long as the files are what they were. */
  readonly known?: Map<string, NamedFiles>;
}

/** The folders of PYTHONPATH in which more than packages may lie. */
export function environmentFolders({ root, wdir, isFile, pythonPath = '' }: CommandPlace): string[] {
  const folders = pythonPath.split(':').filter((folder) => folder !== '');
  return folders
    .map((folder) => toProjectPath(root, wdir, folder))
    .filter((folder) => !isInstalled(`${folder}/`, isFile));
}
