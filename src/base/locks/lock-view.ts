import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { FileClock } from './file-clock.ts';
import { asLockError, ProcessLockError, readHolderFile } from './holder-file.ts';
import type { SeenHolder } from './holder.ts';
import { type Circumstances, defaultSilence, judge, type Sign, silenceOf } from './liveness.ts';
import type { LockFolders, LockKey } from './lock-folders.ts';
import { lookUpProcess, thisPlace, uptimeMs } from './place.ts';

/** The end of a lock's chain: who holds it, or the name under which it can be taken. */
export type ChainEnd =
  | { readonly holder: SeenHolder; readonly chain: readonly string[] }
  | { readonly holder: null; readonly chain: readonly string[]; readonly free: string };

/** What a view on locks may be told; the defaults are this machine's. */
export interface ViewOptions {
  /** Time (ms) without a sign of life after which a holder that cannot be asked counts as dead. */
  readonly silence?: number;
  /** Ids of holders that count as dead because a person said so. */
  readonly deposed?: ReadonlySet<string>;
  readonly circumstances?: Partial<Circumstances>;
}

/** Time (ms) for which a process that was found alive is not looked up again: one holder often has many locks. */
const aliveFor = 20;

/** Looks at locks and judges their holders; writes nothing. */
export class LockView {
  readonly folders: LockFolders;
  readonly silence: number;
  readonly #at: Circumstances;
  readonly #deposed: ReadonlySet<string>;
  /** The holder that was found alive last, and when. */
  #alive: { readonly id: string; readonly at: number } | null = null;

  constructor(folders: LockFolders, clock: FileClock, options: ViewOptions = {}) {
    this.folders = folders;
    this.silence = options.silence ?? silenceIn(process.env);
    this.#deposed = options.deposed ?? new Set();
    this.#at = {
      here: thisPlace(),
      uptime: uptimeMs,
      lookUp: lookUpProcess,
      now: () => clock.now(),
      silence: this.silence,
      ...options.circumstances,
    };
  }

  /** The holder that a file names, living or dead; null when there is no such file. Throws ProcessLockError. */
  look(file: string): SeenHolder | null {
    const sign = readHolderFile(file, this.folders.running);
    return sign === null ? null : this.#seen(sign, file);
  }

  /**
   * Follows a lock's chain to its last holder. Each link is named after the holder before it, which was dead when the
   * link was made. If it turns out to live after all, the link still counts. Throws ProcessLockError.
   */
  follow(key: LockKey): ChainEnd {
    const base = path.join(this.folders.held, key);
    const chain: string[] = [];
    let isAfterLiving = false;
    for (let link = base; ;) {
      const holder = this.look(link);
      if (holder === null) {
        if (!isAfterLiving) return { holder, chain, free: link };
        // The successor was there a moment ago: it has released the lock as a whole.
        chain.length = 0;
        isAfterLiving = false;
        link = base;
        continue;
      }
      const next = `${base}.${holder.id}`;
      isAfterLiving = holder.life !== 'dead';
      if (isAfterLiving && !isThere(next)) return { holder, chain };
      if (chain.includes(link)) throw new ProcessLockError(`the lock ${base} refers to itself. Remove ${link}`);
      chain.push(link);
      link = next;
    }
  }

  /** Keys of all locks that exist, of processes living and dead. Throws ProcessLockError. */
  keys(): Set<LockKey> {
    return new Set(namesIn(this.folders.held).map((name) => name.split('.', 1)[0] as LockKey));
  }

  #seen(sign: Sign, file: string): SeenHolder {
    const { id } = sign.holder;
    const now = performance.now();
    const isKnown = this.#alive?.id === id && now - this.#alive.at < aliveFor;
    const life = this.#deposed.has(id) ? 'dead' : isKnown ? 'alive' : judge(sign, this.#at);
    if (life === 'alive' && !isKnown) this.#alive = { id, at: now };
    return { ...sign.holder, lastSign: sign.lastSign, life, silence: silenceOf(sign.holder, this.#at), file };
  }
}

/** The names in a folder; none where there is no such folder. Throws ProcessLockError when it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw asLockError(folder, error);
  }
}

/** Whether there is anything under a name. Throws ProcessLockError when that cannot be told. */
export function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw asLockError(file, error);
  }
}

/** The silence (ms) that the environment asks for, or the usual one. Throws ProcessLockError. */
export function silenceIn(env: Readonly<Record<string, string | undefined>>): number {
  const text = env['PIPELINE_LOCK_SILENCE'] ?? '';
  if (text === '') return defaultSilence;
  const seconds = Number(text);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds * 1000;
  throw new ProcessLockError(`PIPELINE_LOCK_SILENCE: expected a number of seconds above 0, found "${text}"`);
}
