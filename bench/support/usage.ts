import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used since it began. */
export interface Usage {
  /** The most memory that was resident at once, bytes. */
  readonly peak: number;
  /** Processor time, ms, in steps of 10. */
  readonly cpu: number;
}

/**
 * What the descendants of a process use. The system keeps the peak of a process as long as it lives, so that it is
 * enough to look often: what is lost is what came after the last look. Where there is no /proc nothing is found.
 */
export class UsageWatch {
  readonly #root: number;
  readonly #found = new Map<number, Usage>();

  constructor(root: number) {
    this.#root = root;
  }

  look(): void {
    for (const pid of descendants(this.#root)) {
      const usage = usageOf(pid);
      if (usage !== null) this.#found.set(pid, usage);
    }
  }

  /** Of the descendants seen so far the one with the highest peak; null: none was seen. */
  get largest(): Usage | null {
    return [...this.#found.values()].reduce<Usage | null>(
      (most, usage) => (most === null || usage.peak > most.peak ? usage : most),
      null,
    );
  }
}

function* descendants(pid: number): Generator<number> {
  for (const child of childrenOf(pid)) {
    yield child;
    yield* descendants(child);
  }
}

/** Each thread has a list of the processes that it started. */
function childrenOf(pid: number): number[] {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder).flatMap((thread) => numbersIn(read(`${folder}/${thread}/children`) ?? ''));
  } catch {
    return [];
  }
}

function numbersIn(text: string): number[] {
  return text.split(' ').filter(Boolean).map(Number);
}

function usageOf(pid: number): Usage | null {
  const [status, stat] = [read(`/proc/${pid}/status`), read(`/proc/${pid}/stat`)];
  const peak = status === null ? null : peakIn(status);
  return peak === null || stat === null ? null : { peak, cpu: cpuIn(stat) };
}

/** The highest resident memory, bytes, in the text of /proc/PID/status; null for a process that is ending. */
export function peakIn(status: string): number | null {
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? null : 1024 * Number(kilobytes);
}

/** Processor time, ms, of the process itself in the text of /proc/PID/stat. */
export function cpuIn(stat: string): number {
  // The name in parentheses may hold anything. Fields count from 3 behind it; utime and stime are 14 and 15.
  const fields = numbersIn(stat.slice(stat.lastIndexOf(')') + 2));
  return 10 * ((fields[11] ?? 0) + (fields[12] ?? 0));
}

/** Null for a process that has ended meanwhile. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
