import assert from 'node:assert/strict';
import type { Activation } from '../../../src/synthetic/face/action-units.ts';
import { ACTION_UNIT_NUMBERS, facsLevel, symmetric } from '../../../src/synthetic/face/action-units.ts';
import { creases } from '../../../src/synthetic/face/creases.ts';
import type { Point } from '../../../src/synthetic/face/curves.ts';
import { shapeFace } from '../../../src/synthetic/face/geometry.ts';
import type { Identity } from '../../../src/synthetic/face/identity.ts';
import { createIdentity } from '../../../src/synthetic/face/identity.ts';
import { landmarks } from '../../../src/synthetic/face/landmarks.ts';
import { createProjection, FRONTAL } from '../../../src/synthetic/face/pose.ts';
import { createRandom } from '../../../src/base/random.ts';

const identities = [1, 2, 3, 4, 5].map((seed) => createIdentity(createRandom(seed), 0));
const projection = createProjection(640, 490, FRONTAL);
const show = (identity: Identity, units: Activation): Point[] =>
  landmarks(shapeFace(identity, symmetric(units)), projection);

/** How far the mean of some landmarks moves, in pixels of a 640 x 490 frame, when one unit is fully on. */
function moves(units: Activation, indices: readonly number[], check: (dx: number, dy: number) => void): void {
  for (const identity of identities) {
    const before = show(identity, {});
    const after = show(identity, units);
    const mean = (points: Point[], axis: 0 | 1): number =>
      indices.reduce((sum, i) => sum + points[i]![axis], 0) / indices.length;
    check(mean(after, 0) - mean(before, 0), mean(after, 1) - mean(before, 1));
  }
}

const gap = (points: Point[], upper: number, lower: number): number => points[lower]![1] - points[upper]![1];
const wider = (units: Activation, upper: number, lower: number): number[] =>
  identities.map((identity) => gap(show(identity, units), upper, lower) - gap(show(identity, {}), upper, lower));

describe('action units move what the Facial Action Coding System says', () => {
  it('AU1 raises the inner ends of the brows more than the outer', () => {
    moves({ 1: 1 }, [21, 22], (_, dy) => assert.ok(dy < -10));
    moves({ 1: 1 }, [17, 26], (_, dy) => assert.ok(Math.abs(dy) < 2));
  });

  it('AU2 raises the outer brows more than the inner ends', () => {
    moves({ 2: 1 }, [18, 25], (_, dy) => assert.ok(dy < -10));
    moves({ 2: 1 }, [21, 22], (_, dy) => assert.ok(dy > -5));
  });

  it('AU4 lowers the brows and draws them together', () => {
    moves({ 4: 1 }, [17, 18, 19, 20, 21], (dx, dy) => assert.ok(dy > 4 && dx > 1));
    moves({ 4: 1 }, [22, 23, 24, 25, 26], (dx, dy) => assert.ok(dy > 4 && dx < -1));
  });

  it('AU5 opens the eyes by the upper lids', () => {
    moves({ 5: 1 }, [37, 38, 43, 44], (_, dy) => assert.ok(dy < -3));
    moves({ 5: 1 }, [40, 41, 46, 47], (_, dy) => assert.ok(Math.abs(dy) < 2));
  });

  it('AU6 and AU7 narrow the eyes from below', () => {
    for (const unit of [6, 7] as const) {
      moves({ [unit]: 1 }, [40, 41, 46, 47], (_, dy) => assert.ok(dy < -1.5));
      for (const change of wider({ [unit]: 1 }, 38, 40)) assert.ok(change < -3);
    }
  });

  it('AU9 raises the wings of the nose', () => {
    moves({ 9: 1 }, [31, 35], (_, dy) => assert.ok(dy < -4));
  });

  it('AU10 raises the upper lip and leaves its corners', () => {
    moves({ 10: 1 }, [50, 52], (_, dy) => assert.ok(dy < -4));
    moves({ 10: 1 }, [48, 54], (_, dy) => assert.ok(Math.abs(dy) < 3));
  });

  it('AU12 pulls the corners of the mouth up and out', () => {
    moves({ 12: 1 }, [48], (dx, dy) => assert.ok(dx < -8 && dy < -10));
    moves({ 12: 1 }, [54], (dx, dy) => assert.ok(dx > 8 && dy < -10));
  });

  it('AU14 draws the corners in and a little up', () => {
    moves({ 14: 1 }, [48], (dx, dy) => assert.ok(dx > 0.5 && dy < -3));
    moves({ 14: 1 }, [54], (dx, dy) => assert.ok(dx < -0.5 && dy < -3));
  });

  it('AU15 pulls the corners down', () => {
    moves({ 15: 1 }, [48, 54], (_, dy) => assert.ok(dy > 8));
    moves({ 15: 1 }, [62], (_, dy) => assert.ok(Math.abs(dy) < 2));
  });

  it('AU17 pushes the lower lip and the chin up', () => {
    moves({ 17: 1 }, [57], (_, dy) => assert.ok(dy < -2));
    moves({ 17: 1 }, [8], (_, dy) => assert.ok(dy < -2));
  });

  it('AU20 stretches the mouth sideways without raising its corners', () => {
    moves({ 20: 1 }, [54], (dx, dy) => assert.ok(dx > 8 && dy > -1));
  });

  it('AU23 and AU24 make the lips thin', () => {
    for (const unit of [23, 24] as const) {
      for (const change of wider({ [unit]: 1 }, 51, 57)) assert.ok(change < -4);
    }
  });

  it('AU25, AU26 and AU27 open the mouth, each wider than the one before', () => {
    const openings = ([25, 26, 27] as const).map((unit) => Math.min(...wider({ [unit]: 1 }, 62, 66)));
    assert.ok(openings[0]! > 5);
    assert.ok(openings[1]! > openings[0]! + 5);
    assert.ok(openings[2]! > openings[1]! + 10);
  });

  it('AU26 and AU27 lower the chin, AU25 does not', () => {
    moves({ 25: 1 }, [8], (_, dy) => assert.equal(dy, 0));
    moves({ 26: 1 }, [8], (_, dy) => assert.ok(dy > 15));
    moves({ 27: 1 }, [8], (_, dy) => assert.ok(dy > 30));
  });

  it('deepens a furrow for the units that hardly move a landmark', () => {
    for (const unit of [11, 14] as const) {
      const depth = (units: Activation): number =>
        creases(identities[0]!, shapeFace(identities[0]!, symmetric(units))).reduce(
          (sum, { strength }) => sum + strength,
          0,
        );
      assert.ok(depth({ [unit]: 1 }) > depth({}) + 1, `AU${unit}`);
    }
  });

  it('moves only the half of the face that is active', () => {
    const before = show(identities[0]!, {});
    const after = landmarks(shapeFace(identities[0]!, [{}, { 12: 1, 1: 1, 5: 1 }]), projection);
    for (const index of [17, 19, 21, 36, 37, 48]) assert.deepEqual(after[index], before[index]);
    for (const index of [22, 44, 54]) assert.ok(after[index]![1] < before[index]![1] - 3);
  });

  it('grows with the intensity of the unit', () => {
    for (const unit of ACTION_UNIT_NUMBERS) {
      const effect = (value: number): number => {
        const before = show(identities[1]!, {});
        const after = show(identities[1]!, { [unit]: value });
        return after.reduce((sum, [x, y], i) => sum + Math.abs(x - before[i]![0]) + Math.abs(y - before[i]![1]), 0);
      };
      assert.ok(effect(0.5) <= effect(1), `AU${unit}`);
      assert.ok(effect(0.25) <= effect(0.5), `AU${unit}`);
    }
  });

  it('grades intensities from A to E as CK+ does', () => {
    assert.deepEqual([0, 0.1, 0.3, 0.5, 0.7, 1].map(facsLevel), [0, 1, 2, 3, 4, 5]);
  });
});
