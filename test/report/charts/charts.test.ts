import assert from 'node:assert/strict';
import { decode } from 'fast-png';
import { Canvas, parseColour } from '../../../src/report/charts/canvas.ts';
import { type Chart, rectangle, ticks } from '../../../src/report/charts/chart.ts';
import { forEachDot, textWidth } from '../../../src/report/charts/font.ts';
import { linePanel } from '../../../src/report/charts/panel.ts';
import { toPng } from '../../../src/report/charts/to-png.ts';
import { toSvg } from '../../../src/report/charts/to-svg.ts';
import { isWellFormed } from './well-formed.ts';

const BLACK = [0, 0, 0] as const;

/** Grey levels of the red channel, row by row. */
function levels(canvas: Canvas): number[] {
  const { data } = decode(canvas.toPng());
  return Array.from({ length: canvas.width * canvas.height }, (_, at) => data[at * 3] ?? -1);
}

const CHART: Chart = {
  width: 40,
  height: 30,
  title: 'a < b & "c"',
  shapes: [
    { kind: 'text', at: [2, 12], text: 'a<b', bold: true },
    { kind: 'line', points: [[0, 20], [39.123456, 25]], colour: '#0072b2', width: 1.5 }, // prettier-ignore
    rectangle(10, 10, 4, 4, '#d55e00'),
    { kind: 'dot', at: [30, 8], radius: 3, colour: '#009e73', hollow: true },
  ],
};

describe('a canvas', () => {
  it('fills a rectangle exactly, and keeps off the rest', () => {
    const canvas = new Canvas(4, 3);
    canvas.area([[1, 1], [3, 1], [3, 2], [1, 2]], BLACK); // prettier-ignore
    assert.deepEqual(levels(canvas), [255, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 255]);
  });

  it('leaves a hole where a path crosses itself (even-odd), and mixes by opacity', () => {
    const canvas = new Canvas(2, 1);
    canvas.area([[0, 0], [1, 0], [1, 1], [0, 1]], BLACK, 0.5); // prettier-ignore
    assert.deepEqual(levels(canvas), [128, 255]);
  });

  it('draws a line of one pixel between pixel middles sharply, and not darker where pieces meet', () => {
    const canvas = new Canvas(5, 3);
    canvas.line([[0.5, 1.5], [2.5, 1.5], [4.5, 1.5]], 1, BLACK, 0.5); // prettier-ignore
    assert.deepEqual(levels(canvas).slice(5, 10), [128, 128, 128, 128, 128]);
    assert.deepEqual(levels(canvas).slice(0, 5), [255, 255, 255, 255, 255]);
  });

  it('draws a ring hollow and a disc full', () => {
    const [ring, disc] = [new Canvas(11, 11), new Canvas(11, 11)];
    ring.dot([5.5, 5.5], 4, BLACK, 1);
    disc.dot([5.5, 5.5], 4, BLACK);
    assert.equal(levels(ring)[5 * 11 + 5], 255);
    assert.equal(levels(ring)[5 * 11 + 1], 0);
    assert.equal(levels(disc)[5 * 11 + 5], 0);
    assert.equal(levels(disc)[0], 255);
  });

  it('ignores what lies outside, and refuses what is no colour', () => {
    const canvas = new Canvas(2, 2);
    canvas.dot([-50, 9], 3, BLACK);
    canvas.text('outside', 5, 5, 2, BLACK);
    assert.deepEqual(levels(canvas), [255, 255, 255, 255]);
    assert.deepEqual(parseColour('#0072b2'), [0, 0x72, 0xb2]);
    assert.throws(() => parseColour('red'), RangeError);
  });
});

describe('the font', () => {
  it('draws a letter dot by dot, and lets some hang below the line', () => {
    const rows = (text: string) => {
      const grid = Array.from({ length: 9 }, () => Array.from({ length: textWidth(text) }, () => '.'));
      forEachDot(text, (x, y) => (grid[y]![x] = '#'));
      return grid.map((row) => row.join(''));
    };
    assert.deepEqual(rows('T'), ['#####', ...Array.from({ length: 6 }, () => '..#..'), '.....', '.....']);
    assert.equal(rows('p')[8], '#....');
    assert.equal(rows('p')[1], '.....');
    assert.equal(rows('p')[3], '#...#');
    assert.deepEqual(rows('☃'), rows('?'));
    assert.equal(textWidth('ab'), 11);
  });
});

describe('a chart', () => {
  it('is well-formed SVG with its title, special characters escaped, coordinates rounded', () => {
    const svg = toSvg(CHART);
    assert.ok(isWellFormed(svg));
    assert.match(svg, /<title>a &lt; b &amp; &quot;c&quot;<\/title>/);
    assert.match(svg, /39\.12,25/);
  });

  it('is a PNG of two pixels a unit, with the same bytes each time', () => {
    const png = toPng(CHART);
    const { width, height, data } = decode(png);
    assert.deepEqual([width, height], [80, 60]);
    assert.deepEqual([...data.subarray((21 * 80 + 21) * 3, (21 * 80 + 21) * 3 + 3)], [0xd5, 0x5e, 0]);
    assert.deepEqual(toPng(CHART), png);
  });

  it('puts ticks at round numbers inside the range', () => {
    assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
    assert.deepEqual(ticks(13, 187, 4), [50, 100, 150]);
    assert.deepEqual(ticks(-0.03, 0.07, 4), [0, 0.05]);
    assert.deepEqual(ticks(5, 5, 4), [5]);
  });

  it('draws lines over their band, a single value as a dot, and survives no values', () => {
    const place = { left: 0, top: 0, width: 200, height: 100 };
    const band = { low: [0, 1], high: [2, 3] };
    const two = linePanel(
      { title: 't', x: [1, 2], series: [{ name: 'a', colour: '#0072b2', y: [1, 2], band }] },
      place,
    );
    const kinds = two.map(({ kind }) => kind);
    assert.ok(kinds.indexOf('area') < kinds.lastIndexOf('line'));
    const one = linePanel({ title: 't', x: [5], series: [{ name: 'a', colour: '#0072b2', y: [1] }] }, place);
    assert.equal(one.filter(({ kind }) => kind === 'dot').length, 1);
    assert.ok(linePanel({ title: 't', x: [], series: [] }, place).length > 0);
  });
});
