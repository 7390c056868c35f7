import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fchmodSync,
  linkSync,
  lstatSync,
  openSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { smallFile } from '../contents/hasher.ts';
import { readOpened, UnusableFileError } from '../regular-file.ts';

/**
 * How a file of the workspace and its object in the cache are kept as one content:
 * - `reflink`: two files that share blocks until one is written (btrfs, XFS, APFS). Costs nothing, and editing is safe.
 * - `hardlink`: one file with two names. Costs nothing, and is therefore read-only, so that an edit cannot reach the cache.
 * - `copy`: two files. Costs twice the space and the time to write it, and works everywhere.
 */
export type LinkType = 'reflink' | 'hardlink' | 'copy';

export const linkTypes: readonly LinkType[] = ['reflink', 'hardlink', 'copy'];

/** Those that leave outputs as writable as the stage made them. A program that copies or edits one finds no surprise. */
export const defaultLinks: readonly LinkType[] = ['reflink', 'copy'];

/** None of the link types that the settings allow works between two places. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/** Answers of a file system that cannot do a thing at all, whatever the file. */
const unable = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'ENOTTY']);
/** Answers for two places, or for one file: another disk, another owner, too many names. */
const unableHere = new Set(['EXDEV', 'EPERM', 'EMLINK']);

/** An open file with what the system says of it; see `openRegular`. */
export interface Source {
  readonly file: string;
  readonly fd: number;
  readonly stat: Stats;
}

export interface Placement {
  /** False: never a hard link. */
  readonly shared?: boolean;
  /** The mode of a file of its own. */
  readonly mode: number;
  /** The mode of a file that is one with its source: writable by nobody. */
  readonly linkMode: number;
}

/** Makes files that hold what another one holds, by the first link type that the file system can do. */
export class Linker {
  readonly #allowed: readonly LinkType[];
  readonly #unable = new Set<LinkType>();

  constructor(allowed: readonly LinkType[] = defaultLinks) {
    this.#allowed = allowed;
  }

  /**
   * Makes `target`, which must not exist, hold what `source` holds.
   *
   * @returns the link type used
   * @throws LinkError, UnusableFileError when the source cannot be read, or the error of the file system
   */
  async place(source: Source, target: string, placement: Placement): Promise<LinkType> {
    // Where a hard link must not be made, a copy is right even if the settings do not name it.
    const allowed =
      placement.shared === false ? this.#allowed.filter((type) => type !== 'hardlink').concat('copy') : this.#allowed;
    for (const type of allowed) {
      if (this.#unable.has(type)) continue;
      try {
        if (await link[type](source, target, placement)) return type;
        // One file with two names must be nobody else's: a copy is right, whatever the settings name.
        return await this.place(source, target, { ...placement, shared: false });
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        if (type === 'copy' || !(unable.has(code) || unableHere.has(code))) throw error;
        if (unable.has(code)) this.#unable.add(type);
      }
    }
    throw new LinkError(
      `none of the link types that cache.links allows (${this.#allowed.join(', ')}) works between ${source.file} and ` +
        `${target}; add copy to cache.links in .pipeline/config.yaml`,
    );
  }
}

type Link = (source: Source, target: string, placement: Placement) => boolean | Promise<boolean>;

/** Each answers false when the two may not become one. Targets are opened exclusively: nothing is ever overwritten. */
const link: { readonly [Type in LinkType]: Link } = {
  reflink(source, target, { mode }) {
    copyFileSync(openedName(source), target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    chmodSync(target, mode);
    return true;
  },
  hardlink({ file, stat }, target, { linkMode }) {
    linkSync(file, target);
    const now = lstatSync(target);
    // The name may lead to another file than the one that was opened, and another owner may write whenever he likes.
    if (now.ino !== stat.ino || now.dev !== stat.dev || !isOwn(now)) {
      rmSync(target, { force: true });
      return false;
    }
    if ((now.mode & 0o777) !== linkMode) chmodSync(target, linkMode);
    return true;
  },
  async copy(source, target, { mode }) {
    const { fd, stat } = source;
    if (stat.size <= smallFile) writeNew(target, readOpened(fd, stat.size), mode);
    else {
      await copyFile(openedName(source), target, constants.COPYFILE_EXCL).catch((error: unknown) => {
        const { code = '' } = error as NodeJS.ErrnoException;
        throw ['EIO', 'ESTALE'].includes(code)
          ? new UnusableFileError(`${source.file} cannot be read (${code})`)
          : error;
      });
      chmodSync(target, mode);
    }
    return true;
  },
};

function isOwn(stat: Stats): boolean {
  return process.getuid === undefined || stat.uid === process.getuid();
}

/** A name under which the system finds the very file that is open, where it has such names. */
export function openedName({ file, fd }: Pick<Source, 'file' | 'fd'>): string {
  descriptors ??= existsSync('/proc/self/fd');
  return descriptors ? `/proc/self/fd/${fd}` : file;
}
let descriptors: boolean | undefined;

function writeNew(target: string, bytes: Buffer, mode: number): void {
  const fd = openSync(target, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fchmodSync(fd, mode);
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

export function makeWritable(file: string): void {
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o200) === 0) chmodSync(file, mode | 0o200);
}
