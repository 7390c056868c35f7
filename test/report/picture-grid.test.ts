import assert from 'node:assert/strict';
import { decode } from 'fast-png';
import { heatMaps, pictureGrid, toPicture } from '../../src/report/picture-grid.ts';

describe('picture grid', () => {
  it('maps [-1, 1] to 0-255 and keeps what lies outside at the ends', () => {
    assert.deepEqual([...toPicture([-1, 0, 1, 7], 2, 2, 1).pixels], [0, 128, 255, 255]);
  });

  it('draws each picture at its place, enlarged, on white', () => {
    const black = { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(0) };
    const red = { width: 1, height: 1, channels: 3, pixels: Uint8Array.of(255, 0, 0) };
    const image = decode(pictureGrid([[black, red], [red]], 2, 1));
    assert.equal(image.width, 7);
    assert.equal(image.height, 7);
    const pixel = (x: number, y: number) => [...image.data.slice((y * 7 + x) * 3, (y * 7 + x) * 3 + 3)];
    assert.deepEqual(pixel(0, 0), [255, 255, 255]);
    assert.deepEqual(pixel(2, 2), [0, 0, 0]);
    assert.deepEqual(pixel(4, 1), [255, 0, 0]);
    assert.deepEqual(pixel(1, 4), [255, 0, 0]);
    assert.deepEqual(pixel(4, 4), [255, 255, 255]);
  });

  it('lights heat maps where pictures differ, on one scale for all pairs', () => {
    const grey = (...levels: readonly number[]) => ({
      width: levels.length,
      height: 1,
      channels: 1,
      pixels: Uint8Array.from(levels),
    });
    const [strong, weak, same] = heatMaps([
      [grey(0, 100), grey(20, 80)],
      [grey(0, 100), grey(0, 110)],
      [grey(7, 7), grey(7, 7)],
    ]);
    // Squared differences: 400 is the largest, 100 a quarter of it.
    assert.deepEqual([...(strong?.pixels ?? [])], [255, 255]);
    assert.deepEqual([...(weak?.pixels ?? [])], [0, 64]);
    assert.deepEqual([...(same?.pixels ?? [])], [0, 0]);
  });

  it('adds the squared differences of all channels, and shows no difference as black', () => {
    const pixel = (...pixels: readonly number[]) => ({
      width: 1,
      height: 1,
      channels: 3,
      pixels: Uint8Array.from(pixels),
    });
    const maps = heatMaps([
      [pixel(0, 0, 0), pixel(3, 4, 0)],
      [pixel(0, 0, 0), pixel(0, 0, 5)],
    ]);
    assert.deepEqual(
      maps.map(({ pixels }) => [...pixels]),
      [[255], [255]],
    );
    const [same] = heatMaps([[pixel(9, 9, 9), pixel(9, 9, 9)]]);
    assert.deepEqual([...(same?.pixels ?? [])], [0]);
  });
});
