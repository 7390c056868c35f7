import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Tally } from '../corpus.ts';
import type { Frame } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import type { Image } from '../pictures/images.ts';
import { choice, readOptions } from '../options.ts';
import type { Still, StillReader } from '../still-corpus.ts';
import type { Split } from '../stills.ts';
import { csvRows } from './csv.ts';
import type { CsvRow } from './csv.ts';
import { describeFolder } from './folders.ts';

const NAME = 'fer2013';
const TABLE = 'fer2013.csv';
const VOTES = 'fer2013new.csv';
const SIDE = 48;

/** Labels by their codes in FER2013. */
const CODES = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise', 'neutral'] as const;
/** Columns of votes in FER+, in its order; the last two are no expression. */
const VOTED = ['neutral', 'happiness', 'surprise', 'sadness', 'anger', 'disgust', 'fear', 'contempt'] as const;
const NO_EXPRESSION = ['unknown', 'no face'] as const;

const USAGES: Readonly<Record<string, Split>> = { training: 'train', publictest: 'val', privatetest: 'test' };

interface Options {
  /** `fer2013`: the labels of the table; `ferplus`: the votes of ten people in `fer2013new.csv` beside it. */
  readonly labels: 'fer2013' | 'ferplus';
}

/**
 * FER2013 as one table, `fer2013.csv` with the columns `emotion,pixels,Usage`, and the labels of FER+,
 * `fer2013new.csv`, whose rows are in the same order. The root is the table or its folder. Training, PublicTest and
 * PrivateTest become train, val and test. Option: `labels` (fer2013, ferplus).
 *
 * FER+ by majority, as its authors count: a single vote is an outlier, and a label needs more than half of the votes
 * left. Pictures without majority, of unknown expression or without a face are counted and left out.
 */
export const fer2013: StillReader = {
  name: NAME,
  async read(root, given) {
    const { labels } = readOptions<Options>(`corpus ${NAME}`, given, { labels: choice(['fer2013', 'ferplus']) });
    const table = await findTable(root);
    const tally = new Tally();
    const votes = labels === 'ferplus' ? await readVotes(join(dirname(table), VOTES)) : null;
    const stills: Still[] = [];
    let number = 0;
    let header = true;
    for await (const row of csvRows(table)) {
      if (header) {
        requireHeader(row, table, ['emotion', 'pixels', 'usage']);
        header = false;
        continue;
      }
      const voted = votes?.[number];
      number++;
      if (votes !== null && voted === undefined) throw otherRows(table, votes.length, `more than ${votes.length}`);
      const label = voted === undefined ? codeOf(row, table) : voted.label;
      if (voted?.label === null) tally.add(NAME, 'picture', voted.why);
      if (label !== null) stills.push(toStill(row, table, number, label));
    }
    if (votes !== null && votes.length !== number) throw otherRows(table, votes.length, String(number));
    if (stills.length === 0) {
      const advice = 'Restore the table from the corpus';
      throw new DataError({ where: table, expected: 'at least one labelled picture', found: 'none', advice });
    }
    return { stills, skipped: tally.list(), source: basename(table) };
  },
};

async function findTable(root: string): Promise<string> {
  const kind = await stat(root).catch(() => null);
  if (kind?.isFile() === true) return root;
  for (const table of [join(root, TABLE), join(root, NAME, TABLE)]) {
    if ((await stat(table).catch(() => null))?.isFile() === true) return table;
  }
  throw new DataError({
    where: root,
    expected: `${TABLE}, or the folder that holds it`,
    found: kind === null ? 'no such file or folder' : await describeFolder(root),
    advice: "Correct the corpus's path in the params file",
  });
}

function requireHeader({ fields, line }: CsvRow, path: string, names: readonly string[]): void {
  const found = fields.map((field) => field.trim().toLowerCase());
  if (names.every((name, i) => found[i] === name)) return;
  const advice = 'Restore the table from the corpus';
  const expected = `a table with the columns ${names.join(',')}`;
  throw new DataError({ where: `${path}:${line}`, expected, found: quoted(fields.join(',')), advice });
}

function codeOf({ fields, line }: CsvRow, table: string): string {
  const text = fields[0]?.trim() ?? '';
  const label = /^\d$/.test(text) ? CODES[Number(text)] : undefined;
  if (label !== undefined) return label;
  const expected = 'an emotion from 0 (angry) to 6 (neutral)';
  const advice = 'Restore the table from the corpus';
  throw new DataError({ where: `${table}:${line}`, expected, found: quoted(text), advice });
}

function toStill({ fields, line }: CsvRow, table: string, number: number, label: string): Still {
  const usage = fields[2]?.trim() ?? '';
  const split = USAGES[usage.toLowerCase()];
  if (split === undefined) {
    const expected = 'Training, PublicTest or PrivateTest';
    const advice = 'Restore the table from the corpus';
    throw new DataError({ where: `${table}:${line}`, expected, found: quoted(usage), advice });
  }
  const id = `${usage}/${String(number).padStart(5, '0')}`;
  const data = parsePixels(fields[1] ?? '');
  const load = (): Promise<Image> => {
    if (data !== null) return Promise.resolve({ width: SIDE, height: SIDE, channels: 1, data });
    const expected = `${SIDE * SIDE} whole numbers from 0 to 255`;
    const advice = 'Restore the table from the corpus, or set onBadImage to skip';
    const problem = { where: `${table}:${line}`, expected, found: quoted(fields[1]), advice };
    return Promise.reject(new DataError(problem));
  };
  const frame: Frame = { kind: 'loaded', name: id, load };
  return { corpus: NAME, id, subject: id, label, split, frame };
}

/** Null where the text is not 48 x 48 bytes: the picture is damaged, and the caller of `load` decides what to do. */
function parsePixels(text: string): Uint8Array | null {
  const data = new Uint8Array(SIDE * SIDE);
  let count = 0;
  for (const field of text.trim().split(/\s+/)) {
    const value = /^\d{1,3}$/.test(field) ? Number(field) : 256;
    if (value > 255 || count === data.length) return null;
    data[count++] = value;
  }
  return count === data.length ? data : null;
}

type Vote = { readonly label: string } | { readonly label: null; readonly why: string };

async function readVotes(path: string): Promise<readonly Vote[]> {
  const votes: Vote[] = [];
  let header = true;
  for await (const row of csvRows(path)) {
    if (header) requireHeader(row, path, ['usage', 'image name', ...VOTED, 'unknown', 'nf']);
    else votes.push(majority(row, path));
    header = false;
  }
  return votes;
}

function majority({ fields, line }: CsvRow, path: string): Vote {
  const names = [...VOTED, ...NO_EXPRESSION];
  const counts = names.map((name, i) => {
    const text = fields[i + 2]?.trim() ?? '';
    if (/^\d+$/.test(text)) return Number(text) > 1 ? Number(text) : 0;
    const advice = 'Restore the table from the corpus';
    throw new DataError({ where: `${path}:${line}`, expected: `votes for ${name}`, found: quoted(text), advice });
  });
  const sum = counts.reduce((total, count) => total + count, 0);
  const first = counts.findIndex((count) => 2 * count > sum);
  const label = VOTED[first];
  if (label !== undefined) return { label };
  return { label: null, why: first < 0 ? 'no label has a majority of the votes' : `voted ${names[first] ?? ''}` };
}

function otherRows(table: string, votes: number, found: string): DataError {
  const expected = `as many rows as ${VOTES} has (${votes})`;
  return new DataError({ where: table, expected, found, advice: 'Use tables of the same release' });
}
