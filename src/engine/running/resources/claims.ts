import type { SeenHolder } from '../../../base/locks/holder.ts';
import { ProcessLockError } from '../../../base/locks/holder-file.ts';
import { lockKey, type LockKey } from '../../../base/locks/lock-folders.ts';
import type { ProcessLocks } from '../../../base/locks/process-locks.ts';
import type { InstanceName } from '../../stages/types.ts';
import type { Digest } from '../../store/contents/digest.ts';
import type { Amounts } from './amounts.ts';
import type { InstanceLocks } from './instance-locks.ts';
import type { SharedMachine } from './shared-machine.ts';

/** What an instance needs for itself before it may be worked on; what cannot be had now is tried again later. */
export class Claims {
  readonly #locks: ProcessLocks;
  readonly #instances: InstanceLocks;
  readonly #shared: SharedMachine;
  readonly #needs: ReadonlyMap<InstanceName, Amounts>;
  readonly #onWait: (name: InstanceName, holder: SeenHolder) => void;
  readonly #taken = new Set<InstanceName>();
  readonly #fingerprints = new Map<InstanceName, LockKey>();
  /** Why instances cannot be claimed, now or later. */
  readonly #obstacles = new Map<InstanceName, ProcessLockError>();
  readonly #lossListeners = new Map<InstanceName, () => void>();

  /** @param onWait told for every attempt that fails because another run has the instance or computes the same */
  constructor(
    locks: ProcessLocks,
    instances: InstanceLocks,
    shared: SharedMachine,
    needs: ReadonlyMap<InstanceName, Amounts>,
    onWait: (name: InstanceName, holder: SeenHolder) => void,
  ) {
    this.#locks = locks;
    this.#instances = instances;
    this.#shared = shared;
    this.#needs = needs;
    this.#onWait = onWait;
    locks.onLost = (key) => {
      for (const [name, lost] of this.#lossListeners) if (instances.needs(name, key)) lost();
    };
  }

  /**
   * Takes the instance and the resources it needs; false when other runs have them. True also when it can never be had:
   * `confirm` then says why, so that the instance fails and others go on.
   */
  claim(name: InstanceName): boolean {
    const needs = this.#needs.get(name) ?? {};
    if (!this.#shared.tryTake(needs)) return false;
    const holder = this.#tryClaim(name);
    if (holder === null) {
      this.#taken.add(name);
      return true;
    }
    this.#shared.giveBack(needs);
    this.#onWait(name, holder);
    return false;
  }

  #tryClaim(name: InstanceName): SeenHolder | null {
    try {
      return this.#instances.claim(name);
    } catch (error) {
      if (!(error instanceof ProcessLockError)) throw error;
      this.#obstacles.set(name, error);
      return null;
    }
  }

  /**
   * Throws a ProcessLockError unless the instance is ours. To be asked before anything of it is changed or recorded: a
   * process that was suspended for long counted as dead meanwhile, and another one may be working on the instance now.
   */
  confirm(name: InstanceName): void {
    const obstacle = this.#obstacles.get(name);
    if (obstacle !== undefined) throw obstacle;
    if (this.#instances.isHeld(name)) return;
    throw new ProcessLockError(
      'this run gave no sign of life for so long that it counted as dead (it was suspended, or its machine slept), or ' +
        '"pipeline unlock" removed its lock. Another run may have taken the stage over, so nothing of it was touched or ' +
        'recorded. Run the pipeline again.',
    );
  }

  /** True when the instance is not ours, or not any more. */
  isLost(name: InstanceName): boolean {
    try {
      this.confirm(name);
      return false;
    } catch (error) {
      if (error instanceof ProcessLockError) return true;
      throw error;
    }
  }

  /** Calls back when the instance is found to be lost. Returns how to end that. */
  onLost(name: InstanceName, lost: () => void): () => void {
    this.#lossListeners.set(name, lost);
    return () => this.#lossListeners.delete(name);
  }

  /**
   * Takes the right to compute a fingerprint: what another run is computing right now, under whatever path, is waited
   * for and then restored, not computed twice. False while another run has it. Throws ProcessLockError.
   */
  claimFingerprint(name: InstanceName, fingerprint: Digest): boolean {
    const key = lockKey(`fingerprint ${fingerprint}`);
    const holder = this.#locks.tryLock(key);
    if (holder !== null) {
      this.#onWait(name, holder);
      return false;
    }
    this.#fingerprints.set(name, key);
    return true;
  }

  /** Returns everything that was taken for the instance. */
  release(name: InstanceName): void {
    this.#obstacles.delete(name);
    const key = this.#fingerprints.get(name);
    if (key !== undefined) this.#locks.unlock(key);
    this.#fingerprints.delete(name);
    if (!this.#taken.delete(name)) return;
    this.#instances.release(name);
    this.#shared.giveBack(this.#needs.get(name) ?? {});
  }
}
