import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EXPRESSIONS } from '../../names.ts';
import { describeSkipped, Tally } from '../corpus.ts';
import type { CorpusContent, CorpusReader, Frame, Sequence } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import { describeFolder, filesIfThere, findFolder, list, pathInside, requireFolder } from './folders.ts';
import { readOptions } from '../options.ts';

const NAME = 'ck-plus';
const LAYOUT =
  'cohn-kanade-images/S005/001/S005_001_00000001.png, Emotion/S005/001/S005_001_00000011_emotion.txt and, ' +
  'if faces are cropped by landmarks, Landmarks/S005/001/S005_001_00000001_landmarks.txt';

const SUBJECT = /^S\d+$/i;
const SESSION = /^\d+$/;
const PICTURE = /^(S\d+)_(\d+)_(\d+)\.(png|jpe?g)$/i;
const IMAGES = /^(extended-)?cohn-kanade(-images)?$/i;

/**
 * The Extended Cohn-Kanade corpus as its archives unpack: the folders `cohn-kanade-images`, `Emotion` and `Landmarks`
 * side by side, in any case, each perhaps inside a folder named after its archive. The root may be the folder that
 * holds them, the one above, or `cohn-kanade-images` itself. It takes no options.
 *
 * A sequence's label comes from its emotion file; an empty or missing folder means no label, as it does for 266 of the
 * 593 sequences, which are counted and left out.
 */
export const ckPlus: CorpusReader = {
  name: NAME,
  async read(root, options) {
    readOptions(`corpus ${NAME}`, options, {});
    await requireFolder(root, LAYOUT);
    const images = await findImages(root);
    const emotions = await findBeside(images, /^emotion(_labels)?$/i);
    if (emotions === null) throw await noSuchLayout(root, 'a folder Emotion beside the pictures');
    const landmarks = await findBeside(images, /^landmarks$/i);
    const tally = new Tally();
    const sequences: Sequence[] = [];
    for (const subject of (await list(images)).folders.filter((name) => SUBJECT.test(name))) {
      for (const session of (await list(join(images, subject))).folders.filter((name) => SESSION.test(name))) {
        const part = { images, emotions, landmarks, subject, session, tally };
        const sequence = await readSequence(part);
        if (sequence !== null) sequences.push(sequence);
      }
    }
    const skipped = tally.list();
    if (sequences.length === 0) {
      const found = `none${skipped.length > 0 ? ` (left out: ${describeSkipped(skipped)})` : ''}`;
      const advice = 'Check that the pictures and the Emotion folder were unpacked completely';
      throw new DataError({ where: root, expected: 'at least one sequence with an emotion file', found, advice });
    }
    return { sequences, skipped, source: pathInside(root, images) } satisfies CorpusContent;
  },
};

async function findImages(root: string): Promise<string> {
  if (!/^(emotion|landmarks|facs)/i.test(basename(resolve(root)))) {
    const { folders } = await list(root);
    if (folders.some((name) => SUBJECT.test(name))) return root;
  }
  const found = await findFolder(root, { name: IMAGES, holds: SUBJECT, through: /./, depth: 3 });
  if (found === null) throw await noSuchLayout(root, LAYOUT);
  return found;
}

/** Looks next to the pictures, or next to their archive's folder, never further: that would be another copy's. */
async function findBeside(images: string, name: RegExp): Promise<string | null> {
  const beside = dirname(resolve(images));
  const bases = IMAGES.test(basename(beside)) ? [beside, dirname(beside)] : [beside];
  for (const base of bases) {
    const found = await findFolder(base, { name, holds: SUBJECT, through: name, depth: 2 });
    if (found !== null) return found;
  }
  return null;
}

async function noSuchLayout(root: string, expected: string): Promise<DataError> {
  const found = await describeFolder(root);
  const advice = 'Give the folder that holds cohn-kanade-images and Emotion as the path of corpus ck-plus';
  return new DataError({ where: root, expected, found, advice });
}

interface Part {
  readonly images: string;
  readonly emotions: string;
  readonly landmarks: string | null;
  readonly subject: string;
  readonly session: string;
  readonly tally: Tally;
}

async function readSequence({ images, emotions, landmarks, subject, session, tally }: Part): Promise<Sequence | null> {
  const labels = (await filesIfThere(join(emotions, subject, session))).filter((file) => /\.txt$/i.test(file));
  const [labelFile] = labels;
  if (labelFile === undefined) {
    tally.add(NAME, 'sequence', 'no emotion label');
    return null;
  }
  if (labels.length > 1) {
    const advice = 'Keep the one that belongs to the sequence';
    const found = labels.join(', ');
    throw new DataError({ where: join(emotions, subject, session), expected: 'one emotion file', found, advice });
  }
  const label = await readEmotion(join(emotions, subject, session, labelFile));
  if (label === null) {
    tally.add(NAME, 'sequence', 'labelled neutral');
    return null;
  }
  const folder = join(images, subject, session);
  const pictures = await picturesOf(folder, subject, session, tally);
  if (pictures.length === 0) {
    tally.add(NAME, 'sequence', 'labelled, but without pictures');
    return null;
  }
  // The emotion file carries the number of the apex. Pictures after it are no longer the ramp.
  const apex = pictures.findIndex((picture) => stem(picture).toLowerCase() === apexOf(labelFile));
  if (apex < 0) tally.add(NAME, 'apex picture', 'not on disk; the last one present takes its place');
  else tally.add(NAME, 'picture', 'after the apex that the emotion file names', pictures.length - 1 - apex);
  const ramp = apex < 0 ? pictures : pictures.slice(0, apex + 1);
  const marks = await marksOf(landmarks, subject, session);
  const frames = ramp.map((picture): Frame => {
    const mark = marks.get(stem(picture).toLowerCase());
    const frame = { kind: 'file' as const, name: `${subject}/${session}/${picture}`, path: join(folder, picture) };
    return mark === undefined ? frame : { ...frame, landmarks: mark };
  });
  const person = `${NAME}/${subject.toUpperCase()}`;
  return { corpus: NAME, id: `${person}/${session}`, subject: person, label, frames };
}

async function picturesOf(folder: string, subject: string, session: string, tally: Tally): Promise<readonly string[]> {
  return (await list(folder)).files.filter((file) => {
    const [, ofSubject, ofSession] = PICTURE.exec(file) ?? [];
    if (ofSubject === undefined) tally.add(NAME, 'file', 'not named like a picture of the corpus');
    else if (ofSubject.toUpperCase() !== subject.toUpperCase() || Number(ofSession) !== Number(session)) {
      tally.add(NAME, 'file', "a picture in another sequence's folder");
    } else return true;
    return false;
  });
}

/** Landmark files of a sequence by the stem of their picture's name. */
async function marksOf(landmarks: string | null, subject: string, session: string): Promise<Map<string, string>> {
  if (landmarks === null) return new Map();
  const folder = join(landmarks, subject, session);
  const files = (await filesIfThere(folder)).filter((file) => /_landmarks\.txt$/i.test(file));
  return new Map(files.map((file) => [file.replace(/_landmarks\.txt$/i, '').toLowerCase(), join(folder, file)]));
}

/** One number from 0 to 7, as in `   3.0000000e+00`; null for 0, neutral. */
async function readEmotion(path: string): Promise<string | null> {
  const text = (await readFile(path, 'utf8')).trim();
  const code = /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (code === 0) return null;
  const label = EXPRESSIONS[code - 1];
  if (label === undefined) {
    throw new DataError({
      where: path,
      expected: 'one number from 0 (neutral) to 7 (surprise)',
      found: text === '' ? 'an empty file' : quoted(text),
      advice: 'Restore the emotion file from the corpus, or remove it if the sequence has no label',
    });
  }
  return label;
}

function apexOf(labelFile: string): string {
  return labelFile.replace(/_emotion\.txt$/i, '').toLowerCase();
}

function stem(file: string): string {
  return file.replace(/\.[^.]+$/, '');
}
