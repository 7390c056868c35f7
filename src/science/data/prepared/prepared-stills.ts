import { join } from 'node:path';
import type { Skipped } from '../corpus.ts';
import { DataError } from '../data-error.ts';
import { INDEX_FILE, notAnIndex, readIndex, unreadable } from './prepared-folder.ts';
import type { ImageSize } from './prepared-format.ts';
import { openStillsFile } from './stills-format.ts';
import { SPLITS } from '../stills.ts';
import type { LandmarkSet, Split, StillSet } from '../stills.ts';

/** A file of prepared stills: one of the splits, or the annotated pictures. */
export type StillsPart = Split | 'landmarks';

/** `index.json` beside the files of prepared stills: what is in them, for people and for programs. */
export interface StillsIndex {
  readonly format: 1;
  readonly kind: 'stills';
  readonly name: string;
  readonly classes: readonly string[];
  /** Classes of the annotated pictures, which are of another corpus; empty where there are none. */
  readonly landmarkClasses: readonly string[];
  readonly image: ImageSize;
  /** The options that made this data, as given. */
  readonly params: unknown;
  readonly corpora: readonly { readonly corpus: string; readonly subjects: number; readonly pictures: number }[];
  readonly parts: readonly PartEntry[];
  readonly skipped: readonly Skipped[];
  /** In the order of the parts, and within a part in the order of the file's rows. */
  readonly pictures: readonly PictureEntry[];
}

export interface PartEntry {
  readonly part: StillsPart;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly subjects: number;
  readonly pictures: number;
  /** Pictures of each class. */
  readonly perClass: Readonly<Record<string, number>>;
}

export interface PictureEntry {
  readonly id: string;
  readonly subject: string;
  readonly label: string;
  readonly part: StillsPart;
}

export interface PreparedStills {
  readonly index: StillsIndex;
  /** The pictures of one split, verified at each call. Only `val` may be empty. */
  readonly split: (name: Split) => Promise<StillSet>;
  /** The annotated pictures. Throws a DataError where this data was prepared without. */
  readonly landmarks: () => Promise<LandmarkSet>;
}

/** Bytes of pictures up to which a part is held in memory. */
const IN_MEMORY = 2 ** 30;

/**
 * Opens a folder that `prepareStills` wrote; parts with more than `inMemory` bytes of pictures stay on the disk. Throws
 * a DataError when it is none, or damaged.
 */
export async function openStills(directory: string, inMemory = IN_MEMORY): Promise<PreparedStills> {
  const indexPath = join(directory, INDEX_FILE);
  const index = await readIndex(indexPath, isStillsIndex);
  const read = async (part: StillsPart): Promise<LandmarkSet> => {
    const entry = index.parts.find((candidate) => candidate.part === part);
    if (entry === undefined) throw noSuchPart(directory, part);
    const classes = part === 'landmarks' ? index.landmarkClasses : index.classes;
    const path = join(directory, entry.file);
    const expected = { sha256: entry.sha256, classes: classes.length };
    const content = await openStillsFile(path, expected, inMemory).catch((error: unknown) => {
      throw unreadable(path, 'a part of prepared stills', error);
    });
    const members = index.pictures.filter((picture) => picture.part === part);
    if (members.length !== content.labels.length) throw notAnIndex(indexPath, 'other pictures');
    return { ...content, classes, subjects: members.map(({ subject }) => subject), ids: members.map(({ id }) => id) };
  };
  const split = async (name: Split): Promise<StillSet> => {
    const { size, classes, labels, subjects, ids, pictures } = await read(name);
    return { size, classes, labels, subjects, ids, pictures };
  };
  return { index, split, landmarks: () => read('landmarks') };
}

function noSuchPart(directory: string, part: StillsPart): DataError {
  const expected = part === 'landmarks' ? 'pictures with landmarks' : `one of ${SPLITS.join(', ')}`;
  const advice =
    part === 'landmarks'
      ? 'Name an annotated corpus beside the stills, in the corpora of these pictures, and prepare again'
      : 'Run the prepare stage again';
  return new DataError({ where: directory, expected, found: part === 'landmarks' ? 'none' : part, advice });
}

function isStillsIndex(value: unknown): value is StillsIndex {
  if (typeof value !== 'object' || value === null) return false;
  const index = value as Partial<Record<keyof StillsIndex, unknown>>;
  const lists = [index.classes, index.landmarkClasses, index.parts, index.pictures];
  return index.format === 1 && index.kind === 'stills' && lists.every(Array.isArray);
}
