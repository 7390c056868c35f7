import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Mask } from '../../../src/synthetic/face/raster.ts';
import { createCanvas, paint } from '../../../src/synthetic/face/canvas.ts';
import { intersect, polygonMask, softMask, strokeMask } from '../../../src/synthetic/face/raster.ts';

const total = (mask: Mask): number => mask.data.reduce((sum, value) => sum + value, 0);
const canvas = createCanvas(40, 30, 1);

describe('the rasteriser', () => {
  it('covers a pixel by exactly the share of its area that lies inside', () => {
    const mask = polygonMask(canvas, [2.25, 3.5, 4.5, 3.5, 4.5, 5, 2.25, 5]);
    assert.deepEqual([mask.left, mask.top, mask.width, mask.height], [2, 3, 3, 2]);
    assert.deepEqual([...mask.data], [0.375, 0.5, 0.25, 0.75, 1, 0.5]);
  });

  it('gives any triangle inside the canvas its area, in either direction', () => {
    const x = fc.double({ min: 0, max: 40, noNaN: true });
    const y = fc.double({ min: 0, max: 30, noNaN: true });
    fc.assert(
      fc.property(x, y, x, y, x, y, (ax, ay, bx, by, cx, cy) => {
        const area = Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
        assert.ok(Math.abs(total(polygonMask(canvas, [ax, ay, bx, by, cx, cy])) - area) < 0.01);
        assert.ok(Math.abs(total(polygonMask(canvas, [cx, cy, bx, by, ax, ay])) - area) < 0.01);
      }),
    );
  });

  it('cuts a shape at the edges of the canvas', () => {
    assert.equal(total(polygonMask(canvas, [-10, -10, 60, -10, 60, 60, -10, 60])), 40 * 30);
    assert.equal(total(polygonMask(canvas, [-10, 5, 3, 5, 3, 7, -10, 7])), 6);
    assert.equal(total(polygonMask(canvas, [50, 5, 60, 5, 60, 7, 50, 7])), 0);
  });

  it('draws a line thinner than a pixel paler, not wider', () => {
    const thin = strokeMask(canvas, [5, 10.5, 0.1, 35, 10.5, 0.1]);
    const thick = strokeMask(canvas, [5, 10.5, 2, 35, 10.5, 2]);
    assert.ok(Math.max(...thin.data) < 0.2);
    assert.equal(Math.max(...thick.data), 1);
    assert.ok(total(thick) > 10 * total(thin));
  });

  it('lets a soft ellipse fall from its centre to nothing at its edge', () => {
    const mask = softMask(canvas, { x: 20.5, y: 15.5, radiusX: 8, radiusY: 4, cos: 1, sin: 0 });
    const at = (x: number, y: number): number => mask.data[(y - mask.top) * mask.width + x - mask.left]!;
    assert.equal(at(20, 15), 1);
    assert.ok(at(24, 15) < 1 && at(24, 15) > at(27, 15));
    assert.equal(at(24, 15), at(20, 17), 'half way along both axes');
    assert.equal(at(24, 15), at(16, 15));
  });

  it('keeps of two masks what both cover', () => {
    const left = polygonMask(canvas, [0, 0, 10, 0, 10, 10, 0, 10]);
    const right = polygonMask(canvas, [8.5, 0, 20, 0, 20, 10, 8.5, 10]);
    assert.equal(total(intersect(left, right)), 15);
    assert.equal(total(intersect(left, polygonMask(canvas, [12, 0, 20, 0, 20, 9, 12, 9]))), 0);
  });

  it('paints grey canvases with the luma of a colour', () => {
    const grey = createCanvas(4, 4, 1);
    paint(grey, polygonMask(grey, [0, 0, 4, 0, 4, 4, 0, 4]), [200, 100, 50]);
    assert.ok(Math.abs(grey.planes[0]![5]! - (0.299 * 200 + 0.587 * 100 + 0.114 * 50)) < 1e-4);
  });
});
