import assert from 'node:assert/strict';
import { DEFAULT_DIFFICULTY } from '../../src/synthetic/difficulty.ts';
import { ACTION_UNIT_NUMBERS, intensity } from '../../src/synthetic/face/action-units.ts';
import { BASIC_EXPRESSIONS, NEIGHBOURS, PROTOTYPES } from '../../src/synthetic/face/expressions.ts';
import { shapeFace } from '../../src/synthetic/face/geometry.ts';
import { landmarks } from '../../src/synthetic/face/landmarks.ts';
import { createProjection } from '../../src/synthetic/face/pose.ts';
import { perform } from '../../src/synthetic/performance.ts';
import { createSubject } from '../../src/synthetic/subject.ts';
import { createRandom } from '../../src/base/random.ts';

const PLAIN = { ...DEFAULT_DIFFICULTY, expressivitySpread: 0, idiosyncrasy: 0, blend: 0, restingFace: 0 };
const FULL = { min: 1, max: 1 };

describe('a performance', () => {
  it('starts neutral and ends at its apex', () => {
    const subject = createSubject(createRandom(3), DEFAULT_DIFFICULTY);
    for (const expression of BASIC_EXPRESSIONS) {
      const { views, strengths } = perform(createRandom(4), subject, expression, 15, DEFAULT_DIFFICULTY);
      assert.equal(strengths[0], 0);
      assert.equal(strengths[14], 1);
      for (const unit of ACTION_UNIT_NUMBERS) {
        assert.equal(intensity(views[0]!.action[0], unit), 0);
        const course = views.map((view) => intensity(view.action[1], unit));
        assert.ok(Math.max(...course) <= course[14]! + 1e-9 + 0.05 * course[14]!, `${expression} AU${unit}`);
      }
    }
  });

  it('grows from frame to frame up to a little jitter', () => {
    for (let seed = 0; seed < 20; seed++) {
      const subject = createSubject(createRandom(seed), DEFAULT_DIFFICULTY);
      const { strengths } = perform(createRandom(seed), subject, 'fear', 22, DEFAULT_DIFFICULTY);
      for (let i = 1; i < 22; i++) assert.ok(strengths[i]! > strengths[i - 1]! - 0.1);
      assert.ok(strengths[21]! > strengths[11]! && strengths[11]! > strengths[3]!);
    }
  });

  it('has its weak frame inside the range asked for', () => {
    const difficulty = { ...DEFAULT_DIFFICULTY, weakShare: { min: 0.2, max: 0.3 } };
    const subject = createSubject(createRandom(1), difficulty);
    for (let frames = 10; frames < 30; frames++) {
      const { strengths } = perform(createRandom(frames), subject, 'anger', frames, difficulty);
      assert.ok(strengths[6]! > 0.14 && strengths[6]! < 0.36);
    }
  });

  it('shows exactly a prototype where nobody is expressive, odd or mixed', () => {
    const subject = createSubject(createRandom(2), PLAIN);
    const { views } = perform(createRandom(5), subject, 'sadness', 12, { ...PLAIN, peakIntensity: FULL });
    const apex = views[11]!.action[0];
    const matches = PROTOTYPES.sadness.filter(({ units }) =>
      ACTION_UNIT_NUMBERS.every((unit) => Math.abs(intensity(apex, unit) - intensity(units, unit)) < 1e-12),
    );
    assert.equal(matches.length, 1);
  });

  it('shows contempt on one side of the face', () => {
    const subject = createSubject(createRandom(2), PLAIN);
    const { views } = perform(createRandom(5), subject, 'contempt', 12, PLAIN);
    const [left, right] = views[11]!.action.map((half) => intensity(half, 14));
    assert.ok(Math.max(left!, right!) > 4 * Math.min(left!, right!));
  });

  it('mixes neighbouring expressions and odd habits in when asked to', () => {
    const units = (difficulty: typeof DEFAULT_DIFFICULTY): number => {
      const subject = createSubject(createRandom(8), difficulty);
      const { views } = perform(createRandom(9), subject, 'happiness', 12, difficulty);
      return ACTION_UNIT_NUMBERS.filter((unit) => intensity(views[11]!.action[0], unit) > 0).length;
    };
    assert.ok(units({ ...PLAIN, blend: 1 }) > units(PLAIN));
  });

  it('keeps every landmark inside the picture, even at the hardest pose', () => {
    const difficulty = { ...DEFAULT_DIFFICULTY, pose: 1, peakIntensity: FULL };
    for (let seed = 0; seed < 60; seed++) {
      const subject = createSubject(createRandom(seed), difficulty);
      const { views } = perform(createRandom(seed + 99), subject, 'surprise', 10, difficulty);
      for (const view of [views[0]!, views[9]!]) {
        const projection = createProjection(320, 240, view.pose);
        const points = landmarks(shapeFace(view.identity, view.action), projection);
        assert.equal(points.length, 68);
        for (const [x, y] of points) assert.ok(x > 0 && x < 320 && y > 0 && y < 240, `seed ${seed}: ${x}, ${y}`);
      }
    }
  });
});

describe('the prototypes', () => {
  it('have shares that add up to one and intensities from 0 to 1', () => {
    for (const variants of Object.values(PROTOTYPES)) {
      assert.ok(Math.abs(variants.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12);
      for (const { units } of variants) for (const value of Object.values(units)) assert.ok(value > 0 && value <= 1);
    }
  });

  it('share action units with the neighbours they are confused with', () => {
    for (const [name, neighbours] of Object.entries(NEIGHBOURS)) {
      const own = new Set(
        Object.keys(PROTOTYPES[name as keyof typeof PROTOTYPES].reduce((all, { units }) => ({ ...all, ...units }), {})),
      );
      for (const neighbour of neighbours) {
        assert.ok(
          PROTOTYPES[neighbour].some(({ units }) => Object.keys(units).some((unit) => own.has(unit))),
          `${name} and ${neighbour}`,
        );
      }
    }
  });
});
