export interface ScheduleOptions {
  /**
   * `constant`; `step`: one drop at a share of the iterations; `plateau`: one drop when the training loss stops falling
   * (§4.2: from 1e-4 to 1e-5).
   */
  readonly kind: 'constant' | 'step' | 'plateau';
  /** Where `step` drops, as a share of the iterations in [0, 1]. */
  readonly at: number;
  /** What the drop multiplies every learning rate by. */
  readonly factor: number;
  /** How many reports in a row without a new lowest loss make a plateau. */
  readonly patience: number;
}

/** What a learning rate is multiplied by, iteration by iteration. */
export interface Schedule {
  /** The factor for iteration `step`, counted from 0. */
  factor(step: number): number;
  /** Tells the mean training loss since the last report. */
  observe(loss: number): void;
}

/** The schedule of one training of `iterations` steps. */
export function createSchedule(options: ScheduleOptions, iterations: number): Schedule {
  switch (options.kind) {
    case 'constant':
      return { factor: () => 1, observe: () => undefined };
    case 'step':
      return {
        factor: (step) => (step >= options.at * iterations ? options.factor : 1),
        observe: () => undefined,
      };
    case 'plateau':
      return createPlateau(options);
  }
}

function createPlateau({ factor, patience }: ScheduleOptions): Schedule {
  let lowest = Infinity;
  let reportsWithout = 0;
  let dropped = false;
  return {
    factor: () => (dropped ? factor : 1),
    observe(loss) {
      if (loss < lowest) {
        lowest = loss;
        reportsWithout = 0;
        return;
      }
      reportsWithout += 1;
      if (reportsWithout >= patience) dropped = true;
    },
  };
}
