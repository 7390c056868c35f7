import { readFileSync } from 'node:fs';
import { ProcessLockError } from '../../base/locks/holder-file.ts';
import { ProcessLocks } from '../../base/locks/process-locks.ts';
import type { InstanceName, Pipeline } from '../stages/types.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { statePlace } from '../../base/state-place.ts';

/** How long instances took when they ran last (ms): for the order of starting and the time left. Never for results. */
export class Durations {
  readonly #file: string;
  readonly #root: string;
  readonly #known: Map<string, number>;
  readonly #own = new Map<string, number>();

  constructor(root: string) {
    this.#root = root;
    this.#file = durationsFile(root);
    this.#known = readDurations(this.#file);
  }

  get(instance: string): number | null {
    return this.#known.get(instance) ?? null;
  }

  set(instance: string, ms: number): void {
    this.#known.set(instance, Math.round(ms));
    this.#own.set(instance, Math.round(ms));
  }

  /** Adds what was measured here to what other processes have written meanwhile. */
  save(): void {
    if (this.#own.size === 0) return;
    try {
      ProcessLocks.exclusively(this.#root, this.#file, () => {
        const all = new Map([...readDurations(this.#file), ...this.#own]);
        writeFileAtomic(this.#file, JSON.stringify(Object.fromEntries(all)));
      });
    } catch (error) {
      // They only help to guess: not worth waiting for one who keeps the lock, and not worth a failure.
      if (!(error instanceof ProcessLockError)) throw error;
    }
  }

  /** For each instance the time (ms) from its start to the end of the longest chain that waits for it. */
  chains(pipeline: Pipeline, names: ReadonlySet<InstanceName>): Map<InstanceName, number> {
    const guess = this.#averages(pipeline);
    const chains = new Map<InstanceName, number>();
    for (const name of [...pipeline.instances.keys()].reverse()) {
      if (!names.has(name)) continue;
      const after = (pipeline.downstream.get(name) ?? []).map((other) => chains.get(other) ?? 0);
      const stage = pipeline.instances.get(name)?.stage ?? '';
      const own = this.get(name) ?? guess.get(stage) ?? 1000;
      chains.set(name, own + after.reduce((most, one) => Math.max(most, one), 0));
    }
    return chains;
  }

  #averages(pipeline: Pipeline): Map<string, number> {
    const sums = new Map<string, { ms: number; count: number }>();
    for (const [name, { stage }] of pipeline.instances) {
      const ms = this.get(name);
      if (ms === null) continue;
      const sum = sums.get(stage) ?? { ms: 0, count: 0 };
      sums.set(stage, { ms: sum.ms + ms, count: sum.count + 1 });
    }
    return new Map([...sums].map(([stage, { ms, count }]) => [stage, ms / count]));
  }
}

export function durationsFile(root: string): string {
  return statePlace(root, '.pipeline/durations.json');
}

function readDurations(file: string): Map<string, number> {
  try {
    const all = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
    return new Map(all.filter((one): one is [string, number] => isDuration(one[1])));
  } catch {
    return new Map();
  }
}

function isDuration(ms: unknown): ms is number {
  return typeof ms === 'number' && ms >= 0 && ms <= Number.MAX_SAFE_INTEGER;
}
