/**
 * Writes docs/images/wild-sheet.png: pictures of the synthetic corpus in the wild, a column a class.
 *
 *   tsx bench/faces/wild-sheet.ts [file] [seed] [rows] [side]
 */
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { parse } from 'yaml';
import { createRandom } from '../../src/base/random.ts';
import type { WildDifficulty } from '../../src/synthetic/wild-difficulty.ts';
import { LSEMSW_EXPRESSIONS } from '../../src/science/data/corpus.ts';
import { drawWild } from '../../src/synthetic/write-wild.ts';
import { writeWord } from '../support/write-word.ts';

const [file = 'docs/images/wild-sheet.png', seed = '1', rowCount = '6', cellSide = '96'] = process.argv.slice(2);
const params = parse(readFileSync('params/default.yaml', 'utf8')) as {
  synthesize: { wild: { difficulty: WildDifficulty } };
};
const { difficulty } = params.synthesize.wild;
const side = Number(cellSide);
const rows = Number(rowCount);
const header = 14;
const sheet = { width: side * LSEMSW_EXPRESSIONS.length, height: header + side * rows };
const pixels = new Uint8Array(sheet.width * sheet.height * 3).fill(250);
const random = createRandom(Number(seed)).fork('wild sheet');
LSEMSW_EXPRESSIONS.forEach((expression, column) => {
  writeWord(pixels, sheet.width, column * side + 4, 4, expression, [40, 40, 40]);
  for (let row = 0; row < rows; row++) {
    const picture = drawWild(random.fork(`${expression} ${row}`), expression, side, difficulty);
    for (let y = 0; y < side; y++) {
      const from = y * side * 3;
      const to = ((header + row * side + y) * sheet.width + column * side) * 3;
      pixels.set(picture.pixels.subarray(from, from + side * 3), to);
    }
  }
});
await sharp(pixels, { raw: { ...sheet, channels: 3 } })
  .png({ palette: true, colours: 256, dither: 0.4, compressionLevel: 9, effort: 10 })
  .toFile(file);
process.stdout.write(`${file}: ${sheet.width} x ${sheet.height}\n`);
