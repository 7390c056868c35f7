import { EXPRESSIONS } from '../../names.ts';
import { DataError, quoted } from '../data-error.ts';
import type { DrawOptions } from '../pictures/draw-frame.ts';
import type { Crop } from '../pictures/face-crop.ts';
import type { FoldOptions } from '../folds.ts';
import { choice, classNames, decimal, group, option, readOptions, whole } from '../options.ts';
import type { OptionOf } from '../options.ts';
import type { PairOptions } from '../pairs.ts';

export interface PrepareOptions extends DrawOptions {
  /** What the set is called, for people: `faces`. */
  readonly name: string;
  readonly pairs: PairOptions;
  readonly folds: FoldOptions & { readonly seed: number };
}

const MIX = EXPRESSIONS.filter((name) => name !== 'contempt');

/**
 * The options of `prepare` from a params document; what it leaves out is as in the paper (six classes, weak frames 6 to
 * 8, five folds, 144 pixels in colour), except that folds are by subject. Throws a DataError for an unknown key or a
 * value that makes no sense.
 */
export function readPrepareOptions(given: Readonly<Record<string, unknown>>): PrepareOptions {
  return readOptions<PrepareOptions>('prepare', given, {
    name: option('faces', 'a name', (value): value is string => typeof value === 'string' && value !== ''),
    pairs: (value, where) =>
      readOptions<PairOptions>('prepare.pairs', group(value, where), {
        classes: classNames(MIX),
        weak: option<readonly number[]>([6, 7, 8], 'a list of positions, whole numbers from 1', isPositions),
        short: choice(['before-apex', 'skip']),
      }),
    folds: (value, where) =>
      readOptions<PrepareOptions['folds']>('prepare.folds', group(value, where), {
        count: whole(5, 2, 1000),
        by: choice(['subject', 'sequence']),
        seed: whole(1, -(2 ** 31), 2 ** 32),
      }),
    image: (value, where) =>
      readOptions<PrepareOptions['image']>('prepare.image', group(value, where), {
        size: whole(144, 1, 4096),
        channels: choice([3, 1]),
      }),
    crops: (value, where) => {
      const crops = Object.entries(group(value, where));
      return Object.fromEntries(crops.map(([corpus, crop]) => [corpus, readCrop(crop, `crops.${corpus}`)]));
    },
    onBadImage: choice(['fail', 'skip']),
  });
}

function isPositions(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((position) => Number.isInteger(position) && position > 0)
  );
}

const readCrop: OptionOf<Crop> = (value, where) => {
  const { kind, ...rest } = group(value, `option ${where} of prepare`);
  const of = `prepare.${where}`;
  switch (kind) {
    case 'whole':
      return { kind, ...readOptions<object>(of, rest, {}) };
    case 'box':
      return {
        kind,
        ...readOptions<{ x: number; y: number; size: number }>(of, rest, {
          x: decimal(0, -1, 1),
          y: decimal(0, -1, 1),
          size: decimal(1, 0.01, 4),
        }),
      };
    case 'landmarks':
      return {
        kind,
        ...readOptions<{ margin: number; reference: 'first' | 'own'; upright: boolean }>(of, rest, {
          margin: decimal(0.1, -0.4, 4),
          reference: choice(['first', 'own']),
          upright: choice([false, true]),
        }),
      };
    default: {
      const expected = 'one of whole, box, landmarks';
      throw new DataError({
        where: `option kind of ${of}`,
        expected,
        found: quoted(kind),
        advice: 'Correct the params file',
      });
    }
  }
};
