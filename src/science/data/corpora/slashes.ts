import type { Random } from '../../../base/random.ts';
import type { DrawingPictures } from '../../../params/pictures.ts';
import { cos, sin } from '../../../base/deterministic-math.ts';
import type { GreyImage } from '../pictures/images.ts';

export type Range = readonly [low: number, high: number];

/** How a drawing is destroyed (section 4.6 of the paper: "adding slashes"). */
export type SlashStyle = DrawingPictures['slashes'];

const INK = 0;
const PAPER = 255;
const DEGREE = 0.017453292519943295;

/**
 * A copy of a drawing (dark ink on white paper) with slashes over it, their middles spread over the part that has ink.
 * Their ends are square, their edges smooth.
 */
export function drawSlashes(drawing: GreyImage, style: SlashStyle, random: Random): GreyImage {
  const { width, height } = drawing;
  const side = Math.min(width, height);
  const data = Uint8Array.from(drawing.data);
  const box = inkBox(drawing);
  const [least, most] = style.count;
  const count = least + random.integer(most - least + 1);
  for (let slash = 0; slash < count; slash++) {
    const angle = random.between(...style.angle) * DEGREE;
    const half = (random.between(...style.length) * side) / 2;
    const thick = random.between(...style.width) * side;
    const x = random.between(box.left, box.right);
    const y = random.between(box.top, box.bottom);
    const rubOut = style.colour === 'paper' || (style.colour === 'both' && random.uniform() < 0.5);
    const along = [cos(angle), -sin(angle)] as const;
    for (let row = 0, at = 0; row < height; row++) {
      for (let column = 0; column < width; column++, at++) {
        const dx = column + 0.5 - x;
        const dy = row + 0.5 - y;
        const lengthwise = Math.abs(dx * along[0] + dy * along[1]);
        const sideways = Math.abs(dy * along[0] - dx * along[1]);
        const cover = coverage(half - lengthwise) * coverage(thick / 2 - sideways);
        const under = data[at] as number;
        if (cover > 0) data[at] = Math.round(under + ((rubOut ? PAPER : INK) - under) * cover);
      }
    }
  }
  return { width, height, channels: 1, data };
}

/** The smallest rectangle with all the ink, right and bottom exclusive; the whole picture when there is none. */
export function inkBox({ width, height, data }: GreyImage): {
  left: number;
  top: number;
  right: number;
  bottom: number;
} {
  const box = { left: width, top: height, right: 0, bottom: 0 };
  data.forEach((value, at) => {
    if (value === PAPER) return;
    const column = at % width;
    const row = Math.floor(at / width);
    box.left = Math.min(box.left, column);
    box.right = Math.max(box.right, column + 1);
    box.top = Math.min(box.top, row);
    box.bottom = Math.max(box.bottom, row + 1);
  });
  return box.right > 0 ? box : { left: 0, top: 0, right: width, bottom: height };
}

/** How much of a pixel lies inside an edge `inside` pixels away from its centre. */
function coverage(inside: number): number {
  return Math.min(1, Math.max(0, inside + 0.5));
}
