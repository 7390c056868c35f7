import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../base/random.ts';
import type { Random } from '../base/random.ts';
import { LSEMSW_EXPRESSIONS } from '../science/data/corpus.ts';
import { SPLITS } from '../science/data/stills.ts';
import type { Split } from '../science/data/stills.ts';
import { encodePng } from './encode.ts';
import { renderFace } from './face/render.ts';
import type { Picture } from './face/render.ts';
import { writeNotice } from './notice.ts';
import { SyntheticCorpusError } from './options.ts';
import { stageDirectory } from './staging.ts';
import { createApexOf, createSubject, oneSided } from './subject.ts';
import type { WildDifficulty } from './wild-difficulty.ts';
import { wildDifficultyProblem } from './wild-difficulty.ts';
import type { WildExpression } from './wild-expressions.ts';
import { WILD_PROTOTYPES } from './wild-expressions.ts';
import { createWildLight, createWildPose, createWildSetting } from './wild-setting.ts';

export interface WildOptions {
  /** Everything random follows from it: the same seed gives the same files. */
  readonly seed: number;
  /** Pictures of each class in each split; at least one to train on and one to test on. */
  readonly perClass: Readonly<Record<Split, number>>;
  /** Size of a picture: 1 is 128 pixels a side. */
  readonly scale: number;
  readonly difficulty: WildDifficulty;
  /** Called with the finished share, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  /** Ends the writing early; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface WildSummary {
  readonly pictures: number;
}

/** The list of pictures, with the columns `path,label,split`. */
export const MANIFEST = 'manifest.csv';

const SIDE = 128;

interface Row {
  readonly path: string;
  readonly label: WildExpression;
  readonly split: Split;
}

/**
 * Writes a corpus in the form of LSEMSW: `manifest.csv` with `path,label,split`, and pictures such as
 * `images/train/00001.png`, each of another person, in colour, all of them subtle, in the light and before the
 * background of a film, some with something before the face. No person appears twice, so none is in two splits.
 *
 * Throws SyntheticCorpusError for a wrong option or a target that is not free, and the signal's reason when aborted;
 * then nothing is left behind.
 */
export async function writeWild(directory: string, options: WildOptions): Promise<WildSummary> {
  check(options);
  const { seed, perClass, scale, difficulty, signal } = options;
  const random = createRandom(seed).fork('wild');
  const rows = plan(random.fork('order'), perClass);
  return stageDirectory(directory, async (root) => {
    await writeNotice(root, 'LSEMSW', { seed, perClass, scale, difficulty });
    for (const split of SPLITS) {
      if (perClass[split] > 0) await mkdir(join(root, 'images', split), { recursive: true });
    }
    for (const [index, { path, label }] of rows.entries()) {
      signal?.throwIfAborted();
      await writeFile(
        join(root, path),
        encodePng(drawWild(random.fork(path), label, Math.round(SIDE * scale), difficulty)),
      );
      options.onProgress?.((index + 1) / rows.length);
    }
    const lines = rows.map(({ path, label, split }) => `${path},${label},${split}\n`);
    await writeFile(join(root, MANIFEST), `path,label,split\n${lines.join('')}`);
    return { pictures: rows.length };
  });
}

/** One picture of somebody who has an expression. Square, in colour. */
export function drawWild(
  random: Random,
  expression: WildExpression,
  side: number,
  difficulty: WildDifficulty,
): Picture {
  const subject = createSubject(random.fork('subject'), difficulty);
  const prototype = WILD_PROTOTYPES[expression];
  const show = random.fork('show');
  const half = show.uniform() < 0.5 ? -1 : 1;
  const neighbour = WILD_PROTOTYPES[show.pick(LSEMSW_EXPRESSIONS)].units;
  const { left, right } = createApexOf(
    show,
    subject,
    {
      units: prototype.units,
      neighbour,
      halves: (unit) => oneSided(prototype.oneSided?.includes(unit) === true ? half : 0, 0.1),
    },
    { ...difficulty, peakIntensity: difficulty.intensity },
  );
  const camera = random.fork('camera');
  const view = {
    identity: subject.identity,
    action: [left, right] as const,
    pose: createWildPose(random.fork('pose'), difficulty.pose, prototype),
    light: createWildLight(random.fork('light'), difficulty.light),
    camera: { blur: difficulty.blur * camera.between(0.3, 1), noise: difficulty.noise * camera.between(0.5, 1.5) },
    setting: createWildSetting(random.fork('setting'), difficulty, subject.identity),
  };
  return renderFace(view, { width: side, height: side, channels: 3 }, random.fork('noise'));
}

/** The rows of the manifest, split by split; within a split in random order, so that a number tells nothing of a class. */
function plan(random: Random, perClass: Readonly<Record<Split, number>>): Row[] {
  return SPLITS.flatMap((split) => {
    const labels = LSEMSW_EXPRESSIONS.flatMap((label) => Array<WildExpression>(perClass[split]).fill(label));
    return random
      .fork(split)
      .shuffle(labels)
      .map((label, index) => ({ path: `images/${split}/${String(index + 1).padStart(5, '0')}.png`, label, split }));
  });
}

function check({ seed, perClass, scale, difficulty }: WildOptions): void {
  const problems = [
    Number.isFinite(seed) ? undefined : `seed must be a number, not ${seed}`,
    scale >= 0.125 && scale <= 8 ? undefined : `scale must be from 0.125 to 8, not ${scale}`,
    ...SPLITS.map((split) => {
      const least = split === 'val' ? 0 : 1;
      const count = perClass[split];
      if (Number.isInteger(count) && count >= least && count <= 7000) return undefined;
      return `perClass.${split} must be a whole number from ${least} to 7000, not ${count}`;
    }),
    wildDifficultyProblem(difficulty),
  ];
  const problem = problems.find((one) => one !== undefined);
  if (problem === undefined) return;
  throw new SyntheticCorpusError(`synthetic corpus in the wild: ${problem}; change synthesize.wild in the params file`);
}
