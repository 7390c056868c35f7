import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { displayWidth, fitWidth } from '../../../src/engine/console/display-width.ts';
import { liveLines, type RunningStage } from '../../../src/engine/console/live-view.ts';

const stage = (name: string, more: Partial<RunningStage> = {}): RunningStage => ({
  name,
  elapsed: 30_000,
  expected: null,
  fraction: 0,
  note: null,
  ...more,
});
const wide = { columns: 100, rows: 24 };

describe('the live view', () => {
  it('shows progress and the time left as the stage reports it, else by how long it took last', () => {
    const lines = liveLines(
      [
        stage('reports', { fraction: 0.25, note: 'epoch 1 of 4' }),
        stage('known', { expected: 60_000 }),
        stage('unknown'),
      ],
      { done: 3, todo: 8 },
      wide,
    );
    assert.deepEqual(lines, [
      '[#####               ] reports epoch 1 of 4 (30.0 s, about 1 min 30 s left)',
      '[##########          ] known (30.0 s, about 30.0 s left)',
      '[                    ] unknown (30.0 s)',
      '3 of 8 done, 3 running',
    ]);
  });

  it('leaves out note, bar and time where the terminal is narrow', () => {
    const stages = [stage('train@VGG13', { fraction: 0.5, note: 'epoch 1' })];
    const at = (columns: number): string | undefined =>
      liveLines(stages, { done: 0, todo: 1 }, { columns, rows: 9 })[0];
    assert.equal(at(63), '[##########          ] train@VGG13 (30.0 s, about 30.0 s left)');
    assert.equal(at(69), '[##########          ] train@VGG13 (30.0 s, about 30.0 s left)');
    assert.equal(at(71), '[##########          ] train@VGG13 epoch 1 (30.0 s, about 30.0 s left)');
    assert.equal(at(55), '[####    ] train@VGG13 (30.0 s, about 30.0 s left)');
    assert.equal(at(45), 'train@VGG13 (30.0 s, about 30.0 s left)');
    assert.equal(at(25), 'train@VGG13 (30.0 s)');
    assert.equal(at(8), 'train@…');
  });

  it('is never as high or as wide as the terminal, whatever the names and notes', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const running = fc.array(
      fc.record({
        name: text,
        elapsed: fc.nat(),
        expected: fc.option(fc.nat()),
        fraction: fc.double({ min: 0, max: 1, noNaN: true }),
        note: fc.option(text),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        running,
        fc.integer({ min: 2, max: 200 }),
        fc.integer({ min: 2, max: 50 }),
        (stages, columns, rows) => {
          const lines = liveLines(stages, { done: 1, todo: 2 }, { columns, rows });
          assert.ok(lines.length < rows);
          for (const line of lines) assert.ok(displayWidth(line) < columns, line);
        },
      ),
    );
  });

  it('counts what it cannot show', () => {
    const stages = Array.from({ length: 40 }, (_, at) => stage(`s${at}`));
    const lines = liveLines(stages, { done: 0, todo: 40 }, { columns: 80, rows: 6 });
    assert.equal(lines.length, 5);
    assert.deepEqual(lines.slice(-2), ['and 37 more', '0 of 40 done, 40 running']);
  });
});

describe('displayWidth', () => {
  it('knows wide, combining and pictorial characters', () => {
    assert.deepEqual(['abc', '漢字', 'e\u0301', '👩‍🔬', '⚙️', 'ﬁ'].map(displayWidth), [3, 4, 1, 2, 2, 1]);
    assert.equal(fitWidth('漢字漢字', 5), '漢字…');
    assert.equal(fitWidth('漢字漢字', 8), '漢字漢字');
  });
});
