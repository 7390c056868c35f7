import type { Amounts } from './amounts.ts';
import { ReadyTasks } from './ready-tasks.ts';

/** A piece of work with the pieces it has to wait for. */
export interface Task<Name extends string> {
  readonly name: Name;
  readonly waitsFor: readonly Name[];
  /** What it takes of each resource while it runs. Of a resource that is not limited it may take any amount. */
  readonly needs: Amounts;
  /** Of the tasks that could start, the one with the highest priority does. */
  readonly priority: number;
}

/** `busy`: somebody else is doing the same work; the task is put aside and run again later. */
export type TaskResult = 'done' | 'failed' | 'busy';

export interface ScheduleOptions<Name extends string> {
  /** How much there is of each resource. A task that needs more than that gets all of it. */
  readonly totals: Amounts;
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  /** False: another process works on it. The task is put aside and tried again after `retryMs`. */
  readonly claim?: (name: Name) => boolean;
  readonly retryMs?: number;
  readonly run: (name: Name) => Promise<TaskResult>;
  /** Told for every task that is not going to run. */
  readonly skip: (name: Name, because: 'upstream-failed' | 'stopped-after-failure' | 'interrupted') => void;
}

/**
 * Runs tasks in the order of their dependencies, as many at once as fit. (p-limit, which serves elsewhere, knows
 * neither resources nor priorities: a task that needs four cores would count like one that needs one.)
 *
 * After a failure nothing new starts, or with `keepGoing` everything that does not depend on what failed.
 */
export async function schedule<Name extends string>(
  tasks: readonly Task<Name>[],
  options: ScheduleOptions<Name>,
): Promise<void> {
  await new Schedule(tasks, options).run();
}

class Schedule<Name extends string> {
  readonly #options: ScheduleOptions<Name>;
  readonly #states = new Map<Name, 'waiting' | 'ready' | 'running' | 'ended'>();
  /** How many of the tasks it waits for are not done. */
  readonly #open = new Map<Name, number>();
  readonly #dependents = new Map<Name, Task<Name>[]>();
  readonly #ready: ReadyTasks<Task<Name>>;
  readonly #aside: Task<Name>[] = [];
  #retry: NodeJS.Timeout | null = null;
  #running = 0;
  #failed = false;
  #finish: () => void = () => undefined;
  #break: (error: unknown) => void = () => undefined;

  constructor(tasks: readonly Task<Name>[], options: ScheduleOptions<Name>) {
    this.#options = options;
    this.#ready = new ReadyTasks(options.totals);
    for (const { name } of tasks) this.#dependents.set(name, []);
    for (const task of tasks) {
      const waitsFor = task.waitsFor.filter((name) => this.#dependents.has(name));
      this.#open.set(task.name, waitsFor.length);
      for (const name of waitsFor) this.#dependents.get(name)?.push(task);
      this.#states.set(task.name, 'waiting');
      if (waitsFor.length === 0) this.#makeReady(task);
    }
  }

  async run(): Promise<void> {
    const { signal, skip } = this.#options;
    const onAbort = (): void => this.#advance();
    signal.addEventListener('abort', onAbort);
    try {
      await new Promise<void>((resolve, reject) => {
        [this.#finish, this.#break] = [resolve, reject];
        this.#advance();
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (this.#retry !== null) clearTimeout(this.#retry);
    }
    for (const [name, state] of this.#states) {
      if (state !== 'ended') skip(name, signal.aborted ? 'interrupted' : 'stopped-after-failure');
    }
  }

  get #mayStart(): boolean {
    return !this.#options.signal.aborted && (!this.#failed || this.#options.keepGoing);
  }

  #advance(): void {
    while (this.#mayStart) {
      const task = this.#ready.take();
      if (task === undefined) break;
      if (this.#options.claim?.(task.name) === false) {
        this.#ready.giveBack(task);
        this.#putAside(task);
      } else {
        this.#start(task);
      }
    }
    if (this.#running > 0 || (this.#aside.length > 0 && this.#mayStart)) return;
    this.#finish();
  }

  #start(task: Task<Name>): void {
    this.#running++;
    this.#states.set(task.name, 'running');
    this.#options.run(task.name).then((result) => {
      this.#running--;
      this.#ready.giveBack(task);
      if (result === 'busy') {
        this.#states.set(task.name, 'ready');
        this.#putAside(task);
      } else {
        this.#states.set(task.name, 'ended');
        if (result === 'done') this.#release(task.name);
        else this.#fail(task.name);
      }
      this.#advance();
    }, this.#break);
  }

  #putAside(task: Task<Name>): void {
    this.#aside.push(task);
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      for (const waiting of this.#aside.splice(0)) this.#ready.push(waiting);
      this.#advance();
    }, this.#options.retryMs ?? 100);
  }

  #makeReady(task: Task<Name>): void {
    this.#states.set(task.name, 'ready');
    this.#ready.push(task);
  }

  #release(name: Name): void {
    for (const task of this.#dependents.get(name) ?? []) {
      const left = (this.#open.get(task.name) ?? 0) - 1;
      this.#open.set(task.name, left);
      if (left === 0 && this.#states.get(task.name) === 'waiting') this.#makeReady(task);
    }
  }

  #fail(name: Name): void {
    this.#failed = true;
    const because = this.#options.signal.aborted ? 'interrupted' : 'upstream-failed';
    const doomed = [...(this.#dependents.get(name) ?? [])];
    for (let task = doomed.pop(); task !== undefined; task = doomed.pop()) {
      if (this.#states.get(task.name) !== 'waiting') continue;
      this.#states.set(task.name, 'ended');
      this.#options.skip(task.name, because);
      doomed.push(...(this.#dependents.get(task.name) ?? []));
    }
  }
}
