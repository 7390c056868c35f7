import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { stageGraph } from '../../../src/engine/graph/stage-graph.ts';
import type { InstanceName } from '../../../src/engine/stages/types.ts';
import { makePipeline } from '../support/make-pipeline.ts';

const pipeline = makePipeline('/project', {
  a: { cmd: 'a', outs: ['a'] },
  'b@1': { cmd: 'b', deps: ['a'], outs: ['b1'] },
  'b@2': { cmd: 'b', deps: ['a', 'b1'], outs: ['b2'] },
  c: { cmd: 'c', deps: ['b1', 'b2'], outs: ['c'] },
});

describe('stageGraph', () => {
  it('folds a matrix to one node with its count, and leaves out edges of a stage to itself', () => {
    assert.deepEqual(stageGraph(pipeline, pipeline.instances.keys()), {
      nodes: [
        { name: 'a', count: 1 },
        { name: 'b', count: 2 },
        { name: 'c', count: 1 },
      ],
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
      ],
    });
  });

  it('keeps every instance when asked for all', () => {
    const { nodes, edges } = stageGraph(pipeline, pipeline.instances.keys(), { full: true });
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ['a', 'b@1', 'b@2', 'c'],
    );
    assert.equal(edges.length, 5);
  });

  it('shows only what is selected', () => {
    assert.deepEqual(stageGraph(pipeline, ['a', 'b@1'] as InstanceName[]), {
      nodes: [
        { name: 'a', count: 1 },
        { name: 'b', count: 1 },
      ],
      edges: [{ from: 'a', to: 'b' }],
    });
  });
});
