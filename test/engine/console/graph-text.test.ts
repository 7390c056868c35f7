import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { dotText, mermaidText, treeLines } from '../../../src/engine/console/graph-text.ts';
import { svgText } from '../../../src/engine/console/graph-svg.ts';
import type { StageGraph } from '../../../src/engine/graph/stage-graph.ts';

const graph: StageGraph = {
  nodes: [
    { name: 'a', count: 1 },
    { name: 'b', count: 2 },
    { name: 'c', count: 1 },
    { name: 'd', count: 1 },
  ],
  edges: [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'a', to: 'c' },
    { from: 'c', to: 'd' },
  ],
};

describe('a graph as text', () => {
  it('draws a stage once, below what it needs, with the count of its instances', () => {
    assert.deepEqual(treeLines(graph), ['a', '├─ b (2x)', '│  └─ c', '│     └─ d', '└─ c (see above)']);
  });

  it('draws stages that need each other, too', () => {
    const nodes = ['x', 'y'].map((name) => ({ name, count: 1 }));
    const circle = {
      nodes,
      edges: [
        { from: 'x', to: 'y' },
        { from: 'y', to: 'x' },
      ],
    };
    assert.deepEqual(treeLines(circle), ['x', '└─ y', '   └─ x (see above)']);
  });

  it('is a Mermaid flowchart', () => {
    assert.equal(
      mermaidText(graph),
      'flowchart TD\n  s0["a"]\n  s1["b (2x)"]\n  s2["c"]\n  s3["d"]\n  s0 --> s1\n  s1 --> s2\n  s0 --> s2\n  s2 --> s3\n',
    );
  });

  it('quotes names for Mermaid, Graphviz and SVG', () => {
    const odd = { nodes: [{ name: 'a"<b>\\&', count: 1 }], edges: [] };
    assert.match(mermaidText(odd), /s0\["a#quot;#lt;b#gt;\\&"\]/);
    assert.match(dotText(odd), /"a\\"<b>\\\\&" \[label=/);
    assert.match(svgText(odd), />a"&lt;b&gt;\\&amp;<\/text>/);
  });

  it('has a box for each stage and a line for each edge in the picture', () => {
    const svg = svgText(graph);
    assert.equal(svg.match(/<text /g)?.length, 4);
    assert.equal(svg.match(/<path d="M[^"z]*"\/>/g)?.length, 4);
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  });

  it('draws an empty pipeline', () => {
    const empty = { nodes: [], edges: [] };
    assert.deepEqual(treeLines(empty), []);
    assert.doesNotMatch(svgText(empty), /NaN|undefined|Infinity/);
  });
});
