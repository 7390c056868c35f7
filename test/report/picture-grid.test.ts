import assert from 'node:assert/strict';
import { decode } from 'fast-png';
import { heatMap, pictureGrid, toPicture } from '../../src/report/picture-grid.ts';

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

  it('lights the heat map where the pictures differ', () => {
    const from = toPicture([-1, 0], 2, 1, 1);
    const to = toPicture([0, 0], 2, 1, 1);
    const [changed, same] = heatMap(from, to).pixels;
    assert.equal(same, 0);
    // 128 grey levels: (128 / 127.5)^2 is just above 1.
    assert.equal(changed, 255);
  });
});
