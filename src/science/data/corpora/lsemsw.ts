import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { LSEMSW_EXPRESSIONS } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import { classNames, option, readOptions } from '../options.ts';
import type { Still, StillReader } from '../still-corpus.ts';
import type { Split } from '../stills.ts';
import { csvRows } from './csv.ts';
import type { CsvRow } from './csv.ts';
import { describeFolder } from './folders.ts';

const NAME = 'lsemsw';
const FORM = 'a list "path,label,split" of pictures, one a line';

/** Names of the splits as people write them. */
const SPLIT_NAMES: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
  testing: 'test',
};

const COLUMNS = ['path', 'label', 'split'] as const;
type Column = (typeof COLUMNS)[number] | 'subject';

interface Options {
  /** Name of the list where the root is a folder. */
  readonly manifest: string;
  /** Labels that may stand in it. */
  readonly labels: readonly string[];
}

/**
 * LSEMSW, whose layout nobody has published, by a list that its user writes: a CSV file with the columns `path` (of a
 * picture, from the list's folder), `label` (a name, in any case) and `split` (train, val or test), and optionally
 * `subject`. Without a header the first three columns have that order. Any corpus of pictures can be read so. The root
 * is the list or its folder. Options: `manifest` (name of the list, manifest.csv), `labels` (those of LSEMSW).
 */
export const lsemsw: StillReader = {
  name: NAME,
  async read(root, given) {
    const options = readOptions<Options>(`corpus ${NAME}`, given, {
      manifest: option('manifest.csv', 'the name of a file', (v): v is string => typeof v === 'string' && v !== ''),
      labels: classNames(LSEMSW_EXPRESSIONS),
    });
    const list = await findList(root, options.manifest);
    const stills: Still[] = [];
    const lines = new Map<string, number>();
    let columns: Columns | undefined;
    for await (const row of csvRows(list)) {
      if (columns === undefined) {
        const header = readHeader(row, list);
        columns = header ?? { path: 0, label: 1, split: 2 };
        if (header !== null) continue;
      }
      const still = readRow(row, columns, list, options.labels);
      const before = lines.get(still.id);
      if (before !== undefined) {
        const found = `${quoted(still.id)}, which line ${before} has already`;
        const advice = 'Remove one of the two lines: a picture may be in one split only';
        throw new DataError({ where: `${list}:${row.line}`, expected: 'each picture once', found, advice });
      }
      lines.set(still.id, row.line);
      stills.push(still);
    }
    if (stills.length === 0) {
      throw new DataError({ where: list, expected: FORM, found: 'no picture', advice: 'Add the pictures to the list' });
    }
    return { stills, skipped: [], source: basename(list) };
  },
};

async function findList(root: string, manifest: string): Promise<string> {
  const kind = await stat(root).catch(() => null);
  if (kind?.isFile() === true) return root;
  const list = join(root, manifest);
  if ((await stat(list).catch(() => null))?.isFile() === true) return list;
  throw new DataError({
    where: root,
    expected: `${FORM}, or a folder with such a list named ${manifest}`,
    found: kind === null ? 'no such file or folder' : await describeFolder(root),
    advice: 'Write the list (docs/adding-a-corpus.md), or name it in option manifest of wild.options',
  });
}

type Columns = Readonly<Partial<Record<Column, number>> & Record<(typeof COLUMNS)[number], number>>;

/** Where each column stands; null where the first row is a picture already. */
function readHeader({ fields, line }: CsvRow, list: string): Columns | null {
  const names = fields.map((field) => field.trim().toLowerCase());
  const at = (name: Column): number => names.indexOf(name);
  if (COLUMNS.every((name) => at(name) >= 0)) {
    const columns = { path: at('path'), label: at('label'), split: at('split') };
    return at('subject') < 0 ? columns : { ...columns, subject: at('subject') };
  }
  if (names.length === 3 && splitOf(fields[2]) !== undefined) return null;
  throw new DataError({
    where: `${list}:${line}`,
    expected: `the header "path,label,split", or a first picture in these three columns`,
    found: quoted(fields.join(',')),
    advice: 'Name the columns in the first line; others may stand beside them',
  });
}

function readRow({ fields, line }: CsvRow, columns: Columns, list: string, labels: readonly string[]): Still {
  const where = `${list}:${line}`;
  const text = (column: Column): string => fields[columns[column] ?? -1]?.trim() ?? '';
  const missing = COLUMNS.find((column) => text(column) === '');
  if (missing !== undefined) {
    const advice = 'Complete the line, or remove it';
    throw new DataError({ where, expected: `a ${missing}`, found: quoted(fields.join(',')), advice });
  }
  const label = labels.find((known) => known.toLowerCase() === text('label').toLowerCase());
  if (label === undefined) throw unknownLabel(where, text('label'), labels);
  const split = splitOf(text('split'));
  if (split === undefined) {
    const advice = 'Correct the line';
    throw new DataError({ where, expected: 'train, val or test', found: quoted(text('split')), advice });
  }
  const name = text('path')
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '');
  const frame = { kind: 'file', name, path: resolve(dirname(list), name) } as const;
  const subject = text('subject') === '' ? name : text('subject');
  return { corpus: NAME, id: name, subject, label, split, frame };
}

function splitOf(text: string | undefined): Split | undefined {
  return SPLIT_NAMES[text?.trim().toLowerCase() ?? ''];
}

function unknownLabel(where: string, label: string, labels: readonly string[]): DataError {
  const [nearest = ''] = [...labels].sort((a, b) => distance(a, label) - distance(b, label));
  const advice =
    distance(nearest.toLowerCase(), label.toLowerCase()) <= 2
      ? `Write ${nearest} if that is meant`
      : 'Correct it, or list your own labels in option labels';
  const expected = `one of the labels ${labels.join(', ')}`;
  return new DataError({ where, expected, found: quoted(label), advice });
}
