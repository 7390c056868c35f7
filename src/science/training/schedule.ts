import type { Training } from '../../params/training.ts';

export type ScheduleOptions = Training['train']['schedule'];

/** What a learning rate is multiplied by, iteration by iteration. */
export interface Schedule {
  /** The factor for iteration `step`, counted from 0. */
  factor(step: number): number;
  /** Tells the mean training loss since the last report. */
  observe(loss: number): void;
  /** What the losses so far have led to, fit for JSON; null where a schedule does not look at them. */
  state(): PlateauState | null;
  /** Goes on where `state` was taken. */
  restore(state: PlateauState | null): void;
}

export interface PlateauState {
  /** The best loss so far; null before the first. */
  readonly best: number | null;
  /** Reports since then. */
  readonly reportsWithout: number;
  readonly factor: number;
}

/** The schedule of one training of `iterations` steps. */
export function createSchedule(options: ScheduleOptions, iterations: number): Schedule {
  switch (options.kind) {
    case 'constant':
      return blind(() => 1);
    case 'step':
      return blind((step) => (step >= options.at * iterations ? options.factor : 1));
    case 'plateau':
      return createPlateau(options);
  }
}

/** A schedule that follows from the iteration alone. */
function blind(factor: Schedule['factor']): Schedule {
  return { factor, observe: () => undefined, state: () => null, restore: () => undefined };
}

/**
 * PyTorch's `ReduceLROnPlateau` with mode `min`, a relative threshold and no cooldown, counted in reports where it
 * counts epochs. One difference: the threshold is a share of the loss's absolute value, because a saturating
 * adversarial loss may be negative, where PyTorch takes a slightly worse loss for a better one.
 */
function createPlateau({ factor, patience, threshold, minimum }: ScheduleOptions): Schedule {
  let state: PlateauState = { best: null, reportsWithout: 0, factor: 1 };
  return {
    factor: () => state.factor,
    observe(loss) {
      const { best } = state;
      if (best === null || loss < best - threshold * Math.abs(best)) {
        state = { ...state, best: loss, reportsWithout: 0 };
        return;
      }
      const reportsWithout = state.reportsWithout + 1;
      state =
        reportsWithout > patience
          ? { best, reportsWithout: 0, factor: Math.max(minimum, state.factor * factor) }
          : { ...state, reportsWithout };
    },
    state: () => state,
    restore: (saved) => {
      if (saved !== null) state = saved;
    },
  };
}
