/** Facts of a run that the runner knows and the stage does not: the runner writes them beside the journal before the stage starts. */
import { existsSync, readFileSync } from 'node:fs';

/** Written by `src/engine/running/run-facts.ts`; every field may be missing, as when a stage is started by hand. */
export interface RunFacts {
  readonly stage?: string;
  readonly fingerprint?: string;
  /** The whole params document, not only what the stage declares. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Relative to the project's root. */
  readonly lockFile?: string;
  readonly git?: GitFacts | null;
  /** The sweep that this run is a trial of. */
  readonly sweep?: { readonly id: string; readonly trial: string } | null;
}

export interface GitFacts {
  readonly commit: string;
  /** Whether tracked files differ from the commit. */
  readonly dirty: boolean;
  /** Without any user name or password. */
  readonly remote: string | null;
}

/** Where the facts of the run with this journal lie. */
export function runFactsFile(journal: string): string {
  return `${journal.replace(/\.jsonl$/, '')}.run.json`;
}

/** The facts beside a journal; none where the runner wrote none. */
export function readRunFacts(journal: string): RunFacts {
  const file = runFactsFile(journal);
  if (!existsSync(file)) return {};
  return JSON.parse(readFileSync(file, 'utf8')) as RunFacts;
}
