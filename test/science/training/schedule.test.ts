import assert from 'node:assert/strict';
import { createSchedule } from '../../../src/science/training/schedule.ts';
import type { ScheduleOptions } from '../../../src/science/training/schedule.ts';

const OPTIONS: ScheduleOptions = { kind: 'constant', at: 0.7, factor: 0.1, patience: 2, threshold: 0, minimum: 0.1 };

/** The factor after each loss. */
function factorsOf(options: Partial<ScheduleOptions>, losses: readonly number[]): number[] {
  const schedule = createSchedule({ ...OPTIONS, kind: 'plateau', ...options }, losses.length);
  return losses.map((loss) => {
    schedule.observe(loss);
    return schedule.factor(0);
  });
}

describe('a learning rate schedule', () => {
  it('constant never changes', () => {
    const schedule = createSchedule(OPTIONS, 10);
    schedule.observe(1);
    assert.equal(schedule.factor(9), 1);
  });

  it('step drops once, at its share of the iterations', () => {
    const schedule = createSchedule({ ...OPTIONS, kind: 'step', at: 0.7, factor: 0.2 }, 10);
    assert.deepEqual(
      Array.from({ length: 10 }, (_, step) => schedule.factor(step)),
      [1, 1, 1, 1, 1, 1, 1, 0.2, 0.2, 0.2],
    );
  });

  it('plateau drops after more reports than its patience without a better loss', () => {
    // Best 3 at the fourth; 3, 3.5 are put up with, the next is one too many.
    assert.deepEqual(factorsOf({}, [5, 4, 4.5, 3, 3, 3.5, 4, 2]), [1, 1, 1, 1, 1, 1, 0.1, 0.1]);
    // A better loss in between starts the count again.
    assert.deepEqual(factorsOf({}, [3, 4, 4, 2, 4, 4, 1]), [1, 1, 1, 1, 1, 1, 1]);
  });

  it('plateau drops again and again, but not below its minimum', () => {
    const factors = factorsOf({ factor: 0.5, patience: 1, minimum: 0.2 }, [1, 1, 1, 1, 1, 1, 1, 1, 1]);
    assert.deepEqual(factors, [1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2]);
  });

  it('plateau takes the paper’s rate from 1e-4 to 1e-5 and leaves it there', () => {
    const factors = factorsOf({ patience: 0 }, [1, 2, 2, 2]);
    assert.deepEqual(factors, [1, 0.1, 0.1, 0.1]);
  });

  it('plateau does not count a loss as better that is so by less than its threshold', () => {
    // 10 % of 10 is 1: 9.5 and 9.1 are not better than 10, 8.9 is.
    assert.deepEqual(factorsOf({ threshold: 0.1, patience: 1 }, [10, 9.5, 8.9, 8.5, 8.1]), [1, 1, 1, 1, 0.1]);
    // Below zero, better means lower by a share of the absolute value.
    assert.deepEqual(factorsOf({ threshold: 0.1, patience: 0 }, [-10, -11.5, -12]), [1, 1, 0.1]);
  });

  it('goes on where its state was taken, as JSON too', () => {
    const losses = [5, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3];
    const options: ScheduleOptions = { ...OPTIONS, kind: 'plateau', factor: 0.5, minimum: 0 };
    const whole = factorsOf(options, losses);
    for (let cut = 0; cut < losses.length; cut++) {
      const [first, second] = [createSchedule(options, 1), createSchedule(options, 1)];
      for (const loss of losses.slice(0, cut)) first.observe(loss);
      second.restore(JSON.parse(JSON.stringify(first.state())) as ReturnType<typeof first.state>);
      const rest = losses.slice(cut).map((loss) => {
        second.observe(loss);
        return second.factor(0);
      });
      assert.deepEqual(rest, whole.slice(cut), `cut after ${cut}`);
    }
  });
});
