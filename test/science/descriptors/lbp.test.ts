import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeLbp, LBP_BINS, lbpPatterns, UNIFORM_BINS } from '../../../src/science/descriptors/lbp.ts';
import { createRandom } from '../../../src/base/random.ts';
import peers from './fixtures/peers.json' with { type: 'json' };
import { mapped, noise, painted, pictures, plane } from './pictures.ts';

const ONE_BLOCK = { grid: { rows: 1, columns: 1 } };

describe('local binary patterns', () => {
  it('has the patterns of scikit-image, pixel by pixel', () => {
    const patterns = lbpPatterns(plane(peers.picture));
    assert.deepEqual([...patterns.values], peers.lbp.patterns.flat());
  });

  it('puts patterns into one bin exactly where scikit-image does', () => {
    const ours = [...lbpPatterns(plane(peers.picture)).values].map((pattern) => UNIFORM_BINS[pattern]!);
    const pairs = new Set(peers.lbp.uniform.flat().map((label, index) => `${label} ${ours[index]!}`));
    assert.equal(pairs.size, new Set(ours).size);
    assert.equal(pairs.size, new Set(peers.lbp.uniform.flat()).size);
    assert.ok(pairs.size > 30);
  });

  it('gives the histogram of scikit-image, up to the order of bins', () => {
    const histogram = describeLbp(pictures(plane(peers.picture)), ONE_BLOCK);
    const labels = peers.lbp.uniform.flat();
    const counts = Array.from({ length: LBP_BINS }, (_, bin) => labels.filter((label) => label === bin).length);
    const expected = counts.map((count) => Math.fround(count / labels.length));
    assert.deepEqual([...histogram].sort(), expected.sort());
  });

  it('tells 58 uniform patterns apart', () => {
    assert.equal(new Set(UNIFORM_BINS).size, 59);
    assert.equal(UNIFORM_BINS.filter((bin) => bin === 58).length, 256 - 58);
    for (const uniform of [0b0, 0b11111111, 0b00011000, 0b10000001]) assert.notEqual(UNIFORM_BINS[uniform], 58);
    for (const other of [0b01010000, 0b11011011]) assert.equal(UNIFORM_BINS[other], 58);
  });

  it('takes a neighbour as bright as the pixel for brighter, between pixels too', () => {
    const flat = lbpPatterns(painted(5, 5, () => 77));
    assert.deepEqual([...flat.values], [255]);
    // Constant along a slope of one: the neighbours at 45 and 225 degrees interpolate to the pixel's value, exactly.
    const slope = lbpPatterns(painted(5, 5, (x, y) => 10 * (x + y)));
    assert.deepEqual([...slope.values], [0b11100011]);
  });

  it('starts on the right and goes round counter-clockwise', () => {
    const rays: readonly [number, number, number][] = [
      [4, 2, 0],
      [2, 0, 2],
      [0, 2, 4],
      [2, 4, 6],
    ];
    for (const [x, y, bit] of rays) {
      const dot = painted(5, 5, (column, row) =>
        column === x && row === y ? 200 : column === 2 && row === 2 ? 100 : 0,
      );
      assert.deepEqual([...lbpPatterns(dot).values], [1 << bit]);
    }
  });

  it('does not change with brightness or contrast', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 4 }), fc.nat(55), (seed, contrast, offset) => {
        const picture = noise(createRandom(seed), 9, 8, 50);
        const changed = mapped(picture, (value) => contrast * value + offset);
        assert.deepEqual(lbpPatterns(changed), lbpPatterns(picture));
      }),
    );
  });

  it('keeps the neighbours that lie on pixels under any growing change of grey', () => {
    const growing = fc
      .uniqueArray(fc.nat(255), { minLength: 20, maxLength: 20 })
      .map((values) => values.sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.integer(), growing, (seed, greys) => {
        const picture = noise(createRandom(seed), 9, 8, 20);
        const straight = (patterns: Uint8Array) => patterns.map((pattern) => pattern & 0b01010101);
        const changed = mapped(picture, (value) => greys[value]!);
        assert.deepEqual(straight(lbpPatterns(changed).values), straight(lbpPatterns(picture).values));
      }),
    );
  });

  it('turns its patterns by two bits when the picture is turned by a quarter', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const picture = noise(createRandom(seed), 5, 5, 12);
        const turned = painted(5, 5, (x, y) => picture.values[x * 5 + (4 - y)]!);
        const [pattern] = lbpPatterns(picture).values;
        assert.deepEqual([...lbpPatterns(turned).values], [((pattern! << 2) | (pattern! >> 6)) & 255]);
      }),
    );
  });
});
