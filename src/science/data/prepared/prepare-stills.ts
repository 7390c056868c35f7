import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Tally } from '../corpus.ts';
import type { Frame, Sequence, Skipped } from '../corpus.ts';
import { DataError } from '../data-error.ts';
import { drawFrames, frameCrop, landmarksOf } from '../pictures/draw-frame.ts';
import type { DrawEdges, DrawnFrame, DrawOptions, FrameCrop } from '../pictures/draw-frame.ts';
import { pointsInRegion } from '../pictures/landmarks.ts';
import { pairsOf } from '../pairs.ts';
import type { PairOptions } from '../pairs.ts';
import { requireKnownCorpora } from './prepare.ts';
import type { PrepareEdges } from './prepare.ts';
import { emptyFolder, INDEX_FILE } from './prepared-folder.ts';
import { indexText } from './prepared-index.ts';
import type { PartEntry, PictureEntry, StillsIndex, StillsPart } from './prepared-stills.ts';
import type { Still } from '../still-corpus.ts';
import { StillsWriter } from './stills-format.ts';
import { SPLITS } from '../stills.ts';
import { cannotWrite, writeAtomically } from './write-atomically.ts';

export interface StillsOptions extends DrawOptions {
  /** What the set is called, for people: `wild`. */
  readonly name: string;
  /** Labels to keep, in the order that becomes their number. */
  readonly classes: readonly string[];
}

/** An annotated corpus: the peak and weak frames of its sequences become pictures with landmarks. */
export interface Annotated {
  readonly sequences: readonly Sequence[];
  readonly pairs: PairOptions;
}

/** A picture to be prepared: a still of a split, or a frame of an annotated sequence. */
interface Picture {
  readonly corpus: string;
  readonly id: string;
  readonly subject: string;
  readonly label: string;
  readonly frame: Frame;
  readonly crop: FrameCrop;
}

/**
 * Decodes, crops and resizes single pictures and writes them to `directory`: one file a split, one of annotated pictures
 * (none where `annotated` is null), and `index.json`, last, so that a folder with an index is complete. Same input, same
 * bytes. A part may be larger than memory. Pictures of other classes are counted and left out. Throws a DataError
 * for an unreadable picture (unless skipped), a picture without landmarks among the annotated ones, a class without
 * training pictures, and a test split without pictures; on `signal` it stops after the pictures in flight and throws
 * the signal's reason.
 */
export async function prepareStills(
  content: { readonly stills: readonly Still[]; readonly skipped: readonly Skipped[] },
  annotated: Annotated | null,
  options: StillsOptions,
  directory: string,
  edges: PrepareEdges = {},
): Promise<StillsIndex> {
  const tally = new Tally();
  tally.addAll(content.skipped);
  requireKnownCorpora(Object.keys(options.crops), [...content.stills, ...(annotated?.sequences ?? [])]);
  const parts = new Map<StillsPart, readonly Picture[]>();
  const wanted = ofClasses(content.stills, options.classes, tally);
  for (const split of SPLITS) parts.set(split, picturesOf(wanted, split, options));
  const classesOf = (part: StillsPart) => (part === 'landmarks' ? (annotated?.pairs.classes ?? []) : options.classes);
  if (annotated !== null) parts.set('landmarks', annotatedPictures(annotated, options, tally));

  const failToWrite = (error: unknown): never => {
    throw cannotWrite(directory, error);
  };
  await emptyFolder(directory, /^(train|val|test|landmarks)\.bin$/).catch(failToWrite);
  const total = [...parts.values()].reduce((sum, pictures) => sum + pictures.length, 0);
  let done = 0;
  const drawing: DrawEdges = {
    concurrency: edges.concurrency ?? 2 * availableParallelism(),
    signal: edges.signal,
    onPicture: () => edges.onProgress?.({ done: ++done, total }),
  };
  const { size: side, channels } = options.image;
  const size = { height: side, width: side, channels };
  const entries: PartEntry[] = [];
  const kept: (PictureEntry & { readonly corpus: string })[] = [];
  for (const [part, pictures] of parts) {
    const classes = classesOf(part);
    const file = `${part}.bin`;
    const writer = await StillsWriter.create(join(directory, file)).catch(failToWrite);
    try {
      const drawn = await drawPart(pictures, part === 'landmarks', options, drawing, tally, (pixels) =>
        writer.append(pixels).catch(failToWrite),
      );
      requirePictures(part, drawn, classes);
      const labels = drawn.map(({ picture }) => classes.indexOf(picture.label));
      const landmarks = part === 'landmarks' ? drawn.map(({ points }) => points) : null;
      const facts = { classes: classes.length, size, labels, landmarks };
      const written = await writer.finish(facts).catch(failToWrite);
      const members = drawn.map(({ picture: { corpus, id, subject, label } }) => ({
        corpus,
        id,
        subject,
        label,
        part,
      }));
      kept.push(...members);
      entries.push({ part, file, ...written, ...countPart(members, classes) });
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }
  const { name, classes, crops, onBadImage } = options;
  const params = { crops, onBadImage, ...(annotated === null ? {} : { landmarks: annotated.pairs }) };
  const index: StillsIndex = {
    format: 1,
    kind: 'stills',
    name,
    classes,
    landmarkClasses: classesOf('landmarks'),
    image: size,
    params,
    corpora: countCorpora(kept),
    parts: entries,
    skipped: tally.list(),
    pictures: kept.map(({ id, subject, label, part }) => ({ id, subject, label, part })),
  };
  await writeAtomically(join(directory, INDEX_FILE), indexText(index)).catch(failToWrite);
  return index;
}

function ofClasses(stills: readonly Still[], classes: readonly string[], tally: Tally): readonly Still[] {
  return stills.filter(({ corpus, label }) => {
    const wanted = classes.includes(label);
    if (!wanted) tally.add(corpus, 'picture', `class ${label} is not among the classes`);
    return wanted;
  });
}

function picturesOf(stills: readonly Still[], split: string, options: StillsOptions): readonly Picture[] {
  return stills
    .filter((still) => still.split === split)
    .map((still) => ({ ...still, crop: frameCrop({ corpus: still.corpus, frames: [still.frame] }, options) }));
}

/** The peak and the weak frames of each sequence that is used for pairs. */
function annotatedPictures({ sequences, pairs }: Annotated, options: StillsOptions, tally: Tally): readonly Picture[] {
  const { pairs: used, skipped } = pairsOf(sequences, pairs);
  tally.addAll(skipped);
  return used.flatMap(({ sequence, weak, peak }) => {
    const { corpus, subject, label } = sequence;
    const crop = frameCrop(sequence, options);
    return [...weak, peak].map((frame) => ({ corpus, id: `${corpus}/${frame.name}`, subject, label, frame, crop }));
  });
}

/** A picture that was drawn, and written. */
interface DrawnPicture {
  readonly picture: Picture;
  /** Shape [68, 2]; empty where no landmarks were asked for. */
  readonly points: Float32Array;
}

/** Pictures of which the pixels are in memory together. */
const DRAWN_AT_ONCE = 1024;

/** Draws pictures and hands their pixels to `write`, in order. */
async function drawPart(
  pictures: readonly Picture[],
  marked: boolean,
  options: StillsOptions,
  edges: DrawEdges,
  tally: Tally,
  write: (pixels: Uint8Array) => Promise<void>,
): Promise<readonly DrawnPicture[]> {
  const result: DrawnPicture[] = [];
  for (let start = 0; start < pictures.length; start += DRAWN_AT_ONCE) {
    const some = pictures.slice(start, start + DRAWN_AT_ONCE);
    const drawn = await drawFrames(some, options.onBadImage, edges);
    for (const picture of some) {
      const { corpus, frame } = picture;
      const one = drawn.get(frame);
      if (one === undefined) {
        tally.add(corpus, 'picture', `unreadable: ${frame.name}`);
        continue;
      }
      await write(one.pixels);
      result.push({ picture, points: marked ? await pointsOf(frame, one) : new Float32Array(0) });
    }
  }
  return result;
}

async function pointsOf(frame: Frame, { region }: DrawnFrame): Promise<Float32Array> {
  const landmarks = await landmarksOf(frame);
  if (landmarks === null) {
    throw new DataError({
      where: frame.kind === 'file' ? frame.path : frame.name,
      expected: 'a picture with its 68 landmarks',
      found: 'none',
      advice: "Add the corpus's landmark files, or name another annotated corpus beside the stills (~ leaves it out)",
    });
  }
  return pointsInRegion(landmarks, region);
}

/** Every class must be there to train on, and something to test on; a corpus may have no pictures for validation. */
function requirePictures(part: StillsPart, drawn: readonly DrawnPicture[], classes: readonly string[]): void {
  const there = new Set(drawn.map(({ picture }) => picture.label));
  const missing = part === 'train' ? classes.filter((name) => !there.has(name)) : [];
  if (missing.length === 0 && (drawn.length > 0 || part === 'val')) return;
  const expected = part === 'train' ? `pictures of each class` : 'at least one picture';
  const found = missing.length > 0 ? `none of ${missing.join(', ')}` : 'none';
  const advice = 'Correct the list of classes in the params file, or supply more pictures';
  throw new DataError({ where: `part ${part}`, expected, found, advice });
}

function countPart(members: readonly PictureEntry[], classes: readonly string[]) {
  const inClass = (name: string) => members.filter(({ label }) => label === name).length;
  return { ...countAll(members), perClass: Object.fromEntries(classes.map((name) => [name, inClass(name)])) };
}

function countCorpora(kept: readonly (PictureEntry & { readonly corpus: string })[]): StillsIndex['corpora'] {
  const corpora = [...new Set(kept.map(({ corpus }) => corpus))].sort();
  return corpora.map((corpus) => ({ corpus, ...countAll(kept.filter((one) => one.corpus === corpus)) }));
}

function countAll(members: readonly PictureEntry[]): { subjects: number; pictures: number } {
  return { subjects: new Set(members.map(({ subject }) => subject)).size, pictures: members.length };
}
