/** Opens the run of a stage: the journal first, and the offline run beside it. */
import { hostname } from 'node:os';
import { relative } from 'node:path';
import { journalTo } from './journal.ts';
import { newRunId, OfflineRun } from './offline/offline-run.ts';
import { readRunFacts, type RunFacts } from './run-facts.ts';
import { trackingSettings } from './settings.ts';
import type {
  RunDescription,
  RunOutcome,
  Scalar,
  StartRun,
  TrackedArtifact,
  TrackedImage,
  TrackedTable,
  Tracker,
} from './tracker.ts';

export interface RunPlace {
  /** Absolute path of the run's journal; the runner's facts lie beside it. */
  readonly journal: string;
  /** Absolute path of the project's root. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told when recording fails, each cause once; the stage goes on. */
  readonly warn: (text: string) => void;
  readonly now?: () => number;
}

/**
 * Records a run in its journal and, unless WANDB_MODE is `disabled`, as an offline run of Weights & Biases. What the
 * runner knows (all params, commit, fingerprint, sweep) joins the run's config here.
 * Throws a TrackingSettingsError for settings that cannot be followed.
 */
export function trackRun(place: RunPlace): StartRun {
  const { journal, root, env, warn, now = Date.now } = place;
  return async (run) => {
    const settings = trackingSettings(root, env);
    const facts = readRunFacts(journal);
    const id = newRunId();
    const start = (): OfflineRun =>
      new OfflineRun(described(run, facts), {
        ...settings,
        id,
        git: facts.git ?? null,
        sweep: facts.sweep?.id ?? env['WANDB_SWEEP_ID'] ?? null,
        now,
      });
    const offline = settings.mode === 'disabled' ? null : attempt(start, warn);
    const directory = offline === null ? null : relative(root, offline.path);
    const lines = await journalTo(journal, now, { id, directory, pid: process.pid, host: hostname() })(run);
    return offline === null ? lines : new BothTrackers(lines, offline, warn);
  };
}

/** The run with everything that a person may want to filter by. */
function described(run: RunDescription, facts: RunFacts): RunDescription {
  const { params = {}, git, fingerprint, sweep, lockFile } = facts;
  const pipeline = {
    name: run.name,
    invocation: run.group,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(lockFile === undefined ? {} : { lockFile }),
    ...(git ? { commit: git.commit, dirty: git.dirty } : {}),
    ...(sweep ? { sweep: sweep.id, trial: sweep.trial } : {}),
  };
  return { ...run, config: { ...params, ...run.config, pipeline } };
}

function attempt<T>(action: () => T, warn: (text: string) => void): T | null {
  try {
    return action();
  } catch (error) {
    warn(
      `not all of this run is recorded for Weights & Biases: ${error instanceof Error ? error.message : String(error)}`,
    );
    return null;
  }
}

/** A full disk says the same at every step; a person needs it once. */
function once(warn: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text)) warn(text);
    said.add(text);
  };
}

/** Speaks to the journal, which must not fail, and to the offline run, which may: training is worth more than its record. */
class BothTrackers implements Tracker {
  readonly #journal: Tracker;
  readonly #warn: (text: string) => void;
  #offline: OfflineRun | null;

  constructor(journal: Tracker, offline: OfflineRun, warn: (text: string) => void) {
    this.#journal = journal;
    this.#offline = offline;
    this.#warn = once(warn);
  }

  log(step: number, values: Readonly<Record<string, number>>): void {
    this.#both((tracker) => tracker.log(step, values));
  }

  summary(values: Readonly<Record<string, Scalar>>): void {
    this.#both((tracker) => tracker.summary(values));
  }

  image(key: string, picture: TrackedImage): void {
    this.#both((tracker) => tracker.image(key, picture));
  }

  table(key: string, table: TrackedTable): void {
    this.#both((tracker) => tracker.table(key, table));
  }

  artifact(artifact: TrackedArtifact): void {
    this.#both((tracker) => tracker.artifact(artifact));
  }

  async finish(outcome: RunOutcome): Promise<void> {
    const offline = this.#offline;
    this.#offline = null;
    // Its work is done when it returns.
    if (offline !== null) attempt(() => void offline.finish(outcome), this.#warn);
    await this.#journal.finish(outcome);
  }

  #both(say: (tracker: Tracker) => void): void {
    say(this.#journal);
    const offline = this.#offline;
    if (offline === null) return;
    attempt(() => say(offline), this.#warn);
  }
}
