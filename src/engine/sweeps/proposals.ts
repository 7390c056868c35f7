import type { Draw } from './random.ts';
import { gridProposal, type Proposal, randomProposal } from './space.ts';
import type { Sweep } from './sweep-file.ts';
import { tpeProposal } from './tpe.ts';
import type { Trial } from './trial-store.ts';

/** What trial number `index` tries: a proposal, `wait` until trials before it have ended, or null when there is none. */
export function propose(sweep: Sweep, index: number, trials: readonly Trial[], draw: Draw): Proposal | 'wait' | null {
  switch (sweep.method) {
    case 'grid':
      return gridProposal(sweep.space, index);
    case 'random':
      return randomProposal(sweep.space, index, draw);
    case 'bayes': {
      // What is known are whole rounds, so that proposals do not depend on which trial of a round ends first.
      const known = Math.floor(index / sweep.batch) * sweep.batch;
      const before = trials.filter(({ trial }) => trial < index);
      const ended = before.filter(({ trial, state }) => trial < known && state !== 'running');
      if (ended.length < known || before.length < index) return 'wait';
      const observations = before.map((trial) => ({
        point: trial.point,
        loss: trial.trial < known ? lossOf(trial, sweep) : null,
      }));
      return tpeProposal(sweep.space, observations, index, draw);
    }
  }
}

/** The best finished trial, the earliest of equals; null when none finished. */
export function bestOf(trials: readonly Trial[], sweep: Sweep): Trial | null {
  let best: Trial | null = null;
  for (const trial of trials) {
    if (trial.state === 'finished' && (best === null || lossOf(trial, sweep) < lossOf(best, sweep))) best = trial;
  }
  return best;
}

/** True when some trial is as good as the sweep wants it. */
export function reachedTarget(trials: readonly Trial[], sweep: Sweep): boolean {
  const { target, goal } = sweep.metric;
  if (target === null) return false;
  const wanted = goal === 'minimize' ? target : -target;
  return trials.some((trial) => lossOf(trial, sweep) <= wanted);
}

function lossOf({ state, metric }: Trial, sweep: Sweep): number {
  if (state !== 'finished' || metric === null) return Infinity;
  return sweep.metric.goal === 'minimize' ? metric : -metric;
}
