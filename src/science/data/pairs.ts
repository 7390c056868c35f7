import type { FacePictures } from '../../params/pictures.ts';
import { describeSkipped, Tally } from './corpus.ts';
import type { Frame, Sequence, Skipped } from './corpus.ts';
import { DataError } from './data-error.ts';

/** A sequence reduced to what training uses: weak frames, each to be matched with the one peak. */
export interface PairedSequence {
  readonly sequence: Sequence;
  /** At least one. */
  readonly weak: readonly Frame[];
  readonly peak: Frame;
}

export interface PairOptions {
  /** Labels to keep, in the order that becomes their number. The paper's mix has six: contempt is dropped. */
  readonly classes: readonly string[];
  /** 1-based positions of weak frames; the paper's are 6, 7 and 8. */
  readonly weak: FacePictures['weakFrames'];
  readonly short: FacePictures['short'];
}

/**
 * Weak and peak frames of each sequence: the peak is the last frame, weak are the frames at the given positions that
 * lie before it (a corpus that knows its weak frames overrides the positions). Sequences of other classes or with
 * fewer than two frames are counted and left out. Throws a DataError when a class keeps no sequence.
 */
export function pairsOf(
  sequences: readonly Sequence[],
  options: PairOptions,
): { readonly pairs: readonly PairedSequence[]; readonly skipped: readonly Skipped[] } {
  const tally = new Tally();
  const pairs: PairedSequence[] = [];
  for (const sequence of sequences) {
    const { corpus, frames, label } = sequence;
    const peak = frames.at(-1);
    if (!options.classes.includes(label)) tally.add(corpus, 'sequence', `class ${label} is not among the classes`);
    else if (peak === undefined || frames.length < 2) tally.add(corpus, 'sequence', 'fewer than two frames');
    else {
      const weak = weakFrames(sequence, options);
      if (weak.length > 0) pairs.push({ sequence, weak, peak });
      else tally.add(corpus, 'sequence', `no frame at positions ${options.weak.join(', ')} before the apex`);
    }
  }
  const empty = options.classes.filter((name) => !pairs.some(({ sequence }) => sequence.label === name));
  if (empty.length > 0) {
    const skipped = tally.list();
    const left = skipped.length === 0 ? '' : `, of which ${describeSkipped(skipped)} are left out`;
    const labels = [...new Set(sequences.map(({ label }) => label))].join(', ');
    const found = `none of ${empty.join(', ')}; the corpora have ${labels}${left}`;
    const advice =
      'Correct classes, weakFrames or short of these pictures in the params file, or the labels of the reader';
    throw new DataError({ where: 'classes', expected: 'sequences of each class', found, advice });
  }
  return { pairs, skipped: tally.list() };
}

function weakFrames({ frames, weak }: Sequence, options: PairOptions): readonly Frame[] {
  const positions = [...new Set(weak ?? options.weak)].sort((a, b) => a - b);
  const before = positions.filter((position) => position >= 1 && position < frames.length);
  if (before.length === 0 && options.short === 'before-apex') before.push(frames.length - 1);
  return before.flatMap((position) => frames[position - 1] ?? []);
}
