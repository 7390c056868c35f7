import { readFile } from 'node:fs/promises';
import { DataError, errorCode, quoted } from './data-error.ts';

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

function malformed(where: string, expected: string, found: string): DataError {
  return new DataError({ where, expected, found, advice: 'Restore the landmark file from the corpus' });
}
