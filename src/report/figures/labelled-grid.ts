import { Canvas } from '../charts/canvas.ts';
import { HEIGHT, textWidth } from '../charts/font.ts';
import type { Picture } from '../picture-grid.ts';

const DOT = 2;
const GAP = 6;
const INK = [34, 34, 34] as const;
/** Pictures are enlarged to about so many pixels, so that labels fit above them. */
const SIDE = 128;

/**
 * Equally large pictures in rows and columns with their names: PNG bytes. An empty place stays white.
 *
 * @throws RangeError without a picture
 */
export function labelledGrid(
  columns: readonly string[],
  rows: readonly { readonly label: string; readonly pictures: readonly Picture[] }[],
): Uint8Array {
  const first = rows.flatMap(({ pictures }) => pictures)[0];
  if (!first) throw new RangeError('a grid needs at least one picture');
  const zoom = Math.max(1, Math.round(SIDE / first.width));
  const [cellWidth, cellHeight] = [first.width * zoom + GAP, first.height * zoom + GAP];
  const left = Math.max(...rows.map(({ label }) => textWidth(label) * DOT)) + 3 * GAP;
  const top = HEIGHT * DOT + 3 * GAP;
  const canvas = new Canvas(left + columns.length * cellWidth + GAP, top + rows.length * cellHeight + GAP);
  const letters = HEIGHT * DOT;
  columns.forEach((name, column) => {
    const middle = left + column * cellWidth + (cellWidth - GAP) / 2;
    canvas.text(name, Math.round(middle - (textWidth(name) * DOT) / 2), top - letters - GAP, DOT, INK);
  });
  rows.forEach(({ label, pictures }, row) => {
    const y = top + row * cellHeight;
    canvas.text(label, left - textWidth(label) * DOT - 2 * GAP, y + Math.round((cellHeight - letters) / 2), DOT, INK);
    pictures.forEach((picture, column) => canvas.picture(picture, left + column * cellWidth, y, zoom));
  });
  return canvas.toPng();
}
