/**
 * A run in the offline format of Weights & Biases: a directory that the official client uploads with `wandb sync`, and
 * `pipeline sync` as well. Everything is on its way to the disk when a method returns: a kill loses nothing said before,
 * a power cut at most the last second. A run without an exit record counts as crashed.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname, platform, release } from 'node:os';
import { join } from 'node:path';
import type { GitFacts } from '../run-facts.ts';
import type {
  RunDescription,
  RunOutcome,
  Scalar,
  TrackedArtifact,
  TrackedImage,
  TrackedTable,
  Tracker,
} from '../tracker.ts';
import { stageArtifact } from './artifact.ts';
import { addImage, addTable, type Media } from './media.ts';
import { encodeRecord, itemsOf, type WandbRecord } from './records.ts';
import { WandbLogWriter } from './wandb-log.ts';

export interface OfflineRunOptions {
  /** The `wandb` directory, where run directories lie. */
  readonly directory: string;
  readonly id: string;
  readonly project: string;
  /** Null: whoever uploads it. */
  readonly entity: string | null;
  readonly git: GitFacts | null;
  readonly sweep: string | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** `pipeline.json` in a run directory: facts that `pipeline runs` and the uploader need before they read the run itself. */
export interface RunMarker {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly invocation: string;
  /** The process that writes the run, to tell a run under way from one that crashed. */
  readonly pid: number;
  readonly host: string;
}

export const MARKER_FILE = 'pipeline.json';

const EXIT_CODES: Readonly<Record<RunOutcome, number>> = { finished: 0, failed: 1, stopped: 255 };
const NOW = 0;
const MEDIA = 2;
const OTHER = 0;
/** How often the summary is brought up to date while the run goes on (ms). */
const SUMMARY_EVERY = 1000;

/** Eight lower-case letters and digits, as Weights & Biases names runs. */
export function newRunId(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 8 }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

/** Name of a run's directory, with the local time of its start. */
export function runDirectoryName(id: string, startedAt: number): string {
  const date = new Date(startedAt);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `offline-run-${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}-${id}`;
}

export class OfflineRun implements Tracker {
  /** Absolute path of the run's directory. */
  readonly path: string;
  readonly #options: OfflineRunOptions;
  readonly #startedAt: number;
  readonly #log: WandbLogWriter;
  /** Last values of everything logged; the official readers do not derive them from the history. */
  readonly #summary: Record<string, unknown> = {};
  /** Media that join the next row: a step is one row. */
  #waiting: Record<string, unknown> = {};
  #nextStep = 0;
  #records = 0;
  #summaryAt: number;
  #finished = false;

  /** Creates the directory. Throws what the file system throws. */
  constructor(run: RunDescription, options: OfflineRunOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    this.#summaryAt = this.#startedAt;
    this.path = join(options.directory, runDirectoryName(options.id, this.#startedAt));
    mkdirSync(join(this.path, 'files'), { recursive: true });
    mkdirSync(join(this.path, 'logs'));
    const marker: RunMarker = {
      version: 1,
      id: options.id,
      name: run.name,
      invocation: run.group,
      pid: process.pid,
      host: hostname(),
    };
    writeFileSync(join(this.path, MARKER_FILE), `${JSON.stringify(marker)}\n`);
    this.#log = new WandbLogWriter(join(this.path, `run-${options.id}.wandb`));
    this.#write({ header: { version_info: { producer: '0.30.0', min_consumer: '0.8.0' } } });
    this.#write({ run: this.#runRecord(run) });
    this.#addMetadata();
  }

  log(step: number, values: Readonly<Record<string, number>>): void {
    this.#row(step, { ...this.#waiting, ...values });
    this.#waiting = {};
    Object.assign(this.#summary, values);
    if (this.#options.now() - this.#summaryAt >= SUMMARY_EVERY) this.#writeSummary();
  }

  summary(values: Readonly<Record<string, Scalar>>): void {
    Object.assign(this.#summary, values);
    this.#write({ summary: { update: itemsOf(values) } });
  }

  image(key: string, picture: TrackedImage): void {
    this.#addMedia(key, addImage(this.#files, key, picture.step ?? this.#nextStep, picture));
  }

  table(key: string, table: TrackedTable): void {
    this.#addMedia(key, addTable(this.#files, key, this.#nextStep, table));
  }

  artifact(artifact: TrackedArtifact): void {
    const { id, project, entity } = this.#options;
    const run = { run_id: id, project, entity: entity ?? '' };
    this.#write({ artifact: stageArtifact(join(this.path, 'artifacts'), artifact, run) });
  }

  finish(outcome: RunOutcome): Promise<void> {
    if (this.#finished) return Promise.resolve();
    this.#finished = true;
    if (Object.keys(this.#waiting).length > 0) this.#row(this.#nextStep, this.#waiting);
    this.#writeSummary();
    const runtime = Math.round((this.#options.now() - this.#startedAt) / 1000);
    this.#write({ exit: { exit_code: EXIT_CODES[outcome], runtime } });
    this.#log.close();
    return Promise.resolve();
  }

  get #files(): string {
    return join(this.path, 'files');
  }

  #write(record: WandbRecord): void {
    this.#records++;
    this.#log.append(encodeRecord({ num: this.#records, ...record }));
  }

  #row(step: number, values: Readonly<Record<string, unknown>>): void {
    const now = this.#options.now();
    const clock = { _step: step, _runtime: (now - this.#startedAt) / 1000, _timestamp: now / 1000 };
    this.#write({ history: { item: itemsOf({ ...values, ...clock }), step: { num: step } } });
    this.#nextStep = step + 1;
    Object.assign(this.#summary, clock);
  }

  #writeSummary(): void {
    this.#summaryAt = this.#options.now();
    const runtime = Math.round((this.#summaryAt - this.#startedAt) / 1000);
    this.#write({ summary: { update: itemsOf({ ...this.#summary, _wandb: { runtime } }) } });
  }

  /** The reference is in the summary at once, so that a kill does not take it; the history gets it with the next row. */
  #addMedia(key: string, { path, value }: Media): void {
    this.#write({ files: { files: [{ path, policy: NOW, type: MEDIA }] } });
    this.#waiting[key] = value;
    this.#summary[key] = value;
    this.#write({ summary: { update: itemsOf({ [key]: value }) } });
  }

  #runRecord(run: RunDescription): NonNullable<WandbRecord['run']> {
    const { id, project, entity, git, sweep } = this.#options;
    const milliseconds = this.#startedAt % 1000;
    const start_time = { seconds: Math.floor(this.#startedAt / 1000), nanos: Math.round(milliseconds * 1e6) };
    return {
      run_id: id,
      ...(entity === null ? {} : { entity }),
      project,
      config: { update: itemsOf(run.config) },
      run_group: run.group,
      job_type: run.jobType,
      display_name: run.name,
      tags: run.tags,
      ...(sweep === null ? {} : { sweep_id: sweep }),
      host: hostname(),
      start_time,
      ...(git === null ? {} : { git: { commit: git.commit, remote_url: git.remote ?? '' } }),
    };
  }

  /** The facts that Weights & Biases shows under "overview". */
  #addMetadata(): void {
    const { git } = this.#options;
    const metadata = {
      os: `${platform()} ${release()}`,
      node: process.version,
      host: hostname(),
      startedAt: new Date(this.#startedAt).toISOString(),
      ...(git === null ? {} : { git: { commit: git.commit, remote: git.remote } }),
    };
    writeFileSync(join(this.#files, 'wandb-metadata.json'), `${JSON.stringify(metadata, null, 2)}\n`);
    this.#write({ files: { files: [{ path: 'wandb-metadata.json', policy: NOW, type: OTHER }] } });
  }
}
