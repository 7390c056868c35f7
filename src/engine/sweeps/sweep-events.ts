import type { Value } from '../yaml/values.ts';
import type { RunEvent } from '../running/events.ts';
import type { Trial } from './trial-store.ts';

/** Everything that happens in a sweep, in order. */
export type SweepEvent =
  /** Something the user should know that concerns no trial. */
  | Extract<RunEvent, { type: 'note' }>
  | {
      readonly type: 'sweep-started';
      readonly id: string;
      readonly name: string;
      readonly method: string;
      /** Trials that the sweep is to have, and those that have ended already. */
      readonly count: number;
      readonly ended: number;
    }
  | { readonly type: 'trial-started'; readonly trial: number; readonly values: { readonly [key: string]: Value } }
  /** What happens in the run of a trial. */
  | { readonly type: 'trial-event'; readonly trial: number; readonly event: RunEvent }
  /** `interrupted`: by the user; the trial begins again when the sweep does. */
  | {
      readonly type: 'trial-finished';
      readonly trial: number;
      readonly state: Exclude<Trial['state'], 'running'> | 'interrupted';
      readonly metric: number | null;
      readonly reason: string | null;
      readonly ms: number;
    }
  | {
      readonly type: 'sweep-finished';
      readonly finished: number;
      readonly failed: number;
      readonly stopped: number;
      /** Number of the best trial. */
      readonly best: number | null;
      readonly result: 'ok' | 'failed' | 'interrupted';
    };

export type SweepListener = (event: SweepEvent) => void;
