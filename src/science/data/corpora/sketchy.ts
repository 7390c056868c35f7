import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { createRandom } from '../../../base/random.ts';
import type { Random } from '../../../base/random.ts';
import { Tally } from '../corpus.ts';
import type { CorpusReader, Frame, Sequence } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import { decodeImage } from '../pictures/decode.ts';
import { withChannels } from '../pictures/images.ts';
import type { GreyImage } from '../pictures/images.ts';
import { choice, classNames, option, readOptions, whole } from '../options.ts';
import { describeFolder, filesIfThere, findFolder, list, pathInside, requireFolder } from './folders.ts';
import { slashStyle } from './slash-options.ts';
import { drawSlashes } from './slashes.ts';
import type { SlashStyle } from './slashes.ts';

const NAME = 'sketchy';
const LAYOUT = '256x256/sketch/tx_000000000000/cat/n02121620_1049-1.png';

/** Photo, number of its sketch. */
const SKETCH = /^(n\d+_\d+)-(\d+)\.(png|jpe?g)$/i;
const TRANSFORM = /^tx_\d+$/;
const INVALID = ['error', 'ambiguous', 'pose', 'context'] as const;

interface Options {
  readonly classes: readonly string[];
  /** Sketches of each class, from the first on. */
  readonly perClass: number;
  /** Destroyed versions of each sketch. */
  readonly variants: number;
  readonly slashes: SlashStyle;
  readonly seed: number;
  /** Which folder of renderings: as drawn, or placed and scaled in another way. */
  readonly transform: string;
  /** What becomes of sketches that the corpus's own reviewers marked in `info/invalid-*.txt`. */
  readonly invalid: 'skip' | 'keep';
}

/**
 * The Sketchy database (Sangkloy et al. 2016), the corpus of section 4.6 of the paper: weak frames are a sketch with
 * slashes over it, the peak is the sketch. Sketches of one photo count as one subject, so that no two of them are in
 * training and test at once. The root is the folder that holds `256x256`, or one further down that holds `sketch`;
 * `info` is looked for beside. Photos are not read. Options: `classes`, `perClass` (100), `variants` (3), `slashes`,
 * `seed`, `transform` (tx_000000000000), `invalid` (skip, keep).
 */
export const sketchy: CorpusReader = {
  name: NAME,
  async read(root, given) {
    const options = readOptions<Options>(`corpus ${NAME}`, given, {
      classes: classNames(['cat']),
      perClass: whole(100, 1),
      variants: whole(3, 1),
      slashes: slashStyle,
      seed: whole(1, -(2 ** 31), 2 ** 32),
      transform: option('tx_000000000000', 'a name such as tx_000000000000', isTransform),
      invalid: choice(['skip', 'keep']),
    });
    await requireFolder(root, LAYOUT);
    const sketches = await findSketches(root);
    const folder = join(sketches, options.transform);
    await requireFolder(folder, `classes, as in ${LAYOUT}`);
    const invalid = options.invalid === 'skip' ? await invalidSketches(root, sketches) : new Map<string, string>();
    const there = (await list(folder)).folders;
    const tally = new Tally();
    const random = createRandom(options.seed);
    const sequences: Sequence[] = [];
    for (const label of options.classes) {
      if (!there.includes(label)) throw await noSuchClass(folder, label, there);
      const names = (await list(join(folder, label))).files.filter((file) => fits(file, invalid, tally));
      if (names.length < options.perClass) {
        const expected = `${options.perClass} sketches`;
        const advice = 'Lower option perClass, or restore the sketches from the corpus';
        throw new DataError({ where: join(folder, label), expected, found: String(names.length), advice });
      }
      const chosen = names.slice(0, options.perClass);
      sequences.push(...chosen.map((file) => toSequence(join(folder, label, file), label, file, options, random)));
    }
    return { sequences, skipped: tally.list(), source: pathInside(root, folder) };
  },
};

function isTransform(value: unknown): value is string {
  return typeof value === 'string' && TRANSFORM.test(value);
}

async function findSketches(root: string): Promise<string> {
  // The root may be the folder itself, whatever it is called.
  if ((await list(root)).folders.some((name) => TRANSFORM.test(name)) && !/^photo/i.test(basename(resolve(root))))
    return root;
  const found = await findFolder(root, {
    name: /^sketch(es)?$/i,
    holds: TRANSFORM,
    through: /^(256x256|rendered_256x256|sketchy)$/i,
    depth: 3,
  });
  if (found !== null) return found;
  throw new DataError({
    where: root,
    expected: LAYOUT,
    found: await describeFolder(root),
    advice: 'Give the folder that holds 256x256',
  });
}

/** Why a sketch is marked as invalid, by its name without extension. The lists are above the folder of sketches. */
async function invalidSketches(root: string, sketches: string): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  const above = [sketches, dirname(sketches), dirname(dirname(sketches)), root];
  for (const base of new Set(above.map((folder) => resolve(folder, 'info')))) {
    const files = await filesIfThere(base);
    for (const reason of INVALID) {
      if (!files.includes(`invalid-${reason}.txt`)) continue;
      const text = await readFile(join(base, `invalid-${reason}.txt`), 'utf8');
      for (const line of text.split(/[\r\n]+/)) if (line.trim() !== '') reasons.set(line.trim(), reason);
    }
  }
  return reasons;
}

function fits(file: string, invalid: ReadonlyMap<string, string>, tally: Tally): boolean {
  const reason = invalid.get(file.replace(/\.[^.]+$/, ''));
  if (!SKETCH.test(file)) tally.add(NAME, 'file', 'not named like a sketch of the corpus');
  else if (reason !== undefined) tally.add(NAME, 'sketch', `marked invalid by the corpus (${reason})`);
  else return true;
  return false;
}

function toSequence(path: string, label: string, file: string, options: Options, random: Random): Sequence {
  const name = `${label}/${file}`;
  const [, photo = ''] = SKETCH.exec(file) ?? [];
  const sketch = async (): Promise<GreyImage> => {
    const grey = withChannels(await decodeImage(path), 1);
    return { ...grey, channels: 1 };
  };
  const destroyed = Array.from({ length: options.variants }, (_, variant): Frame => {
    const version = `${name}/destroyed-${variant}`;
    const load = async () => drawSlashes(await sketch(), options.slashes, random.fork(version));
    return { kind: 'loaded', name: version, load };
  });
  return {
    corpus: NAME,
    id: `${NAME}/${name}`,
    subject: `${NAME}/${photo}`,
    label,
    frames: [...destroyed, { kind: 'loaded', name, load: sketch }],
    weak: destroyed.map((_, variant) => variant + 1),
  };
}

async function noSuchClass(folder: string, label: string, there: readonly string[]): Promise<DataError> {
  const similar = [...there].sort((a, b) => distance(a, label) - distance(b, label)).slice(0, 5);
  const found = there.length === 0 ? await describeFolder(folder) : `${there.length} classes without ${quoted(label)}`;
  const advice =
    similar.length > 0 ? `Correct option classes; similar names are ${similar.join(', ')}` : 'Correct option classes';
  return new DataError({ where: folder, expected: `a folder ${label}`, found, advice });
}
