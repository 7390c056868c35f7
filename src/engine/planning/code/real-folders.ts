import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { toSlashes } from '../../paths/paths.ts';

/**
 * Where programs really lie. Python looks for imports beside the file that a link leads to, and Node resolves every
 * module from there. Keeps the answer of each folder, because most files of a project share a few.
 */
export class RealFolders {
  readonly #root: string;
  readonly #places = new Map<string, string>();

  /** @param root absolute path of the project */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The folder that imports of a file start from: its own, unless the file is a link into another one.
   *
   * @param file relative to the root, or absolute
   * @returns relative to the root, with `..` for one outside
   */
  beside(file: string): string {
    const written = path.posix.dirname(file);
    if (!isLink(path.resolve(this.#root, file))) return written;
    const real = path.dirname(realOf(path.resolve(this.#root, file)));
    return real === this.real(written) ? written : this.#fromRoot(real);
  }

  /** The same, with links among the folders above the file followed as well, as Node does for `../x`. */
  ofModule(file: string): string {
    const beside = this.beside(file);
    const real = this.real(beside);
    const isStraight = real === path.resolve(this.real('.'), beside);
    return isStraight ? beside : this.#fromRoot(real);
  }

  /** The real place of a file or folder, absolute; of one that is not there, the place as it is written. */
  real(place: string): string {
    const known = this.#places.get(place);
    if (known !== undefined) return known;
    const answer = realOf(path.resolve(this.#root, place));
    this.#places.set(place, answer);
    return answer;
  }

  /** Looks at the disk again when it is asked next. */
  refresh(): void {
    this.#places.clear();
  }

  #fromRoot(real: string): string {
    const relative = toSlashes(path.relative(this.real('.'), real));
    return relative === '' ? '.' : relative;
  }
}

function isLink(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}

function realOf(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file;
  }
}
