import type { SeenHolder } from '../../../base/locks/holder.ts';
import { lockHolder } from '../../../base/locks/holders.ts';
import { lockKey, type LockKey } from '../../../base/locks/lock-folders.ts';
import type { ProcessLocks } from '../../../base/locks/process-locks.ts';
import type { InstanceName, Pipeline, StageInstance } from '../../stages/types.ts';

/**
 * Who may work on an instance, among several invocations in one workspace: one at a time for each output, and nobody
 * while an instance whose outputs it reads, or one that reads its outputs, is being worked on elsewhere.
 */
export class InstanceLocks {
  readonly #locks: ProcessLocks;
  readonly #pipeline: Pipeline;
  readonly #lockFile: string;
  readonly #keys = new Map<InstanceName, readonly LockKey[]>();

  constructor(locks: ProcessLocks, pipeline: Pipeline, lockFile: string) {
    this.#locks = locks;
    this.#pipeline = pipeline;
    this.#lockFile = lockFile;
  }

  /** Takes the instance for this process: null, or who has it or a neighbour of it. Throws ProcessLockError. */
  claim(name: InstanceName): SeenHolder | null {
    let isOurs = false;
    try {
      for (const key of this.#keysOf(name)) {
        const holder = this.#locks.tryLock(key);
        if (holder !== null) return holder;
      }
      // Own lock first, then a look at the neighbours: of two processes that want neighbours, at least one sees the other.
      const holder = this.#holderOfNeighbour(name);
      isOurs = holder === null;
      return holder;
    } finally {
      if (!isOurs) this.release(name);
    }
  }

  /** Looks whether an instance that was claimed is still ours (see `ProcessLocks.isHeld`). Throws ProcessLockError. */
  isHeld(name: InstanceName): boolean {
    return this.#keysOf(name).every((key) => this.#locks.isHeld(key));
  }

  /** Whether the lock is one of those that belong to the instance. */
  needs(name: InstanceName, key: LockKey): boolean {
    return this.#keysOf(name).includes(key);
  }

  release(name: InstanceName): void {
    for (const key of this.#keysOf(name)) this.#locks.unlock(key);
  }

  #holderOfNeighbour(name: InstanceName): SeenHolder | null {
    const present = [...this.#locks.keys()].filter((key) => !this.#locks.has(key));
    if (present.length === 0) return null;
    const elsewhere = new Set(present);
    const { upstream, downstream } = this.#pipeline;
    for (const neighbour of [...(upstream.get(name) ?? []), ...(downstream.get(name) ?? [])]) {
      for (const key of this.#keysOf(neighbour)) {
        const holder = elsewhere.has(key) ? this.#locks.holderOf(key) : null;
        if (holder !== null) return holder;
      }
    }
    return null;
  }

  #keysOf(name: InstanceName): readonly LockKey[] {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const instance = this.#pipeline.instances.get(name);
    const keys = instance === undefined ? [] : lockKeys(instance, this.#lockFile);
    this.#keys.set(name, keys);
    return keys;
  }
}

/** Whether some process is working on the instance. Only looks. */
export function isWorkedOn(root: string, instance: StageInstance, lockFile: string): boolean {
  return lockKeys(instance, lockFile).some((key) => lockHolder(root, key) !== null);
}

/** The locks of an instance. Sorted, so that two processes that want the same several locks do not each get some of them for ever. */
export function lockKeys(instance: StageInstance, lockFile: string): LockKey[] {
  if (instance.outs.length === 0) return [lockKey(`instance ${lockFile} ${instance.name}`)];
  return instance.outs.map(({ path, place = path }) => lockKey(`output ${place}`)).sort();
}
