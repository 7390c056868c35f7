/** Early stopping as W&B's sweeps do it: a trial that is not among the best at a rung goes no further. */
export interface Hyperband {
  /** Of the trials that reach a rung, one in eta goes on. */
  readonly eta: number;
  /** Numbers of reports after which a trial is judged, rising; from `min_iter`, or from `max_iter` and `s`. */
  readonly rungs: readonly number[];
}

/** Rungs at min, min * eta, min * eta^2, ... */
export function rungsFrom(minIter: number, eta: number, upTo = 1e6): number[] {
  const rungs: number[] = [];
  for (let rung = minIter; rung <= upTo; rung *= eta) rungs.push(Math.ceil(rung));
  return [...new Set(rungs)];
}

/** `s` rungs below max: max / eta, max / eta^2, ... */
export function rungsBelow(maxIter: number, s: number, eta: number): number[] {
  const rungs = Array.from({ length: s }, (_, at) => Math.floor(maxIter / eta ** (at + 1))).filter((rung) => rung >= 1);
  return [...new Set(rungs)].reverse();
}

/** What a trial reported, by stage instance and rung: the best value so far. Smaller is better. */
export type RungLosses = { readonly [instance: string]: { readonly [rung: string]: number } };

/** The best loss up to each rung that the reports have reached. */
export function lossesAtRungs(
  rungs: readonly number[],
  losses: readonly number[],
): { readonly [rung: string]: number } {
  const reached = rungs.filter((rung) => losses.length >= rung);
  return Object.fromEntries(
    reached.map((rung) => [
      String(rung),
      // A loss that is no number any more is the worst there is; JSON knows no Infinity.
      Math.min(...losses.slice(0, rung).map((loss) => (Number.isFinite(loss) ? loss : Number.MAX_VALUE))),
    ]),
  );
}

/**
 * Whether a trial goes no further: at some rung at least eta trials, itself included, have been judged, and it is not
 * among the best one in eta (rounded up) of them. Instances of a stage are judged each by their own kind, for the
 * folds of an experiment are not equally hard.
 *
 * @returns where it fell behind, in words, or null
 */
export function fallsBehind({ eta }: Hyperband, own: RungLosses, others: readonly RungLosses[]): string | null {
  for (const [instance, losses] of Object.entries(own)) {
    for (const [rung, loss] of Object.entries(losses)) {
      const rivals = others.map((other) => other[instance]?.[rung]).filter((value) => value !== undefined);
      const count = rivals.length + 1;
      const rank = rivals.filter((rival) => rival < loss).length + 1;
      const places = Math.ceil(count / eta);
      if (count >= eta && rank > places) {
        return `${instance} was number ${rank} of ${count} after ${rung} reports; the best ${places} go on`;
      }
    }
  }
  return null;
}
