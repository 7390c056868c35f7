import { lstatSync } from 'node:fs';
import path from 'node:path';
import { between, realPlace } from '../../base/real-place.ts';
import { isOutside, toSlashes } from './paths.ts';

/** Where something lies (absolute, links followed), and whether there is anything. Null: links go round. */
interface Place {
  readonly at: string | null;
  readonly isThere: boolean;
}

/** Where paths of a project lead on the disk. Each folder on the way is looked at once. */
export class RealPaths {
  readonly #root: string;
  readonly #realRoot: string | null;
  readonly #known = new Map<string, Place>();

  /** @param root absolute */
  constructor(root: string) {
    this.#root = root;
    this.#realRoot = realPlace(root);
    this.#known.set('.', { at: this.#realRoot, isThere: this.#realRoot !== null });
  }

  /** Where a path leads (absolute), all links followed; it need not exist. Null when links go round. */
  target(file: string): string | null {
    return this.#look(file).at;
  }

  /** Where the entry itself lies (absolute), which may be a link: only the folders on the way to it are followed. */
  entry(file: string): string | null {
    if (file === '.') return this.#realRoot;
    const folder = this.#look(path.posix.dirname(file)).at;
    return folder === null ? null : path.join(folder, path.posix.basename(file));
  }

  /** The path in the project of a place (absolute); null for one that is not in it. */
  inProject(place: string | null): string | null {
    if (this.#realRoot === null || place === null) return null;
    const way = between(this.#realRoot, place);
    return way === '' ? '.' : way;
  }

  #look(file: string): Place {
    const known = this.#known.get(file);
    if (known !== undefined) return known;
    const found = isOutside(file) ? this.#lookOutside(file) : this.#lookInside(file);
    this.#known.set(file, found);
    return found;
  }

  #lookInside(file: string): Place {
    const folder = this.#look(path.posix.dirname(file));
    if (folder.at === null) return folder;
    const at = path.join(folder.at, path.posix.basename(file));
    if (!folder.isThere) return { at, isThere: false };
    const kind = kindOf(at);
    return kind === 'link' ? { at: realPlace(at), isThere: true } : { at, isThere: kind === 'other' };
  }

  /** Few paths lie outside; of these, each folder is resolved once. */
  #lookOutside(file: string): Place {
    const absolute = toSlashes(path.resolve(this.#root, file));
    const above = path.posix.dirname(absolute);
    if (above === absolute) return { at: realPlace(absolute), isThere: true };
    const key = `\0${above}`;
    const folder = this.#known.get(key) ?? { at: realPlace(above), isThere: true };
    this.#known.set(key, folder);
    if (folder.at === null) return folder;
    const at = path.join(folder.at, path.posix.basename(absolute));
    return kindOf(at) === 'link' ? { at: realPlace(at), isThere: true } : { at, isThere: true };
  }
}

function kindOf(file: string): 'link' | 'other' | 'none' {
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return 'none';
    return stat.isSymbolicLink() ? 'link' : 'other';
  } catch {
    return 'none';
  }
}
