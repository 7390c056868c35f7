import type { Amounts } from './amounts.ts';
import { comesBefore, PriorityQueue } from './priority-queue.ts';

interface Demanding {
  readonly needs: Amounts;
  readonly priority: number;
}

/** All ready tasks that need the same: when the first of them does not fit, none does. */
interface Group<Task> {
  readonly needs: readonly (readonly [resource: string, amount: number])[];
  readonly queue: PriorityQueue<Task>;
  /** How many tasks with lower priority were started before the first one here. */
  overtaken: number;
}

/** After so many tasks were let past one that does not fit, nothing that it needs goes to a task behind it any more. */
const patience = 8;

/**
 * Tasks that may start, and the resources they share. The most urgent one that fits comes first. What a more urgent
 * one lacks is kept for it, but not what it could have had already: cores do not idle because a GPU is busy. So that
 * it does not starve, after it was overtaken several times everything it needs is kept.
 *
 * Work per task grows with the number of different demands, not with the number of tasks.
 */
export class ReadyTasks<Task extends Demanding> {
  readonly #totals: Amounts;
  readonly #free: Map<string, number>;
  readonly #groups = new Map<string, Group<Task>>();
  #pushed = 0;

  constructor(totals: Amounts) {
    this.#totals = totals;
    this.#free = new Map(Object.entries(totals));
  }

  push(task: Task): void {
    const needs = this.#limited(task.needs);
    const key = needs.map(([resource, amount]) => `${resource}=${amount}`).join(' ');
    const group = this.#groups.get(key) ?? { needs, queue: new PriorityQueue<Task>(), overtaken: 0 };
    this.#groups.set(key, group);
    group.queue.push(task, task.priority, this.#pushed++);
  }

  /** Takes the most urgent task that fits, with what it needs. */
  take(): Task | undefined {
    const kept = new Map<string, number>();
    const passedOver: Group<Task>[] = [];
    for (const group of this.#byUrgency()) {
      const left = (resource: string): number => (this.#free.get(resource) ?? 0) - (kept.get(resource) ?? 0);
      if (group.needs.every(([resource, amount]) => amount <= left(resource))) {
        for (const other of passedOver) if (shareResource(group, other)) other.overtaken++;
        return this.#pop(group);
      }
      for (const [resource, amount] of group.needs) {
        const keeps = amount > left(resource) || group.overtaken >= patience;
        if (keeps) kept.set(resource, (kept.get(resource) ?? 0) + amount);
      }
      passedOver.push(group);
    }
    return undefined;
  }

  /** Returns what the task took. */
  giveBack(task: Task): void {
    this.#change(this.#limited(task.needs), 1);
  }

  #pop(group: Group<Task>): Task | undefined {
    group.overtaken = 0;
    this.#change(group.needs, -1);
    return group.queue.pop();
  }

  #change(needs: Group<Task>['needs'], sign: 1 | -1): void {
    for (const [resource, amount] of needs) {
      this.#free.set(resource, (this.#free.get(resource) ?? 0) + sign * amount);
    }
  }

  #byUrgency(): Group<Task>[] {
    const heads = [...this.#groups.values()].flatMap((group) => {
      const head = group.queue.peek();
      return head === undefined ? [] : [{ group, head }];
    });
    heads.sort((a, b) => (comesBefore(a.head, b.head) ? -1 : 1));
    return heads.map(({ group }) => group);
  }

  /** What counts of the needs: limited resources, and of those at most all there is. */
  #limited(needs: Amounts): Group<Task>['needs'] {
    return Object.entries(needs)
      .filter(([resource, amount]) => amount > 0 && this.#totals[resource] !== undefined)
      .map(([resource, amount]): [string, number] => [resource, Math.min(amount, this.#totals[resource] ?? 0)])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function shareResource(a: Group<unknown>, b: Group<unknown>): boolean {
  return a.needs.some(([resource]) => b.needs.some(([other]) => other === resource));
}
