/** A piece of work with the pieces it has to wait for. */
export interface Task<Name extends string> {
  readonly name: Name;
  readonly waitsFor: readonly Name[];
  /** Share of the `slots` that it takes while it runs. */
  readonly weight: number;
  /** Of the tasks that could start, the one with the highest priority does. */
  readonly priority: number;
}

export type TaskResult = 'done' | 'failed';

export interface ScheduleOptions<Name extends string> {
  readonly slots: number;
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  readonly run: (name: Name) => Promise<TaskResult>;
  /** Told for every task that is not going to run. */
  readonly skip: (name: Name, because: 'upstream-failed' | 'stopped-after-failure' | 'interrupted') => void;
}

/**
 * Runs tasks in the order of their dependencies, as many at once as fit. (p-limit, which serves elsewhere, knows
 * neither weights nor priorities: a task that needs four cores would count like one that needs one.)
 *
 * After a failure nothing new starts, or with `keepGoing` everything that does not depend on what failed. A task
 * that is next but does not fit yet is waited for: otherwise small ones would slip past a big one for ever.
 */
export async function schedule<Name extends string>(
  tasks: readonly Task<Name>[],
  options: ScheduleOptions<Name>,
): Promise<void> {
  const states = new Map<Name, 'waiting' | 'ready' | 'running' | 'ended'>();
  const open = new Map<Name, number>();
  const dependents = new Map<Name, Task<Name>[]>();
  const ready = new PriorityQueue<Task<Name>>();
  const names = new Set(tasks.map(({ name }) => name));
  for (const task of tasks) {
    const waitsFor = task.waitsFor.filter((name) => names.has(name));
    open.set(task.name, waitsFor.length);
    for (const name of waitsFor) dependents.set(name, [...(dependents.get(name) ?? []), task]);
    states.set(task.name, waitsFor.length === 0 ? 'ready' : 'waiting');
    if (waitsFor.length === 0) ready.push(task, task.priority);
  }

  const skipDownstream = (name: Name): void => {
    for (const task of dependents.get(name) ?? []) {
      if (states.get(task.name) !== 'waiting') continue;
      states.set(task.name, 'ended');
      options.skip(task.name, options.signal.aborted ? 'interrupted' : 'upstream-failed');
      skipDownstream(task.name);
    }
  };

  let free = options.slots;
  let failed = false;
  let running = 0;
  await new Promise<void>((resolve, reject) => {
    const advance = (): void => {
      const mayStart = (): boolean => !options.signal.aborted && (!failed || options.keepGoing);
      for (let next = ready.peek(); next !== undefined && mayStart(); next = ready.peek()) {
        const weight = Math.min(next.weight, options.slots);
        if (weight > free) break;
        ready.pop();
        free -= weight;
        running++;
        const task = next;
        states.set(task.name, 'running');
        options.run(task.name).then((result) => {
          free += weight;
          running--;
          states.set(task.name, 'ended');
          if (result === 'done') release(task.name);
          else {
            failed = true;
            skipDownstream(task.name);
          }
          advance();
        }, reject);
      }
      if (running === 0) resolve();
    };
    const release = (name: Name): void => {
      for (const task of dependents.get(name) ?? []) {
        const left = (open.get(task.name) ?? 0) - 1;
        open.set(task.name, left);
        if (left > 0 || states.get(task.name) !== 'waiting') continue;
        states.set(task.name, 'ready');
        ready.push(task, task.priority);
      }
    };
    advance();
  });
  for (const [name, state] of states) {
    if (state !== 'ended') options.skip(name, options.signal.aborted ? 'interrupted' : 'stopped-after-failure');
  }
}

/** A binary heap; of equal priorities the one pushed first comes first. */
class PriorityQueue<Item> {
  readonly #heap: { item: Item; priority: number; order: number }[] = [];
  #pushed = 0;

  peek(): Item | undefined {
    return this.#heap[0]?.item;
  }

  push(item: Item, priority: number): void {
    const heap = this.#heap;
    heap.push({ item, priority, order: this.#pushed++ });
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) break;
      at = parent;
    }
  }

  pop(): Item | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.item;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(child, at)) break;
      at = child;
    }
    return first.item;
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    return x.priority > y.priority || (x.priority === y.priority && x.order < y.order);
  }

  #swapIfBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined || !this.#isBefore(a, b)) return false;
    this.#heap[a] = y;
    this.#heap[b] = x;
    return true;
  }
}
