/** The runs of a project as their journals tell them: what people look at who have no account anywhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { JournalEntry, RunOrigin } from '../journal.ts';
import { readRunFacts, type RunFacts } from '../run-facts.ts';
import type { RunOutcome } from '../tracker.ts';
import { flatten } from './flatten.ts';
import { statePlace } from '../../base/state-place.ts';

/** `running`: its process is alive. `crashed`: it is not, and never said how the run ended. */
export type RunState = RunOutcome | 'running' | 'crashed';

export interface TrackedRun {
  /** As Weights & Biases names it; the journal's file name for runs that have no such id. */
  readonly id: string;
  readonly name: string;
  readonly stage: string;
  /** Id of the invocation of the pipeline. */
  readonly group: string;
  readonly tags: readonly string[];
  readonly state: RunState;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** From the first to the last word. */
  readonly ms: number;
  /** Params with dotted keys, and what the stage said of itself. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The summary, and the last value of whatever was logged besides. */
  readonly metrics: Readonly<Record<string, unknown>>;
  /** Names of metrics in the summary: those worth a column. */
  readonly headline: readonly string[];
  readonly history: readonly HistoryRow[];
  /** The offline run's directory relative to the project's root, or null. */
  readonly directory: string | null;
  readonly facts: RunFacts;
}

export interface HistoryRow {
  readonly step: number;
  /** NaN and the infinities as numbers again. */
  readonly values: Readonly<Record<string, number>>;
}

/** All runs of a project whose journals are still there, the oldest first. */
export function listRuns(root: string): TrackedRun[] {
  const journals = statePlace(root, '.pipeline/journal');
  if (!existsSync(journals)) return [];
  return readdirSync(journals, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => journalsIn(join(journals, name)))
    .flatMap((file) => readJournal(file) ?? [])
    .sort((a, b) => a.startedAt - b.startedAt);
}

function journalsIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map(({ name }) => join(directory, name));
}

/** The run of a journal; null where it does not begin as one (another program may write there, too). */
export function readJournal(file: string): TrackedRun | null {
  const entries = entriesIn(readFileSync(file, 'utf8'));
  const [start] = entries;
  if (start?.type !== 'start') return null;
  const facts = factsBeside(file);
  const history = entries.flatMap((entry): HistoryRow[] =>
    entry.type === 'log' ? [{ step: entry.step, values: numbersOf(entry.values) }] : [],
  );
  const summary: Record<string, unknown> = {};
  for (const entry of entries) if (entry.type === 'summary') Object.assign(summary, entry.values);
  const logged: Record<string, unknown> = {};
  for (const { values } of history) Object.assign(logged, values);
  return {
    id: start.origin?.id ?? basename(file, '.jsonl'),
    name: start.name,
    stage: start.jobType,
    group: start.group,
    tags: start.tags,
    state: stateOf(entries, start),
    startedAt: start.time,
    ms: (entries.at(-1)?.time ?? start.time) - start.time,
    params: { ...flatten(facts.params ?? {}), ...flatten(withoutOptions(start.config)) },
    metrics: { ...logged, ...summary },
    headline: Object.keys(summary),
    history,
    directory: start.origin?.directory ?? null,
    facts,
  };
}

/** Where the run of a journal is recorded besides, by its first line; null where it does not say so. */
export function readJournalOrigin(file: string): RunOrigin | null {
  try {
    const [start] = entriesIn(readFileSync(file, 'utf8').split('\n', 1)[0] ?? '');
    return start?.type === 'start' ? (start.origin ?? null) : null;
  } catch {
    return null;
  }
}

/** A file of facts that is damaged costs what it says, not the list. */
function factsBeside(journal: string): RunFacts {
  try {
    return readRunFacts(journal);
  } catch {
    return {};
  }
}

/** A line that a kill cut short is not read. */
function entriesIn(text: string): JournalEntry[] {
  return text.split('\n').flatMap((line): JournalEntry[] => {
    try {
      const entry = JSON.parse(line) as JournalEntry | null;
      return typeof entry?.type === 'string' ? [entry] : [];
    } catch {
      return [];
    }
  });
}

/** `options` repeats the params in the form that the science takes. */
function withoutOptions(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'options'));
}

function numbersOf(values: Readonly<Record<string, number | string>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)]));
}

type Start = Extract<JournalEntry, { readonly type: 'start' }>;

function stateOf(entries: readonly JournalEntry[], { origin }: Start): RunState {
  const last = entries.at(-1);
  if (last?.type === 'finish') return last.outcome;
  return origin !== undefined && isAlive(origin) ? 'running' : 'crashed';
}

/** Whether the process that writes a run is alive; on another machine it cannot be told, and counts as alive. */
export function isAlive({ pid, host }: { readonly pid: number; readonly host: string }): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
