/** Smooth curves through few points, as the polylines the rasteriser takes. */

/** A point of the picture or of the face: x to the right, y down. */
export type Point = readonly [x: number, y: number];

/**
 * A Catmull-Rom curve through the points, `steps` pieces between neighbours. A closed curve does not repeat its first
 * point.
 */
export function smooth(points: readonly Point[], steps: number, closed = false): Point[] {
  const count = points.length;
  if (count < 3) return [...points];
  const get = (index: number): Point =>
    points[closed ? (index + count) % count : Math.min(count - 1, Math.max(0, index))] as Point;
  const result: Point[] = [];
  for (let i = 0; i < (closed ? count : count - 1); i++) {
    const a = get(i - 1);
    const b = get(i);
    const c = get(i + 1);
    const d = get(i + 2);
    for (let step = 0; step < steps; step++) {
      const t = step / steps;
      result.push([catmullRom(a[0], b[0], c[0], d[0], t), catmullRom(a[1], b[1], c[1], d[1], t)]);
    }
  }
  if (!closed) result.push(get(count - 1));
  return result;
}

function catmullRom(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/** Eight points of a circle; `smooth` rounds them. */
export function circle([x, y]: Point, radius: number): Point[] {
  const diagonal = radius * Math.SQRT1_2;
  return [
    [x + radius, y],
    [x + diagonal, y + diagonal],
    [x, y + radius],
    [x - diagonal, y + diagonal],
    [x - radius, y],
    [x - diagonal, y - diagonal],
    [x, y - radius],
    [x + diagonal, y - diagonal],
  ];
}

/** x, y, x, y, ... as `polygonMask` takes them. */
export function flat(points: readonly Point[]): Float64Array {
  const result = new Float64Array(points.length * 2);
  points.forEach((point, i) => {
    result[2 * i] = point[0];
    result[2 * i + 1] = point[1];
  });
  return result;
}

/** x, y, radius, ... as `strokeMask` takes them; the radius follows `taper`, a function of the share of the way. */
export function tapered(points: readonly Point[], taper: (along: number) => number): Float64Array {
  const result = new Float64Array(points.length * 3);
  points.forEach((point, i) => {
    result[3 * i] = point[0];
    result[3 * i + 1] = point[1];
    result[3 * i + 2] = taper(points.length > 1 ? i / (points.length - 1) : 0);
  });
  return result;
}

export function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

export function mixPoint(a: Point, b: Point, share: number): Point {
  return [mix(a[0], b[0], share), mix(a[1], b[1], share)];
}

/** 0 below `low`, 1 above `high`, a smooth step between. */
export function smoothStep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
