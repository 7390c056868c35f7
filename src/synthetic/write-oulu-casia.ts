import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../base/random.ts';
import type { Random } from '../base/random.ts';
import { crop, encodeJpeg } from './encode.ts';
import { BASIC_EXPRESSIONS } from './face/expressions.ts';
import type { Point } from './face/curves.ts';
import { renderFace } from './face/render.ts';
import type { PictureSize } from './face/render.ts';
import { settingsOf, writeNotice } from './notice.ts';
import type { CheckedOptions, CorpusOptions, CorpusSummary } from './options.ts';
import { checkOptions } from './options.ts';
import { perform } from './performance.ts';
import { stageDirectory } from './staging.ts';
import { createSubject } from './subject.ts';
import type { Subject } from './subject.ts';

export interface OuluCasiaOptions extends CorpusOptions {
  /** Also writes the uncropped frames (`OriginalImg`); false unless told. */
  readonly originals?: boolean;
}

const FOLDERS = {
  anger: 'Anger',
  disgust: 'Disgust',
  fear: 'Fear',
  happiness: 'Happiness',
  sadness: 'Sadness',
  surprise: 'Surprise',
} as const;

/**
 * Writes a corpus in the layout of Oulu-CASIA, visible light, strong illumination:
 * `PreProcess_Img/VL_Acropped/Strong/P001/Anger/000.jpeg`, cropped round the face of each sequence's first frame, and
 * if asked `OriginalImg/VL/Strong/P001/Anger/000.jpeg`. Colour; sequences run from neutral to apex.
 *
 * Throws SyntheticCorpusError for a wrong option or a target that is not free, and the signal's reason when aborted;
 * then nothing is left behind.
 */
export async function writeOuluCasia(directory: string, options: OuluCasiaOptions): Promise<CorpusSummary> {
  const checked = checkOptions(options, 0.5);
  const random = createRandom(checked.seed).fork('oulu-casia');
  return stageDirectory(directory, async (root) => {
    await writeNotice(root, 'Oulu-CASIA', settingsOf(checked));
    let frames = 0;
    let sequences = 0;
    for (let number = 1; number <= checked.subjects; number++) {
      const own = random.fork(number);
      const subject = createSubject(own, checked.difficulty);
      for (const [index, expression] of BASIC_EXPRESSIONS.entries()) {
        checked.signal?.throwIfAborted();
        const place = `P${String(number).padStart(3, '0')}/${FOLDERS[expression]}`;
        frames += await writeSequence(root, place, own.fork(expression), subject, expression, checked, options);
        sequences++;
        checked.onProgress((number - 1 + (index + 1) / BASIC_EXPRESSIONS.length) / checked.subjects);
      }
    }
    return { subjects: checked.subjects, sequences, frames };
  });
}

async function writeSequence(
  root: string,
  place: string,
  random: Random,
  subject: Subject,
  expression: (typeof BASIC_EXPRESSIONS)[number],
  checked: CheckedOptions,
  options: OuluCasiaOptions,
): Promise<number> {
  const cropped = join(root, 'PreProcess_Img/VL_Acropped/Strong', place);
  const original = join(root, 'OriginalImg/VL/Strong', place);
  await mkdir(cropped, { recursive: true });
  if (options.originals === true) await mkdir(original, { recursive: true });
  const { min, max } = checked.frames;
  const count = min + random.fork('length').integer(max - min + 1);
  const { views } = perform(random.fork('show'), subject, expression, count, checked.difficulty);
  const size: PictureSize = {
    width: Math.round(320 * checked.scale),
    height: Math.round(240 * checked.scale),
    channels: 3,
  };
  const noise = random.fork('noise');
  const written: Promise<void>[] = [];
  let box: Box | undefined;
  for (const [frame, view] of views.entries()) {
    const picture = renderFace(view, size, noise);
    box ??= faceBox(picture.landmarks, size);
    const file = `${String(frame).padStart(3, '0')}.jpeg`;
    const face = crop(picture, box.left, box.top, box.side, box.side);
    written.push(encodeJpeg(face).then((bytes) => writeFile(join(cropped, file), bytes)));
    if (options.originals === true) {
      written.push(encodeJpeg(picture).then((bytes) => writeFile(join(original, file), bytes)));
    }
  }
  await Promise.all(written);
  return count;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** A square round the landmarks with a margin for forehead and dropping jaw, moved inside the picture. */
function faceBox(points: readonly Point[], size: PictureSize): Box {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const left = Math.min(...xs);
  const right = Math.max(...xs);
  const top = Math.min(...ys);
  const bottom = Math.max(...ys);
  const side = Math.min(size.width, size.height, Math.round(1.26 * Math.max(right - left, bottom - top)));
  const inside = (start: number, room: number): number => Math.min(room - side, Math.max(0, Math.round(start)));
  return {
    left: inside((left + right - side) / 2, size.width),
    top: inside((top + bottom) / 2 - side * 0.5, size.height),
    side,
  };
}
