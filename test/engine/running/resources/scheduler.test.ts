import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { schedule, type Task, type TaskResult } from '../../../../src/engine/running/resources/scheduler.ts';

const task = (name: string, waitsFor: string[] = [], cpus = 1, priority = 0): Task<string> => ({
  name,
  waitsFor,
  needs: { cpus },
  priority,
});

interface Trace {
  readonly started: string[];
  readonly skipped: Map<string, string>;
  readonly mostBusy: number;
}

/** Schedules tasks that each take one turn of the event loop. */
async function trace(
  tasks: Task<string>[],
  { slots = 1, keepGoing = false, failing = [] as string[], abortAt = '' } = {},
): Promise<Trace> {
  const started: string[] = [];
  const ended = new Set<string>();
  const skipped = new Map<string, string>();
  const abort = new AbortController();
  const weights = new Map(tasks.map(({ name, needs }) => [name, Math.min(needs['cpus'] ?? 0, slots)]));
  let busy = 0;
  let mostBusy = 0;
  await schedule(tasks, {
    totals: { cpus: slots },
    keepGoing,
    signal: abort.signal,
    skip: (name, because) => void skipped.set(name, because),
    run: async (name): Promise<TaskResult> => {
      const { waitsFor } = tasks.find((one) => one.name === name)!;
      assert.ok(
        waitsFor.every((other) => ended.has(other)),
        `${name} started before what it waits for`,
      );
      started.push(name);
      busy += weights.get(name)!;
      mostBusy = Math.max(mostBusy, busy);
      if (name === abortAt) abort.abort();
      await new Promise((resolve) => setImmediate(resolve));
      busy -= weights.get(name)!;
      ended.add(name);
      return failing.includes(name) ? 'failed' : 'done';
    },
  });
  return { started, skipped, mostBusy };
}

const graph = fc.integer({ min: 0, max: 12 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, at) =>
      fc.record({
        waitsFor: fc.uniqueArray(fc.nat({ max: Math.max(0, at - 1) }), { maxLength: at === 0 ? 0 : 3 }),
        weight: fc.integer({ min: 1, max: 5 }),
        priority: fc.nat({ max: 3 }),
        fails: fc.boolean(),
      }),
    ),
  ),
);

describe('schedule', () => {
  it('runs or skips every task exactly once, in order, within its slots, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(graph, fc.integer({ min: 1, max: 4 }), fc.boolean(), async (nodes, slots, keepGoing) => {
        const tasks = nodes.map((node, at) =>
          task(
            `t${at}`,
            node.waitsFor.map((other) => `t${other}`),
            node.weight,
            node.priority,
          ),
        );
        const failing = nodes.flatMap((node, at) => (node.fails ? [`t${at}`] : []));
        const { started, skipped, mostBusy } = await trace(tasks, { slots, keepGoing, failing });
        assert.deepEqual([...started, ...skipped.keys()].sort(), tasks.map(({ name }) => name).sort());
        assert.ok(mostBusy <= slots);
        if (keepGoing) assert.ok([...skipped.values()].every((because) => because === 'upstream-failed'));
      }),
    );
  });

  it('starts the task with the longest chain first', async () => {
    const { started } = await trace([task('short', [], 1, 1), task('long', [], 1, 9), task('middle', [], 1, 5)]);
    assert.deepEqual(started, ['long', 'middle', 'short']);
  });

  it('fills its slots', async () => {
    const tasks = Array.from({ length: 6 }, (_, at) => task(`t${at}`));
    assert.equal((await trace(tasks, { slots: 3 })).mostBusy, 3);
  });

  it('starts what fits beside a task that waits for another resource', async () => {
    const tasks: Task<string>[] = [
      { name: 'first', waitsFor: [], needs: { cpus: 1, gpus: 1 }, priority: 9 },
      { name: 'second', waitsFor: [], needs: { cpus: 1, gpus: 1 }, priority: 8 },
      { name: 'small', waitsFor: [], needs: { cpus: 1 }, priority: 1 },
    ];
    const started: string[] = [];
    const ends = new Map<string, () => void>();
    const all = schedule(tasks, {
      totals: { cpus: 2, gpus: 1 },
      keepGoing: false,
      signal: new AbortController().signal,
      skip: () => undefined,
      run: (name) => {
        started.push(name);
        return new Promise((resolve) => ends.set(name, () => resolve('done')));
      },
    });
    assert.deepEqual(started, ['first', 'small']);
    ends.get('first')?.();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(started, ['first', 'small', 'second']);
    for (const end of ends.values()) end();
    await all;
  });

  it('does not let small tasks slip past a big one for ever', async () => {
    const small = Array.from({ length: 200 }, (_, at) => task(`small${at}`, [], 1, 1));
    const { started } = await trace([task('running', [], 1, 9), task('big', [], 2, 5), ...small], { slots: 2 });
    assert.ok(started.indexOf('big') < 10, `started as number ${started.indexOf('big')}`);
  });

  it('puts aside what another process works on, and goes on with the rest', async () => {
    const started: string[] = [];
    let elsewhere = true;
    await schedule([task('theirs', [], 1, 9), task('next', ['theirs']), task('mine'), task('other')], {
      totals: { cpus: 1 },
      keepGoing: false,
      signal: new AbortController().signal,
      retryMs: 1,
      claim: (name) => name !== 'theirs' || !elsewhere,
      skip: () => undefined,
      run: (name) => {
        started.push(name);
        if (name === 'other') elsewhere = false;
        return Promise.resolve('done' as const);
      },
    });
    assert.deepEqual(started, ['mine', 'other', 'theirs', 'next']);
  });

  it('takes the same work for each of many tasks, and no stack for a long chain', async () => {
    const size = 20_000;
    const chain = Array.from({ length: size }, (_, at) => task(`c${at}`, at === 0 ? [] : [`c${at - 1}`]));
    const fan = Array.from({ length: size }, (_, at) => task(`f${at}`, ['c0'], 1 + (at % 3)));
    let runs = 0;
    let skips = 0;
    await schedule(
      [
        ...chain,
        ...fan,
        task(
          'last',
          fan.map(({ name }) => name),
        ),
      ],
      {
        totals: { cpus: 4 },
        keepGoing: true,
        signal: new AbortController().signal,
        skip: () => {
          skips++;
        },
        run: (name) => {
          runs++;
          return Promise.resolve(name === 'c100' ? 'failed' : 'done');
        },
      },
    );
    assert.deepEqual([runs, skips], [size + 102, size - 101]);
  });

  it('lets a task that needs more than there is have all', async () => {
    const { started } = await trace([task('big', [], 64)], { slots: 2 });
    assert.deepEqual(started, ['big']);
  });

  it('starts nothing new after a failure, and tells why', async () => {
    const { started, skipped } = await trace([task('bad', [], 1, 9), task('next', ['bad']), task('other')], {
      failing: ['bad'],
    });
    assert.deepEqual(started, ['bad']);
    assert.deepEqual(Object.fromEntries(skipped), { next: 'upstream-failed', other: 'stopped-after-failure' });
  });

  it('starts nothing new once it is stopped', async () => {
    const { started, skipped } = await trace([task('a', [], 1, 9), task('b', ['a']), task('c')], { abortAt: 'a' });
    assert.deepEqual(started, ['a']);
    assert.deepEqual(Object.fromEntries(skipped), { b: 'interrupted', c: 'interrupted' });
  });

  it('puts aside what is busy elsewhere, lets others have its share, and runs it again', async () => {
    const order: string[] = [];
    let busy = 2;
    await schedule([task('contested', [], 1, 2), task('other'), task('after', ['contested'])], {
      totals: { cpus: 1 },
      keepGoing: false,
      signal: new AbortController().signal,
      retryMs: 1,
      skip: (name) => assert.ok(false, `${name} was skipped`),
      run: (name): Promise<TaskResult> => {
        order.push(name);
        return Promise.resolve(name === 'contested' && busy-- > 0 ? 'busy' : 'done');
      },
    });
    assert.deepEqual(order, ['contested', 'other', 'contested', 'contested', 'after']);
  });
});
