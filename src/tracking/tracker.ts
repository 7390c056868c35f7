/**
 * The reports of a stage about itself while it runs. Stages know this interface and not their destination: a journal on
 * disk first, services as mirrors of that journal.
 */
export interface Tracker {
  /** Scalars of one step of training. Call once a step, with steps that grow. NaN and Infinity are kept as they are. */
  log(step: number, values: Readonly<Record<string, number>>): void;
  /** Final values of the run; a later value for the same key replaces the earlier one. */
  summary(values: Readonly<Record<string, Scalar>>): void;
  /** A picture (PNG) that lies on disk; it is kept as it is now. */
  image(key: string, picture: TrackedImage): void;
  /** A small table. */
  table(key: string, table: TrackedTable): void;
  /** A versioned set of files. */
  artifact(artifact: TrackedArtifact): void;
  /** Ends the run. Nothing may be logged afterwards; calling it again changes nothing. */
  finish(outcome: RunOutcome): Promise<void>;
}

export type Scalar = string | number | boolean | null;

export type RunOutcome = 'finished' | 'failed' | 'stopped';

/** Who runs: written once, before the first step. */
export interface RunDescription {
  /** Unique name of this run, for example `train@cnn-VGG13-0`. */
  readonly name: string;
  /** Runs of one pipeline invocation share a group. */
  readonly group: string;
  /** The stage's name. */
  readonly jobType: string;
  readonly tags: readonly string[];
  /** Parameters, backend, whatever a person would filter by. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface TrackedImage {
  readonly path: string;
  readonly step?: number;
  readonly caption?: string;
}

export interface TrackedTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Scalar[])[];
}

export interface TrackedArtifact {
  readonly name: string;
  /** The kind of thing: `model`, `report`, `dataset`. */
  readonly type: string;
  /** Paths; inside the artifact a file has its base name. */
  readonly files: readonly string[];
  /** Anything a person may ask of this version. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Starts a run. The only way to get a Tracker. */
export type StartRun = (run: RunDescription) => Promise<Tracker>;
