import type { InstanceName } from '../pipeline/types.ts';
import type { Digest } from '../store/digest.ts';
import { type Holder, type LockKey, lockKey, type ProcessLocks } from '../store/process-locks.ts';
import type { Amounts } from './amounts.ts';
import type { InstanceLocks } from './instance-locks.ts';
import type { SharedMachine } from './shared-machine.ts';

/** What an instance needs for itself before it may be worked on; what cannot be had now is tried again later. */
export class Claims {
  readonly #locks: ProcessLocks;
  readonly #instances: InstanceLocks;
  readonly #shared: SharedMachine;
  readonly #needs: ReadonlyMap<InstanceName, Amounts>;
  readonly #onWait: (name: InstanceName, holder: Holder) => void;
  readonly #taken = new Set<InstanceName>();
  readonly #fingerprints = new Map<InstanceName, LockKey>();

  /** @param onWait told for every attempt that fails because another run has the instance or computes the same */
  constructor(
    locks: ProcessLocks,
    instances: InstanceLocks,
    shared: SharedMachine,
    needs: ReadonlyMap<InstanceName, Amounts>,
    onWait: (name: InstanceName, holder: Holder) => void,
  ) {
    this.#locks = locks;
    this.#instances = instances;
    this.#shared = shared;
    this.#needs = needs;
    this.#onWait = onWait;
  }

  /** Takes the instance and the resources it needs; false when other runs have them. */
  claim(name: InstanceName): boolean {
    const needs = this.#needs.get(name) ?? {};
    if (!this.#shared.tryTake(needs)) return false;
    const holder = this.#instances.claim(name);
    if (holder === null) {
      this.#taken.add(name);
      return true;
    }
    this.#shared.giveBack(needs);
    this.#onWait(name, holder);
    return false;
  }

  /**
   * Takes the right to compute a fingerprint: what another run is computing right now, under whatever path, is waited
   * for and then restored, not computed twice. False while another run has it.
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
    const key = this.#fingerprints.get(name);
    if (key !== undefined) this.#locks.unlock(key);
    this.#fingerprints.delete(name);
    if (!this.#taken.delete(name)) return;
    this.#instances.release(name);
    this.#shared.giveBack(this.#needs.get(name) ?? {});
  }
}
