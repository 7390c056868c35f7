/**
 * A small rasteriser: which pixels polygons, soft lines and soft ellipses cover, and how much.
 *
 * It uses + - * / and sqrt only, so a picture has the same bits on every machine.
 */

/** Coverage from 0 to 1 of a rectangle of pixels. */
export interface Mask {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A soft or rotated ellipse: centre and radii in pixels, the long axis along (cos, sin). */
export interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly cos: number;
  readonly sin: number;
}

/** The pixels a mask may cover. */
export interface Frame {
  readonly width: number;
  readonly height: number;
}

const EMPTY: Mask = { left: 0, top: 0, width: 0, height: 0, data: new Float32Array(0) };

/**
 * Exact area coverage of a closed polygon, non-zero winding for outlines that do not cross themselves.
 * `points` holds x, y, x, y, ... in pixels.
 */
export function polygonMask(frame: Frame, points: ArrayLike<number>): Mask {
  let minX = Infinity;
  let maxX = -Infinity;
  let minY = Infinity;
  let maxY = -Infinity;
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = points[i] as number;
    const y = points[i + 1] as number;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  const left = Math.max(0, Math.floor(minX));
  const top = Math.max(0, Math.floor(minY));
  const width = Math.min(frame.width, Math.ceil(maxX)) - left;
  const height = Math.min(frame.height, Math.ceil(maxY)) - top;
  if (!(width > 0 && height > 0)) return EMPTY;

  const stride = width + 2;
  const area = new Float32Array(stride * height);
  const last = points.length - 2;
  for (let i = 0; i <= last; i += 2) {
    const next = i === last ? 0 : i + 2;
    accumulateEdge(
      area,
      stride,
      width,
      height,
      (points[i] as number) - left,
      (points[i + 1] as number) - top,
      (points[next] as number) - left,
      (points[next + 1] as number) - top,
    );
  }
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    let sum = 0;
    for (let x = 0; x < width; x++) {
      sum += area[y * stride + x] as number;
      const covered = sum < 0 ? -sum : sum;
      data[y * width + x] = covered > 1 ? 1 : covered;
    }
  }
  return { left, top, width, height, data };
}

/** Adds one edge to the buffer of signed area differences; a running sum over a row then gives the coverage. */
function accumulateEdge(
  area: Float32Array,
  stride: number,
  width: number,
  height: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
): void {
  if (ay === by) return;
  const direction = ay < by ? 1 : -1;
  const x0 = ay < by ? ax : bx;
  const y0 = ay < by ? ay : by;
  const x1 = ay < by ? bx : ax;
  const y1 = ay < by ? by : ay;
  const slope = (x1 - x0) / (y1 - y0);
  const firstRow = y0 < 0 ? 0 : Math.floor(y0);
  const endRow = Math.min(height, Math.ceil(y1));
  for (let row = firstRow; row < endRow; row++) {
    const from = row > y0 ? row : y0;
    const to = row + 1 < y1 ? row + 1 : y1;
    const tall = (to - from) * direction;
    const xFrom = clamp(x0 + (from - y0) * slope, 0, width);
    const xTo = clamp(x0 + (to - y0) * slope, 0, width);
    const low = xFrom < xTo ? xFrom : xTo;
    const high = xFrom < xTo ? xTo : xFrom;
    const firstCell = Math.floor(low);
    const endCell = Math.ceil(high);
    const at = row * stride + firstCell;
    if (endCell <= firstCell + 1) {
      const rest = 0.5 * (low + high) - firstCell;
      area[at] = (area[at] as number) + tall * (1 - rest);
      area[at + 1] = (area[at + 1] as number) + tall * rest;
      continue;
    }
    // The edge crosses several cells of the row: `covered` is the share of the row right of it, cell by cell.
    const perCell = 1 / (high - low);
    let before = 0;
    for (let cell = firstCell; cell < endCell; cell++) {
      const enter = low > cell ? low : cell;
      const leave = high < cell + 1 ? high : cell + 1;
      const run = (leave - enter) * perCell;
      const rest = 0.5 * (enter + leave) - cell;
      const here = before + run * (1 - rest);
      area[row * stride + cell] = (area[row * stride + cell] as number) + tall * here;
      before = run * rest;
    }
    area[row * stride + endCell] = (area[row * stride + endCell] as number) + tall * before;
  }
}

/**
 * A soft line through points: x, y, radius, x, y, radius, ... in pixels. A line thinner than a pixel keeps its ink: it
 * is drawn a pixel wide and paler.
 */
export function strokeMask(frame: Frame, points: ArrayLike<number>): Mask {
  let minX = Infinity;
  let maxX = -Infinity;
  let minY = Infinity;
  let maxY = -Infinity;
  for (let i = 0; i + 2 < points.length; i += 3) {
    const reach = Math.max((points[i + 2] as number) * 1.35, 1) + 1;
    minX = Math.min(minX, (points[i] as number) - reach);
    maxX = Math.max(maxX, (points[i] as number) + reach);
    minY = Math.min(minY, (points[i + 1] as number) - reach);
    maxY = Math.max(maxY, (points[i + 1] as number) + reach);
  }
  const left = Math.max(0, Math.floor(minX));
  const top = Math.max(0, Math.floor(minY));
  const width = Math.min(frame.width, Math.ceil(maxX)) - left;
  const height = Math.min(frame.height, Math.ceil(maxY)) - top;
  if (!(width > 0 && height > 0)) return EMPTY;
  const data = new Float32Array(width * height);
  for (let i = 0; i + 5 < points.length; i += 3) {
    strokeSegment(
      data,
      width,
      height,
      (points[i] as number) - left,
      (points[i + 1] as number) - top,
      points[i + 2] as number,
      (points[i + 3] as number) - left,
      (points[i + 4] as number) - top,
      points[i + 5] as number,
    );
  }
  return { left, top, width, height, data };
}

function strokeSegment(
  data: Float32Array,
  width: number,
  height: number,
  ax: number,
  ay: number,
  aRadius: number,
  bx: number,
  by: number,
  bRadius: number,
): void {
  const reach = Math.max(aRadius * 1.35, bRadius * 1.35, 1);
  const x0 = Math.max(0, Math.floor(Math.min(ax, bx) - reach));
  const x1 = Math.min(width, Math.ceil(Math.max(ax, bx) + reach));
  const y0 = Math.max(0, Math.floor(Math.min(ay, by) - reach));
  const y1 = Math.min(height, Math.ceil(Math.max(ay, by) + reach));
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const inverse = length2 > 0 ? 1 / length2 : 0;
  for (let y = y0; y < y1; y++) {
    const py = y + 0.5 - ay;
    for (let x = x0; x < x1; x++) {
      const px = x + 0.5 - ax;
      const along = clamp((px * dx + py * dy) * inverse, 0, 1);
      const ox = px - along * dx;
      const oy = py - along * dy;
      const wide = (aRadius + (bRadius - aRadius) * along) * 1.35;
      const radius = wide > 1 ? wide : 1;
      const far = 1 - (ox * ox + oy * oy) / (radius * radius);
      if (far <= 0) continue;
      const ink = far * far * (wide < 1 ? wide : 1);
      const at = y * width + x;
      if (ink > (data[at] as number)) data[at] = ink;
    }
  }
}

/** The product of two masks: what lies inside both. */
export function intersect(a: Mask, b: Mask): Mask {
  const left = Math.max(a.left, b.left);
  const top = Math.max(a.top, b.top);
  const width = Math.min(a.left + a.width, b.left + b.width) - left;
  const height = Math.min(a.top + a.height, b.top + b.height) - top;
  if (!(width > 0 && height > 0)) return EMPTY;
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const rowA = (y + top - a.top) * a.width + left - a.left;
    const rowB = (y + top - b.top) * b.width + left - b.left;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = (a.data[rowA + x] as number) * (b.data[rowB + x] as number);
    }
  }
  return { left, top, width, height, data };
}

/** The weights (1 - d^2)^2 of a soft ellipse: 1 at its centre, 0 at its edge. */
export function softMask(frame: Frame, ellipse: Ellipse): Mask {
  const { x, y, radiusX, radiusY, cos, sin } = ellipse;
  const reachX = Math.sqrt(radiusX * radiusX * cos * cos + radiusY * radiusY * sin * sin);
  const reachY = Math.sqrt(radiusX * radiusX * sin * sin + radiusY * radiusY * cos * cos);
  const left = Math.max(0, Math.floor(x - reachX));
  const top = Math.max(0, Math.floor(y - reachY));
  const width = Math.min(frame.width, Math.ceil(x + reachX)) - left;
  const height = Math.min(frame.height, Math.ceil(y + reachY)) - top;
  if (!(width > 0 && height > 0)) return EMPTY;
  const data = new Float32Array(width * height);
  const cosX = cos / radiusX;
  const sinX = sin / radiusX;
  const cosY = cos / radiusY;
  const sinY = sin / radiusY;
  for (let row = 0; row < height; row++) {
    const dy = row + top + 0.5 - y;
    for (let column = 0; column < width; column++) {
      const dx = column + left + 0.5 - x;
      const u = dx * cosX + dy * sinX;
      const v = dy * cosY - dx * sinY;
      const inside = 1 - u * u - v * v;
      if (inside > 0) data[row * width + column] = inside * inside;
    }
  }
  return { left, top, width, height, data };
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
