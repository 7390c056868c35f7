import assert from 'node:assert/strict';
import type { RunEvent } from '../../src/engine/running/events.ts';
import { createRandom } from '../../src/base/random.ts';
import { ProjectCopy, RESULTS, SMALL } from './project-copy.ts';

/** Every stage of both tasks, with one net and two methods. */
const FEW = [...SMALL, '-S', 'tasks.faces.nets=[AlexNet]', '-S', 'tasks.faces.methods=[cnn, groupgan-2v2]'];

const SEED = 7;

describe('the experiment, killed', function () {
  this.timeout(600_000);
  const undisturbed = new ProjectCopy('undisturbed');
  const killed = new ProjectCopy('killed');
  after(() => {
    undisturbed.remove();
    killed.remove();
  });

  it('goes on where it was with the same command, and ends with the same tables', async () => {
    const whole = undisturbed.run(FEW);
    assert.equal(whole.code, 0, whole.output);
    const total = Number(/ran (\d+)/.exec(whole.output)?.[1]);
    const random = createRandom(SEED).fork('kill');
    // Early, while corpora and starts are made, and late, while methods train.
    const done: string[] = [];
    for (const count of [1 + random.integer(4), 5 + random.integer(6)]) {
      const { signal, events } = await killed.killAfterStarts(FEW, count);
      assert.equal(signal, 'SIGKILL');
      assert.deepEqual(
        startedIn(events).filter((name) => done.includes(name)),
        [],
        'ran although it had finished',
      );
      done.push(...finishedIn(events));
    }
    assert.ok(done.length < total);
    const rest = killed.run([...FEW, '--json']);
    assert.equal(rest.code, 0, rest.output);
    const again = startedIn(
      rest.output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as RunEvent),
    );
    assert.deepEqual(
      again.filter((name) => done.includes(name)),
      [],
    );
    for (const folder of RESULTS.map((name) => `reports/smoke/${name}`)) {
      const expected = undisturbed.contents(folder);
      assert.ok(Object.keys(expected).length > 0, folder);
      assert.deepEqual(killed.contents(folder), expected);
    }
  });
});

function startedIn(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'stage-started' ? [event.instance] : []));
}

function finishedIn(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'stage-finished' && event.outcome.type === 'ran' ? [event.instance] : [],
  );
}
