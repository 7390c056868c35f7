/** The content of an offline run so far, in the form in which it is uploaded. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ArtifactRecord, decodeRecord, type Item, keyOf, type RunRecord } from '../offline/records.ts';
import { WandbLogFollower } from '../offline/wandb-log.ts';

export class RunContent {
  /** Absolute path of the run's directory. */
  readonly directory: string;
  /** Absolute path of its `.wandb` file. */
  readonly file: string;
  run: RunRecord | null = null;
  /** Rows of the history as JSON texts, in order. */
  readonly rows: string[] = [];
  readonly files = new Set<string>();
  readonly artifacts: ArtifactRecord[] = [];
  /** Null until the run has said how it ended. */
  exitCode: number | null = null;
  readonly #summary = new Map<string, string>();
  readonly #follower: WandbLogFollower;

  constructor(directory: string, file: string) {
    this.directory = directory;
    this.file = file;
    this.#follower = new WandbLogFollower(file);
  }

  /** Reads what was written since the last call. Throws a WandbLogError or ProtobufError for a file of another kind. */
  poll(): void {
    for (const bytes of this.#follower.poll()) {
      const { run, history, summary, files, artifact, exit, config } = decodeRecord(bytes);
      if (run !== undefined) this.run = { ...this.run, ...run };
      if (config !== undefined && this.run !== null) {
        const update = [...(this.run.config?.update ?? []), ...(config.update ?? [])];
        this.run = { ...this.run, config: { update } };
      }
      if (history !== undefined) this.rows.push(objectText(history.item ?? []));
      for (const item of summary?.update ?? []) this.#summary.set(keyOf(item), item.value_json ?? 'null');
      for (const { path } of files?.files ?? []) if (path !== undefined) this.files.add(path);
      if (artifact !== undefined) this.artifacts.push(artifact);
      if (exit !== undefined) this.exitCode = exit.exit_code ?? 0;
    }
  }

  get summary(): string {
    return `{${[...this.#summary].map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`;
  }
}

function objectText(items: readonly Item[]): string {
  return `{${items.map((item) => `${JSON.stringify(keyOf(item))}:${item.value_json ?? 'null'}`).join(',')}}`;
}

/** The `.wandb` file of a run directory, or null where there is none (yet). Throws what reading the directory throws. */
export function wandbFileIn(directory: string): string | null {
  if (!existsSync(directory)) return null;
  const name = readdirSync(directory).find((file) => /^run-.+\.wandb$/.test(file));
  return name === undefined ? null : join(directory, name);
}
