import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Something whose time is taken, under the name it has in the table. */
export interface Candidate {
  readonly name: string;
  /** What it returns does not matter. */
  run(): unknown;
}

/** Repeated times of one thing, in ms. */
export interface Times {
  readonly name: string;
  readonly ms: readonly number[];
  /** Processor time of the processes that were started and have ended, in steps of 10 ms; none where the system does not tell. */
  readonly cpu: readonly number[];
}

/**
 * Times every candidate `rounds` times, one after the other in each round, so that a machine that slows down slows all
 * of them. One round before is not counted: it fills the caches of disk and compiler.
 */
export async function interleaved(candidates: readonly Candidate[], rounds: number): Promise<Times[]> {
  const times = candidates.map(({ name }) => ({ name, ms: [] as number[], cpu: [] as number[] }));
  for (let round = -1; round < rounds; round++) {
    for (const [at, candidate] of candidates.entries()) {
      const [start, cpu] = [performance.now(), childrenCpu()];
      await candidate.run();
      if (round < 0) continue;
      times[at]?.ms.push(performance.now() - start);
      if (cpu !== null) times[at]?.cpu.push((childrenCpu() ?? cpu) - cpu);
    }
  }
  return times;
}

/** Processor time of all children that have ended, in ms: on a busy machine it says more than the clock. Linux only. */
function childrenCpu(): number | null {
  if (process.platform !== 'linux') return null;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // Fields count from 3 after the name in parentheses; cutime and cstime are 16 and 17, in hundredths of a second.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return 10 * ((fields[13] ?? 0) + (fields[14] ?? 0));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Half of the values lie within this share of the median, e.g. 0.1. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low = NaN, high = NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

export interface ProgramOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end and returns what it said. Throws when it fails: the time of a failure means nothing. */
export function runProgram(program: string, words: readonly string[], { cwd, env }: ProgramOptions): string {
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd,
    env: { ...process.env, CI: 'true', NO_COLOR: '1', ...env },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${words.join(' ')} ended with ${status ?? 'a signal'}\n${stdout}${stderr}`);
}

/** Runs shell commands, `jobs` at a time, and nothing around them: what the processes alone cost. */
export async function bareLoop(commands: readonly string[], jobs: number, cwd: string): Promise<void> {
  const left = commands[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const command of left) {
      const code = await new Promise((resolve, reject) => {
        spawn('/bin/sh', ['-c', command], { cwd, stdio: 'ignore' }).on('error', reject).on('close', resolve);
      });
      if (code !== 0) throw new Error(`"${command}" ended with ${String(code)}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}
