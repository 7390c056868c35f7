import type { Random } from '../../base/random.ts';
import type { FacePictures } from '../../params/pictures.ts';
import type { Sequence } from './corpus.ts';
import { DataError } from './data-error.ts';

export type FoldOptions = FacePictures['folds'];

/**
 * The fold of each sequence, 0 to count - 1, in the order given. Groups (subjects, or single sequences) are dealt in
 * random order, large ones first, each to the fold in which it disturbs the balance of sizes, classes and corpora
 * least. Same sequences and same random stream, same folds. Throws a DataError when there are fewer groups than folds.
 */
export function assignFolds(sequences: readonly Sequence[], options: FoldOptions, random: Random): number[] {
  const { count, by } = options;
  if (!Number.isInteger(count) || count < 2) {
    const advice = 'Correct folds.count in the params file';
    throw new DataError({ where: 'folds', expected: 'a whole number from 2', found: String(count), advice });
  }
  const groups = new Map<string, number[]>();
  sequences.forEach((sequence, index) => {
    const key = by === 'subject' ? sequence.subject : sequence.id;
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [index]);
    else members.push(index);
  });
  if (groups.size < count) {
    throw new DataError({
      where: 'folds',
      expected: `at least ${count} ${by}s, one a fold`,
      found: String(groups.size),
      advice: 'Lower folds.count or supply more data',
    });
  }
  const strata = sequences.map(({ label, corpus }) => ['all', `label ${label}`, `corpus ${corpus}`]);
  const totals = new Counts();
  for (const names of strata) totals.add(names);
  const folds = Array.from({ length: count }, () => new Counts());
  const result = new Array<number>(sequences.length).fill(0);
  // A stable sort: groups of one size stay in their random order.
  const order = random.shuffle([...groups.values()]).sort((a, b) => b.length - a.length);
  for (const members of order) {
    const group = new Counts();
    for (const index of members) group.add(strata[index] ?? []);
    const best = leastDisturbed(folds, group, totals);
    for (const index of members) {
      result[index] = best;
      folds[best]?.add(strata[index] ?? []);
    }
  }
  return result;
}

class Counts extends Map<string, number> {
  add(names: readonly string[]): void {
    for (const name of names) this.set(name, this.of(name) + 1);
  }

  of(name: string): number {
    return this.get(name) ?? 0;
  }
}

/** The fold whose sum of squared counts, each relative to its stratum's total, grows least; the first of equals. */
function leastDisturbed(folds: readonly Counts[], group: Counts, totals: Counts): number {
  let best = 0;
  let least = Infinity;
  folds.forEach((fold, index) => {
    let growth = 0;
    for (const [name, more] of group) growth += ((2 * fold.of(name) + more) * more) / totals.of(name);
    if (growth < least) {
      least = growth;
      best = index;
    }
  });
  return best;
}
