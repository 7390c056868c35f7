import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import { DataError } from '../../../src/science/data/data-error.ts';

/** A temporary folder to fill, gone after the test. */
export interface Rig {
  readonly root: string;
  path(...parts: string[]): string;
  write(path: string, content: string | Uint8Array): Promise<void>;
  folder(path: string): Promise<void>;
}

export async function withRig(body: (rig: Rig) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'data-'));
  const path = (...parts: string[]) => join(root, ...parts);
  try {
    await body({
      root,
      path,
      write: async (file, content) => {
        await mkdir(dirname(path(file)), { recursive: true });
        await writeFile(path(file), content);
      },
      folder: async (name) => {
        await mkdir(path(name), { recursive: true });
      },
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A PNG in one grey. */
export function greyPng(value: number, width = 8, height = 8): Uint8Array {
  return encode({ width, height, channels: 1, depth: 8, data: new Uint8Array(width * height).fill(value) });
}

/** Runs `body` and returns the message of the DataError it must throw. */
export async function dataErrorOf(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
  throw new Error('no error was thrown');
}

export const CK_FRAMES = 10;

/** 68 rows that span [x0, x1] x [y0, y1], with the outer eye corners level. */
export function landmarkRows(x0: number, y0: number, x1: number, y1: number): string {
  const rows = Array.from({ length: 68 }, (_, i) => {
    if (i === 0) return [x0, y0];
    if (i === 1) return [x1, y1];
    const middle = (y0 + y1) / 2;
    if (i === 36) return [x0 + 1, middle];
    if (i === 45) return [x1 - 1, middle];
    return [(x0 + x1) / 2, middle];
  });
  return rows.map(([x, y]) => `   ${(x ?? 0).toExponential(7)}   ${(y ?? 0).toExponential(7)}\n`).join('');
}

interface CkSequence {
  readonly subject: string;
  readonly session: string;
  readonly frames?: readonly number[];
  /** Content of the emotion file; null for an empty folder, undefined for none. */
  readonly emotion?: string | null;
  readonly landmarks?: boolean;
}

/** One sequence in the layout of CK+; frame n is a picture in grey n. */
export async function writeCk(rig: Rig, root: string, sequence: CkSequence): Promise<void> {
  const { subject, session, emotion, landmarks = false } = sequence;
  const frames = sequence.frames ?? Array.from({ length: CK_FRAMES }, (_, i) => i + 1);
  const stem = (frame: number) => `${subject}/${session}/${subject}_${session}_${String(frame).padStart(8, '0')}`;
  for (const frame of frames) {
    await rig.write(`${root}/cohn-kanade-images/${stem(frame)}.png`, greyPng(frame, 16, 12));
    if (landmarks) await rig.write(`${root}/Landmarks/${stem(frame)}_landmarks.txt`, landmarkRows(4, 2, 12, 10));
  }
  if (emotion === null) await rig.folder(`${root}/Emotion/${subject}/${session}`);
  else if (emotion !== undefined) await rig.write(`${root}/Emotion/${stem(frames.at(-1) ?? 0)}_emotion.txt`, emotion);
}

/** One sequence in the layout of Oulu-CASIA below the folder of the subjects. */
export async function writeOulu(rig: Rig, folder: string, person: string, expression: string, frames = 10) {
  for (let frame = 0; frame < frames; frame++) {
    const name = `${String(frame).padStart(3, '0')}.jpeg`;
    // The content is PNG, which the readers do not look into.
    await rig.write(`${folder}/${person}/${expression}/${name}`, greyPng(frame + 1));
  }
}
