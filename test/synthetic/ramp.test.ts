import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ramp } from '../../src/synthetic/ramp.ts';

describe('the ramp of a sequence', () => {
  it('rises from neutral to apex and passes the chosen share at the seventh frame', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 60 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (frames, share) => {
          const course = ramp(frames, share);
          assert.equal(course.length, frames);
          assert.equal(course[0], 0);
          assert.equal(course[frames - 1], 1);
          assert.ok(Math.abs(course[6]! - share) < 1e-9);
          for (let i = 1; i < frames; i++) assert.ok(course[i]! > course[i - 1]!);
        },
      ),
    );
  });

  it('keeps the neighbouring weak frames near the seventh', () => {
    const course = ramp(18, 0.35);
    assert.ok(course[5]! > 0.22 && course[7]! < 0.5);
  });

  it('refuses a sequence without frames 6 to 8 and an apex', () => {
    assert.throws(() => ramp(7, 0.3), /at least 8 frames, not 7/);
    assert.throws(() => ramp(12, 1), /between 0 and 1/);
  });
});
