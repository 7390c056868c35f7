/**
 * Writes docs/images/contact-sheet.png: a few synthetic people, each neutral, then weak (frame 7) and at the apex of
 * every expression; the last rows show frames as a net sees them, 48 x 48 grey pixels.
 *
 *   tsx bench/faces/contact-sheet.ts [file] [seed] [rows] [cell height]
 */
import sharp from 'sharp';
import { createRandom } from '../../src/base/random.ts';
import { DEFAULT_DIFFICULTY } from '../../src/synthetic/difficulty.ts';
import type { Expression } from '../../src/synthetic/face/expressions.ts';
import { BASIC_EXPRESSIONS } from '../../src/synthetic/face/expressions.ts';
import type { FaceView, Picture } from '../../src/synthetic/face/render.ts';
import { renderFace } from '../../src/synthetic/face/render.ts';
import { perform } from '../../src/synthetic/performance.ts';
import { createSubject } from '../../src/synthetic/subject.ts';
import { writeWord } from '../support/write-word.ts';

const [file = 'docs/images/contact-sheet.png', seed = '4', rowCount = '6', cellHeight = '100'] = process.argv.slice(2);
const EXPRESSIONS: readonly Expression[] = [...BASIC_EXPRESSIONS, 'contempt'];
const rows = Number(rowCount);
const cell = { width: Math.round(Number(cellHeight) * 0.8), height: Number(cellHeight) };
const NET_ROWS = 2;
const FRAMES = 14;
const header = 26;
const sheet = {
  width: cell.width * (1 + 2 * EXPRESSIONS.length),
  height: header + cell.height * rows + cell.width * NET_ROWS,
};
const pixels = new Uint8Array(sheet.width * sheet.height * 3).fill(250);

const ink = [40, 40, 40] as const;
writeWord(pixels, sheet.width, 4, 15, 'neutral', ink);
EXPRESSIONS.forEach((expression, index) => {
  const x = cell.width * (1 + 2 * index);
  writeWord(pixels, sheet.width, x + 4, 4, expression, ink);
  writeWord(pixels, sheet.width, x + 4, 15, 'weak', ink);
  writeWord(pixels, sheet.width, x + cell.width + 4, 15, 'peak', ink);
});

const random = createRandom(Number(seed)).fork('contact sheet');
for (let row = 0; row < rows + NET_ROWS; row++) {
  const person = row < rows ? row : (row - rows) * 2;
  const own = random.fork(person);
  const subject = createSubject(own, DEFAULT_DIFFICULTY);
  EXPRESSIONS.forEach((expression, index) => {
    const { views } = perform(own.fork(expression), subject, expression, FRAMES, DEFAULT_DIFFICULTY);
    const shown = [views[6]!, views[FRAMES - 1]!];
    if (index === 0) place(views[0]!, row, 0);
    shown.forEach((view, i) => place(view, row, 1 + 2 * index + i));
  });
}
await sharp(pixels, { raw: { ...sheet, channels: 3 } })
  .png({ palette: true, colours: 256, dither: 0.4, compressionLevel: 9, effort: 10 })
  .toFile(file);
process.stdout.write(`${file}: ${sheet.width} x ${sheet.height}\n`);

function place(view: FaceView, row: number, column: number): void {
  const left = column * cell.width;
  if (row < rows) {
    const size = { width: Math.round(cell.height * 1.3), height: Math.round(cell.height * 1.3), channels: 3 as const };
    const picture = renderFace({ ...view, camera: { blur: 0.2, noise: 0 } }, size, createRandom(1));
    const top = Math.round(size.height * 0.07);
    copy(picture, Math.round((size.width - cell.width) / 2), top, left, header + row * cell.height);
  } else {
    const picture = renderFace(view, { width: 160, height: 122, channels: 1 }, createRandom(row * 100 + column));
    enlarge(picture, left, header + rows * cell.height + (row - rows) * cell.width);
  }
}

function copy(picture: Picture, fromX: number, fromY: number, toX: number, toY: number): void {
  for (let y = 0; y < cell.height; y++) {
    const from = ((fromY + y) * picture.width + fromX) * 3;
    pixels.set(picture.pixels.subarray(from, from + cell.width * 3), ((toY + y) * sheet.width + toX) * 3);
  }
}

/** The face's box at 48 x 48, each of its pixels shown as a block. */
function enlarge(picture: Picture, toX: number, toY: number): void {
  const xs = picture.landmarks.map(([x]) => x);
  const ys = picture.landmarks.map(([, y]) => y);
  const side = 1.08 * Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const left = (Math.max(...xs) + Math.min(...xs) - side) / 2;
  const top = (Math.max(...ys) + Math.min(...ys) - side) / 2;
  for (let y = 0; y < cell.width; y++) {
    for (let x = 0; x < cell.width; x++) {
      const at = (position: number): number => (Math.floor((position / cell.width) * 48) + 0.5) / 48;
      const value = bilinear(picture, left + at(x) * side, top + at(y) * side);
      pixels.fill(value, ((toY + y) * sheet.width + toX + x) * 3, ((toY + y) * sheet.width + toX + x) * 3 + 3);
    }
  }
}

function bilinear(picture: Picture, x: number, y: number): number {
  const get = (column: number, line: number): number => {
    const inX = Math.min(picture.width - 1, Math.max(0, column));
    const inY = Math.min(picture.height - 1, Math.max(0, line));
    return picture.pixels[inY * picture.width + inX]!;
  };
  const x0 = Math.floor(x - 0.5);
  const y0 = Math.floor(y - 0.5);
  const u = x - 0.5 - x0;
  const v = y - 0.5 - y0;
  const upper = get(x0, y0) * (1 - u) + get(x0 + 1, y0) * u;
  const lower = get(x0, y0 + 1) * (1 - u) + get(x0 + 1, y0 + 1) * u;
  return Math.round(upper * (1 - v) + lower * v);
}
