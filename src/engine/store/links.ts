/**
 * How a file of the workspace and its object in the cache are kept as one content:
 * - `reflink`: two files that share blocks until one is written (btrfs, XFS, APFS). Costs nothing, and editing is safe.
 * - `hardlink`: one file with two names. Costs nothing, and is therefore read-only, so that an edit cannot reach the cache.
 * - `copy`: two files. Costs twice the space and the time to write it, and works everywhere.
 */
export type LinkType = 'reflink' | 'hardlink' | 'copy';

export const linkTypes: readonly LinkType[] = ['reflink', 'hardlink', 'copy'];
