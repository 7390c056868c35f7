import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { dagLines } from '../../src/cli/dag.ts';
import { makePipeline } from '../engine/support/make-pipeline.ts';

describe('dagLines', () => {
  it('draws a stage once, below what it needs, and folds a matrix to a count', () => {
    const pipeline = makePipeline('/project', {
      a: { cmd: 'a', outs: ['a'] },
      'b@1': { cmd: 'b', deps: ['a'], outs: ['b1'] },
      'b@2': { cmd: 'b', deps: ['a'], outs: ['b2'] },
      c: { cmd: 'c', deps: ['a', 'b1', 'b2'], outs: ['c'] },
      d: { cmd: 'd', deps: ['c'], outs: ['d'] },
    });
    assert.deepEqual(dagLines(pipeline), ['a', '├─ b (2x)', '│  └─ c', '│     └─ d', '└─ c (see above)']);
  });
});
