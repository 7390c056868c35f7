import type { Life } from '../../base/locks/holder.ts';
import type { Reason } from '../planning/reasons.ts';

/** What became of an instance. */
export type Outcome =
  | { readonly type: 'ran' }
  | { readonly type: 'restored' }
  | { readonly type: 'fresh' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** Stopped by the user; nothing of it was recorded. */
  | { readonly type: 'interrupted' }
  | { readonly type: 'skipped'; readonly because: 'upstream-failed' | 'stopped-after-failure' | 'interrupted' };

/**
 * Why an instance failed. `message` says it in words; the other fields are for programs. `resultsIn` is where the results
 * of a command lie that succeeded, relative to the root.
 */
export type Failure = (
  | { readonly type: 'exit'; readonly message: string; readonly code: number | null; readonly tail: readonly string[] }
  | { readonly type: 'outputs-missing'; readonly message: string; readonly paths: readonly string[] }
  | { readonly type: 'inputs-changed'; readonly message: string; readonly names: readonly string[] }
  | { readonly type: 'inputs-missing'; readonly message: string; readonly paths: readonly string[] }
  /** The disk is full, a file cannot be read, ... */
  | { readonly type: 'system'; readonly message: string }
) & { readonly resultsIn?: string };

export interface StageTime {
  readonly stage: string;
  readonly count: number;
  /** Sum over the instances that ran, in ms. */
  readonly ms: number;
}

export interface Counts {
  readonly ran: number;
  readonly restored: number;
  readonly fresh: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Everything that happens in a run, in order. Renderers only render these; nothing else is printed. */
export type RunEvent =
  /** Something the user should know that concerns no instance. */
  | { readonly type: 'note'; readonly level: 'info' | 'warning'; readonly text: string }
  | {
      readonly type: 'plan';
      readonly instances: readonly {
        readonly instance: string;
        readonly action: 'fresh' | 'frozen' | 'restore' | 'run' | 'waits';
        readonly reasons: readonly Reason[];
      }[];
    }
  | { readonly type: 'run-started'; readonly invocation: string; readonly jobs: number; readonly todo: number }
  /** Another process is working on the instance, or on one beside it. Everything else goes on meanwhile. */
  | {
      readonly type: 'stage-waiting';
      readonly instance: string;
      readonly holder: {
        readonly id: string;
        readonly pid: number;
        readonly host: string;
        /** ISO times: when it began, and when it gave its last sign of life. */
        readonly since: string;
        readonly lastSign: string;
        /** `unknown`: it runs on another machine or in another container, and is believed while it gives signs of life. */
        readonly life: Life;
        /** How the wait ends when the holder is unknown; else empty. */
        readonly advice: string;
      };
    }
  | {
      readonly type: 'stage-started';
      readonly instance: string;
      readonly reasons: readonly Reason[];
      readonly warm: boolean;
      readonly log: string;
      /** How long it took last time, in ms, or null. */
      readonly expectedMs: number | null;
    }
  | { readonly type: 'output'; readonly instance: string; readonly stream: 'stdout' | 'stderr'; readonly line: string }
  | { readonly type: 'progress'; readonly instance: string; readonly fraction: number; readonly note: string | null }
  | { readonly type: 'object-quarantined'; readonly digest: string; readonly movedTo: string }
  | {
      readonly type: 'stage-finished';
      readonly instance: string;
      readonly outcome: Outcome;
      readonly ms: number;
      readonly log: string | null;
    }
  | { readonly type: 'stopping'; readonly signal: NodeJS.Signals }
  | {
      readonly type: 'run-finished';
      readonly counts: Counts;
      readonly ms: number;
      readonly stages: readonly StageTime[];
      readonly result: 'ok' | 'failed' | 'interrupted';
    };

export type Listener = (event: RunEvent) => void;
