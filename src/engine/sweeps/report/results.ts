/** What the report of a sweep is made from. */
export interface SweepResults {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly method: string;
  readonly metric: { readonly name: string; readonly goal: 'minimize' | 'maximize' };
  /** The params that were varied, in the order of the sweep file. */
  readonly axes: readonly Axis[];
  readonly trials: readonly TrialResult[];
  /** Number of the best trial. */
  readonly best: number | null;
}

export interface Axis {
  /** Dotted params key. */
  readonly key: string;
  /** Categories have no order: importance treats them apart. */
  readonly categories: number | null;
  /** Labelled positions in [0, 1]. */
  readonly ticks: readonly { readonly position: number; readonly label: string }[];
}

export interface TrialResult {
  readonly trial: number;
  readonly state: 'running' | 'finished' | 'failed' | 'stopped';
  readonly metric: number | null;
  readonly reason: string | null;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where each value lies on its axis, in [0, 1]. */
  readonly point: Readonly<Record<string, number>>;
}

/** Finished trials with their metric. */
export function finishedTrials({ trials }: SweepResults): readonly (TrialResult & { readonly metric: number })[] {
  return trials.flatMap((trial) =>
    trial.state === 'finished' && trial.metric !== null ? [{ ...trial, metric: trial.metric }] : [],
  );
}

/** A number in at most four digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
