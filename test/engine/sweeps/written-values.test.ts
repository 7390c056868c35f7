import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countOf } from '../../../src/cli/sweeps/open-sweep.ts';
import { gridProposal, gridSize } from '../../../src/engine/sweeps/space.ts';
import { settings } from '../../../src/engine/sweeps/run-trial.ts';
import { readSweep, type Sweep } from '../../../src/engine/sweeps/sweep-file.ts';

function sweepOf(lines: readonly string[]): Sweep {
  const root = mkdtempSync(path.join(tmpdir(), 'sweep-'));
  try {
    writeFileSync(path.join(root, 's.yaml'), ['metric: {name: loss}', ...lines, ''].join('\n'));
    return readSweep(root, 's.yaml').sweep;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe('the values of a trial for -S', () => {
  it('are floats where the sweep file writes or draws floats', () => {
    const { write } = sweepOf([
      'method: random',
      'parameters:',
      '  a: {values: [1.0, 2, 3e4]}',
      '  b: {min: 0.5, max: 2.5}',
      '  c: {min: 1, max: 3}',
      '  d: {distribution: q_uniform, min: 8, max: 64, q: 8}',
      '  e: {parameters: {f: {value: 1.0}}}',
      'pipeline: {set: {g: [1.0, 2], h: {i: 1.0}, j: text}}',
    ]);
    const values = { a: 1, b: 2, c: 2, d: 16, 'e.f': 1, g: [1, 2], h: { i: 1 }, j: 'text' };
    assert.deepEqual(settings(values, write), [
      'a=1.0',
      'b=2.0',
      'c=2',
      'd=16',
      'e.f=1.0',
      'g=[1.0, 2]',
      'h={"i": 1.0}',
      'j="text"',
    ]);
    assert.deepEqual(settings({ a: 2 }, write), ['a=2']);
    assert.deepEqual(settings({ a: 30000 }, write), ['a=30000.0']);
  });
});

describe('the size of a sweep', () => {
  it('is refused where nobody can mean it', () => {
    const random = sweepOf(['method: random', 'parameters: {a: {min: 0.5, max: 2.5}}']);
    assert.throws(() => countOf(random, 1_000_000_000), /1000000000 trials are asked of s.yaml; .* at most 100000/);
    assert.equal(countOf(random, 12), 12);
  });

  it('is counted without listing the values of a grid', () => {
    const grid = sweepOf(['method: grid', 'parameters: {a: {min: 0, max: 999999999}, b: {values: [x, y]}}']);
    assert.equal(gridSize(grid.space), 2_000_000_000);
    assert.deepEqual(gridProposal(grid.space, 1_999_999_999)?.values, { a: 999_999_999, b: 'y' });
    assert.throws(() => countOf(grid, undefined), /at most 100000/);
    assert.equal(countOf(grid, 3), 3);
  });
});
