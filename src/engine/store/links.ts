import { chmodSync, constants, copyFileSync, linkSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { smallFile } from './hasher.ts';

/**
 * How a file of the workspace and its object in the cache are kept as one content:
 * - `reflink`: two files that share blocks until one is written (btrfs, XFS, APFS). Costs nothing, and editing is safe.
 * - `hardlink`: one file with two names. Costs nothing, and is therefore read-only, so that an edit cannot reach the cache.
 * - `copy`: two files. Costs twice the space and the time to write it, and works everywhere.
 */
export type LinkType = 'reflink' | 'hardlink' | 'copy';

export const linkTypes: readonly LinkType[] = ['reflink', 'hardlink', 'copy'];

/** None of the link types that the settings allow works between two places. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/** Answers of a file system that cannot do a thing at all, whatever the file. */
const unable = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'ENOTTY']);
/** Answers for two places, or for one file: another disk, another owner, too many names. */
const unableHere = new Set(['EXDEV', 'EPERM', 'EMLINK']);

/** Makes files that hold what another one holds, by the first link type that the file system can do. */
export class Linker {
  readonly #allowed: readonly LinkType[];
  readonly #unable = new Set<LinkType>();

  constructor(allowed: readonly LinkType[] = linkTypes) {
    this.#allowed = allowed;
  }

  /**
   * Makes `target`, which must not exist, hold what `source` holds. Where that is a hard link, both are one read-only
   * file; else `target` is a writable file of its own.
   *
   * @param options.shared false: never a hard link
   * @returns the link type used
   * @throws LinkError, or the error of the file system
   */
  async place(source: string, target: string, options: { readonly shared?: boolean } = {}): Promise<LinkType> {
    const { shared = true } = options;
    // Where a hard link must not be made, a copy is right even if the settings do not name it.
    const allowed = shared ? this.#allowed : this.#allowed.filter((type) => type !== 'hardlink').concat('copy');
    for (const type of allowed) {
      if (this.#unable.has(type)) continue;
      try {
        await link[type](source, target);
        return type;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        if (type === 'copy' || !(unable.has(code) || unableHere.has(code))) throw error;
        if (unable.has(code)) this.#unable.add(type);
      }
    }
    throw new LinkError(
      `none of the link types that cache.links allows (${this.#allowed.join(', ')}) works between ${source} and ` +
        `${target}; add copy to cache.links in .pipeline/config.yaml`,
    );
  }
}

const link: { readonly [Type in LinkType]: (source: string, target: string) => void | Promise<void> } = {
  reflink(source, target) {
    copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE);
    makeWritable(target);
  },
  hardlink(source, target) {
    linkSync(source, target);
    makeReadOnly(target);
  },
  async copy(source, target) {
    if (statSync(source).size <= smallFile) copyFileSync(source, target);
    else await copyFile(source, target);
    makeWritable(target);
  },
};

/** May be executed by whoever could, and written by nobody. */
export function makeReadOnly(file: string): void {
  setMode(file, (mode) => (mode & 0o111) | 0o444);
}

export function makeWritable(file: string): void {
  setMode(file, (mode) => mode | 0o200);
}

function setMode(file: string, change: (mode: number) => number): void {
  const mode = statSync(file).mode & 0o777;
  const wanted = change(mode);
  if (wanted !== mode) chmodSync(file, wanted);
}
