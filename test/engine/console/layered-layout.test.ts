import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { layeredLayout } from '../../../src/engine/console/layered-layout.ts';

const gaps = { across: 10, along: 30 };

/** Boxes in topological order, and edges that go forward. */
const graphs = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 12 }).chain((widths) =>
  fc.array(fc.tuple(fc.nat(widths.length - 1), fc.nat(widths.length - 1)), { maxLength: 25 }).map((pairs) => ({
    boxes: widths.map((width, at) => ({ name: `n${at}`, width, height: 20 })),
    edges: pairs.filter(([from, to]) => from < to).map(([from, to]) => ({ from: `n${from}`, to: `n${to}` })),
  })),
);

describe('layeredLayout', () => {
  it('puts every box below those it needs', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, edges }) => {
        const layout = layeredLayout(boxes, edges, gaps);
        for (const { from, to } of edges) assert.ok(layout.boxes.get(from)!.y + 20 < layout.boxes.get(to)!.y);
      }),
    );
  });

  it('lets no two boxes touch and keeps all inside the picture', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, edges }) => {
        const layout = layeredLayout(boxes, edges, gaps);
        const placed = boxes.map((box) => ({ ...box, ...layout.boxes.get(box.name)! }));
        for (const [at, one] of placed.entries()) {
          assert.ok(one.x - one.width / 2 > -1e-6 && one.x + one.width / 2 < layout.width + 1e-6);
          for (const other of placed.slice(at + 1)) {
            if (Math.abs(one.y - other.y) >= 20) continue;
            const room = Math.abs(one.x - other.x) - (one.width + other.width) / 2;
            assert.ok(room > gaps.across - 1e-6, `${one.name} and ${other.name}: ${room}`);
          }
        }
      }),
    );
  });

  it('gives the same graph the same layout, and every edge a way down', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, edges }) => {
        const layout = layeredLayout(boxes, edges, gaps);
        assert.deepEqual(layeredLayout(boxes, edges, gaps), layout);
        for (const { points } of layout.edges) {
          assert.ok(points.length >= 2);
          for (const [at, point] of points.slice(1).entries()) assert.ok(point.y > points[at]!.y);
        }
      }),
    );
  });

  it('uncrosses two lines that need not cross', () => {
    const boxes = ['a', 'b', 'c', 'd'].map((name) => ({ name, width: 20, height: 20 }));
    const { boxes: at } = layeredLayout(
      boxes,
      [
        { from: 'a', to: 'd' },
        { from: 'b', to: 'c' },
      ],
      gaps,
    );
    assert.equal(Math.sign(at.get('a')!.x - at.get('b')!.x), Math.sign(at.get('d')!.x - at.get('c')!.x));
  });
});
