import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../base/random.ts';
import type { Random } from '../base/random.ts';
import { encodePng } from './encode.ts';
import { ACTION_UNIT_NUMBERS, facsLevel, midline } from './face/action-units.ts';
import type { Action } from './face/action-units.ts';
import type { Point } from './face/curves.ts';
import type { Expression } from './face/expressions.ts';
import { BASIC_EXPRESSIONS } from './face/expressions.ts';
import { renderFace } from './face/render.ts';
import { settingsOf, writeNotice } from './notice.ts';
import type { CheckedOptions, CorpusOptions, CorpusSummary } from './options.ts';
import { checkOptions, SyntheticCorpusError } from './options.ts';
import { perform } from './performance.ts';
import { stageDirectory } from './staging.ts';
import { createSubject } from './subject.ts';
import type { Subject } from './subject.ts';

export interface CkPlusOptions extends CorpusOptions {
  /** Share of subjects with a sequence of contempt, 0.3 unless told. */
  readonly contemptShare?: number;
  /** Share of subjects with a sequence that nobody labelled (an empty Emotion folder), 0.3 unless told. */
  readonly unlabelledShare?: number;
}

/** Emotion codes of CK+. */
export const CK_PLUS_CODES: Readonly<Record<Expression, number>> = {
  anger: 1,
  contempt: 2,
  disgust: 3,
  fear: 4,
  happiness: 5,
  sadness: 6,
  surprise: 7,
};

interface Session {
  readonly expression: Expression;
  readonly labelled: boolean;
}

/**
 * Writes a corpus in the layout of CK+: `cohn-kanade-images/S001/001/S001_001_00000001.png`, `Emotion`, `Landmarks` and
 * `FACS`. Sequences run from neutral to apex; each subject shows the six basic expressions, some also contempt or
 * something unlabelled, in random order.
 *
 * Throws SyntheticCorpusError for a wrong option or a target that is not free, and the signal's reason when aborted;
 * then nothing is left behind.
 */
export async function writeCkPlus(directory: string, options: CkPlusOptions): Promise<CorpusSummary> {
  const checked = checkOptions(options, 0.25);
  for (const name of ['contemptShare', 'unlabelledShare'] as const) {
    const share = options[name] ?? 0;
    if (!(share >= 0 && share <= 1)) {
      throw new SyntheticCorpusError(
        `synthetic corpus: ${name} must be from 0 to 1, not ${share}; change it in the params of the stage`,
      );
    }
  }
  const random = createRandom(checked.seed).fork('ck-plus');
  return stageDirectory(directory, async (root) => {
    await writeNotice(root, 'CK+', settingsOf(checked));
    let frames = 0;
    let sequences = 0;
    for (let number = 1; number <= checked.subjects; number++) {
      const own = random.fork(number);
      const subject = createSubject(own, checked.difficulty);
      const sessions = plan(own.fork('plan'), options);
      const channels = own.fork('film').uniform() < 0.1 ? 3 : 1;
      for (const [index, session] of sessions.entries()) {
        checked.signal?.throwIfAborted();
        const name = [`S${digits(number, 3)}`, digits(index + 1, 3)] as const;
        frames += await writeSession(root, name, own.fork(`session ${index}`), subject, session, channels, checked);
        sequences++;
        checked.onProgress((number - 1 + (index + 1) / sessions.length) / checked.subjects);
      }
    }
    return { subjects: checked.subjects, sequences, frames };
  });
}

function plan(random: Random, options: CkPlusOptions): Session[] {
  const sessions: Session[] = BASIC_EXPRESSIONS.map((expression) => ({ expression, labelled: true }));
  if (random.uniform() < (options.contemptShare ?? 0.3)) sessions.push({ expression: 'contempt', labelled: true });
  if (random.uniform() < (options.unlabelledShare ?? 0.3)) {
    sessions.push({ expression: random.pick(BASIC_EXPRESSIONS), labelled: false });
  }
  return random.shuffle(sessions);
}

async function writeSession(
  root: string,
  [subjectName, sessionName]: readonly [string, string],
  random: Random,
  subject: Subject,
  session: Session,
  channels: 1 | 3,
  options: CheckedOptions,
): Promise<number> {
  const folder = async (kind: string): Promise<string> => {
    const path = join(root, kind, subjectName, sessionName);
    await mkdir(path, { recursive: true });
    return path;
  };
  const images = await folder('cohn-kanade-images');
  const points = await folder('Landmarks');
  const emotion = await folder('Emotion');
  const facs = await folder('FACS');
  const { min, max } = options.frames;
  const count = min + random.fork('length').integer(max - min + 1);
  const { views } = perform(random.fork('show'), subject, session.expression, count, options.difficulty);
  const size = { width: Math.round(640 * options.scale), height: Math.round(490 * options.scale), channels };
  const noise = random.fork('noise');
  const fileName = (frame: number, end: string): string =>
    `${subjectName}_${sessionName}_${digits(frame + 1, 8)}${end}`;
  const written: Promise<void>[] = [];
  for (const [frame, view] of views.entries()) {
    const picture = renderFace(view, size, noise);
    written.push(writeFile(join(images, fileName(frame, '.png')), encodePng(picture)));
    written.push(writeFile(join(points, fileName(frame, '_landmarks.txt')), formatPoints(picture.landmarks)));
  }
  const last = count - 1;
  if (session.labelled) {
    const code = exponential(CK_PLUS_CODES[session.expression]);
    written.push(writeFile(join(emotion, fileName(last, '_emotion.txt')), `${code}\n`));
  }
  const apex = views[last]?.action;
  if (apex !== undefined) written.push(writeFile(join(facs, fileName(last, '_facs.txt')), formatFacs(apex)));
  await Promise.all(written);
  return count;
}

function formatPoints(points: readonly Point[]): string {
  return points.map(([x, y]) => `${exponential(x)}${exponential(y)}\n`).join('');
}

function formatFacs(action: Action): string {
  const rows = ACTION_UNIT_NUMBERS.map((unit) => [unit, facsLevel(midline(action, unit))] as const);
  return rows
    .filter(([, level]) => level > 0)
    .map(([unit, level]) => `${exponential(unit)}${exponential(level)}\n`)
    .join('');
}

/** A number as CK+ writes it: 16 columns, 7 decimals, an exponent of two digits. */
function exponential(value: number): string {
  const [mantissa = '0', exponent = '+0'] = value.toExponential(7).split('e');
  return `${mantissa}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`.padStart(16);
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
