import { ProcessGuard } from '../../executors/guard.ts';
import { LocalExecutor } from '../../executors/local.ts';
import { WarmHosts } from '../../executors/warm-hosts.ts';
import type { Amounts } from './amounts.ts';
import { Devices } from './devices.ts';
import type { Machine } from './machine.ts';

/** What runs in one process share: cores and other resources, GPUs, stage hosts. */
export class SharedMachine {
  readonly machine: Machine;
  readonly devices: Devices;
  readonly executors: { readonly local: LocalExecutor; readonly warm: WarmHosts };
  readonly #guard = new ProcessGuard();
  readonly #free: Map<string, number>;

  constructor(machine: Machine) {
    this.machine = machine;
    this.devices = new Devices(machine.devices);
    this.executors = { local: new LocalExecutor(this.#guard), warm: new WarmHosts(this.#guard) };
    this.#free = new Map(Object.entries(machine.totals));
  }

  /** Takes the amounts, of each at most all there is; false, and nothing taken, when they are not free. */
  tryTake(needs: Amounts): boolean {
    const wanted = this.#limited(needs);
    if (wanted.some(([resource, amount]) => amount > (this.#free.get(resource) ?? 0))) return false;
    for (const [resource, amount] of wanted) this.#free.set(resource, (this.#free.get(resource) ?? 0) - amount);
    return true;
  }

  /** Returns what `tryTake` took. */
  giveBack(needs: Amounts): void {
    for (const [resource, amount] of this.#limited(needs)) {
      this.#free.set(resource, (this.#free.get(resource) ?? 0) + amount);
    }
  }

  /** Calls back, once and in words, when stages run that would outlive a kill of this process. */
  set onProblem(told: (text: string) => void) {
    this.#guard.onProblem = told;
  }

  /** Ends idle stage hosts; to be called when nothing runs any more. */
  async close(): Promise<void> {
    await this.executors.warm.close();
    this.#guard.close();
  }

  #limited(needs: Amounts): [string, number][] {
    const { totals } = this.machine;
    return Object.entries(needs).flatMap(([resource, amount]): [string, number][] => {
      const total = totals[resource];
      return total === undefined ? [] : [[resource, Math.min(amount, total)]];
    });
  }
}
