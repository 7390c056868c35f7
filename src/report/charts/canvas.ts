import { encode } from 'fast-png';
import type { Point } from './chart.ts';
import { forEachDot } from './font.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** `#rrggbb` as three numbers from 0 to 255. */
export function parseColour(text: string): Colour {
  const value = Number.parseInt(text.slice(1), 16);
  if (!/^#[0-9a-f]{6}$/.test(text)) throw new RangeError(`expected a colour such as #0072b2, found ${text}`);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** RGB pixels on white. Edges are softened by how much of a pixel a shape covers; only + - * / and square roots. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #data: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#data = new Uint8Array(width * height * 3).fill(255);
  }

  toPng(): Uint8Array {
    return encode({ width: this.width, height: this.height, data: this.#data, channels: 3, depth: 8 });
  }

  /** Mixes a colour into a pixel; outside of the picture nothing happens. */
  blend(x: number, y: number, colour: Colour, share: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height || share <= 0) return;
    const at = (y * this.width + x) * 3;
    for (let k = 0; k < 3; k++) {
      const below = this.#data[at + k] ?? 0;
      this.#data[at + k] = Math.round(below + ((colour[k] ?? 0) - below) * Math.min(1, share));
    }
  }

  /** A path as one stroke: where its pieces overlap it is not darker. Points in pixels. */
  line(points: readonly Point[], width: number, colour: Colour, opacity = 1): void {
    const covered = new Map<number, number>();
    const reach = width / 2 + 1;
    points.slice(1).forEach(([bx, by], index) => {
      const [ax, ay] = points[index] ?? [bx, by];
      for (let y = Math.floor(Math.min(ay, by) - reach); y <= Math.max(ay, by) + reach; y++) {
        for (let x = Math.floor(Math.min(ax, bx) - reach); x <= Math.max(ax, bx) + reach; x++) {
          if (x < 0 || y < 0 || x >= this.width || y >= this.height) continue;
          const cover = width / 2 + 0.5 - distanceToSegment(x + 0.5, y + 0.5, ax, ay, bx, by);
          const key = y * this.width + x;
          if (cover > (covered.get(key) ?? 0)) covered.set(key, Math.min(1, cover));
        }
      }
    });
    for (const [key, cover] of covered) {
      this.blend(key % this.width, Math.floor(key / this.width), colour, cover * opacity);
    }
  }

  /** A disc, or a ring of the given stroke. */
  dot([cx, cy]: Point, radius: number, colour: Colour, stroke: number | null = null): void {
    const reach = radius + 2;
    for (let y = Math.floor(cy - reach); y <= cy + reach; y++) {
      for (let x = Math.floor(cx - reach); x <= cx + reach; x++) {
        const [dx, dy] = [x + 0.5 - cx, y + 0.5 - cy];
        const distance = Math.sqrt(dx * dx + dy * dy);
        const cover = stroke === null ? radius + 0.5 - distance : stroke / 2 + 0.5 - Math.abs(distance - radius);
        this.blend(x, y, colour, cover);
      }
    }
  }

  /** A polygon by the even-odd rule; a pixel is inside where its middle is. */
  area(points: readonly Point[], colour: Colour, opacity = 1): void {
    const ys = points.map(([, y]) => y);
    for (let y = Math.floor(Math.min(...ys)); y <= Math.max(...ys); y++) {
      const crossings = points
        .flatMap(([ax, ay], at): number[] => {
          const [bx, by] = points[(at + 1) % points.length] ?? [ax, ay];
          const middle = y + 0.5;
          return ay <= middle === by <= middle ? [] : [ax + ((middle - ay) / (by - ay)) * (bx - ax)];
        })
        .sort((a, b) => a - b);
      for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
        const [from, to] = [crossings[pair] ?? 0, crossings[pair + 1] ?? 0];
        for (let x = Math.max(0, Math.ceil(from - 0.5)); x < Math.min(this.width, to - 0.5 + 1e-9); x++) {
          this.blend(x, y, colour, opacity);
        }
      }
    }
  }

  /** Letters whose dots are squares of `size` pixels, from their top left corner; bold ones are a pixel wider. */
  text(text: string, left: number, top: number, size: number, colour: Colour, bold = false): void {
    forEachDot(text, (dotX, dotY) => {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size + (bold ? 1 : 0); x++) {
          this.blend(left + dotX * size + x, top + dotY * size + y, colour, 1);
        }
      }
    });
  }

  /** 8-bit pixels, 1 or 3 channels, each drawn as a square of `zoom` pixels. */
  picture(
    picture: {
      readonly width: number;
      readonly height: number;
      readonly channels: number;
      readonly pixels: Uint8Array;
    },
    left: number,
    top: number,
    zoom: number,
  ): void {
    const channel = (pixel: number, k: number) =>
      picture.pixels[pixel * picture.channels + (picture.channels === 3 ? k : 0)] ?? 0;
    for (let y = 0; y < picture.height * zoom; y++) {
      for (let x = 0; x < picture.width * zoom; x++) {
        const pixel = Math.floor(y / zoom) * picture.width + Math.floor(x / zoom);
        this.blend(left + x, top + y, [channel(pixel, 0), channel(pixel, 1), channel(pixel, 2)], 1);
      }
    }
  }
}

function distanceToSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
  const [ex, ey] = [x - ax - share * dx, y - ay - share * dy];
  return Math.sqrt(ex * ex + ey * ey);
}
