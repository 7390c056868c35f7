import type { Pictures, Plane } from '../../../src/science/descriptors/blocks.ts';
import type { Random } from '../../../src/base/random.ts';

/** A grey picture from its rows. */
export function plane(rows: readonly (readonly number[])[]): Plane {
  return { height: rows.length, width: rows[0]!.length, values: Uint8Array.from(rows.flat()) };
}

/** A grey picture whose pixel (x, y) is `value(x, y)`. */
export function painted(width: number, height: number, value: (x: number, y: number) => number): Plane {
  return {
    height,
    width,
    values: Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
  };
}

/** Grey values in [0, below), each as likely. */
export function noise(random: Random, width: number, height: number, below = 256): Plane {
  return painted(width, height, () => random.integer(below));
}

/** Grey pictures of one size as a set. */
export function pictures(...planes: readonly Plane[]): Pictures {
  const { height, width } = planes[0]!;
  return {
    size: { height, width, channels: 1 },
    pictures: Uint8Array.from(planes.flatMap(({ values }) => [...values])),
  };
}

/** The picture with other greys. */
export function mapped(picture: Plane, change: (value: number) => number): Plane {
  return { ...picture, values: picture.values.map(change) };
}
