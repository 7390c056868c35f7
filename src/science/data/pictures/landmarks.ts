import { readFile } from 'node:fs/promises';
import { DataError, errorCode, quoted } from '../data-error.ts';
import type { Region } from './resample.ts';

/** A place in a picture, in pixels from its top left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The 68 points of the usual facial mark-up: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, mouth 48-67. */
export type Landmarks = readonly Point[];

export const LANDMARK_COUNT = 68;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads 68 rows `x y`. Throws a DataError with file and line where a row is malformed or missing. */
export async function readLandmarks(path: string): Promise<Landmarks> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    throw malformed(path, `${LANDMARK_COUNT} rows "x y"`, code === 'ENOENT' ? 'no such file' : `an error (${code})`);
  }
  return parseLandmarks(text, path);
}

/** The points in a landmark file's text; `path` is for messages. Blank lines at the end do not count. */
export function parseLandmarks(text: string, path: string): Landmarks {
  const lines = text.trimEnd().split(/\r\n|\r|\n/);
  const points = lines.map((line, index) => {
    const fields = line.trim().split(/[\s,]+/);
    const [x, y] = fields;
    if (fields.length !== 2 || x === undefined || y === undefined || !NUMBER.test(x) || !NUMBER.test(y)) {
      throw malformed(`${path}:${index + 1}`, 'two numbers "x y"', quoted(line));
    }
    return { x: Number(x), y: Number(y) };
  });
  if (points.length !== LANDMARK_COUNT) {
    throw malformed(`${path}:${points.length}`, `${LANDMARK_COUNT} rows "x y"`, `${points.length}`);
  }
  return points;
}

/**
 * The points as shares of a region's sides, which are the width and height of the picture cut from it: shape [n, 2]. In
 * [0, 1] for points inside. Throws a RangeError for a region without area.
 */
export function pointsInRegion(points: Landmarks, { x, y, right, down }: Region): Float32Array {
  const area = right[0] * down[1] - right[1] * down[0];
  if (!(Math.abs(area) > 0)) throw new RangeError('a region must have an area');
  const shares = new Float32Array(2 * points.length);
  points.forEach((point, i) => {
    const dx = point.x - x;
    const dy = point.y - y;
    shares[2 * i] = (dx * down[1] - dy * down[0]) / area;
    shares[2 * i + 1] = (dy * right[0] - dx * right[1]) / area;
  });
  return shares;
}

function malformed(where: string, expected: string, found: string): DataError {
  return new DataError({ where, expected, found, advice: 'Restore the landmark file from the corpus' });
}
