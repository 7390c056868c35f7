import assert from 'node:assert/strict';
import { decode } from 'fast-png';
import { EMBEDDING_DATA } from '../../../src/report/figures/embedding.ts';
import { FEATURE_DATA } from '../../../src/report/figures/feature-differences.ts';
import { dataFile } from '../../../src/report/figures/figure.ts';
import { figureFiles, renderFigures } from '../../../src/report/figures/figures.ts';
import { labelledGrid } from '../../../src/report/figures/labelled-grid.ts';
import { between } from '../../../src/report/figures/samples.ts';
import { CURVE_DATA, trainingCurveData } from '../../../src/report/figures/training-curves.ts';
import { indexPage } from '../../../src/report/index-page.ts';
import type { Picture } from '../../../src/report/picture-grid.ts';
import { sampleSheet } from '../../../src/report/sample-sheet.ts';
import { ReportError } from '../../../src/report/scale.ts';
import { isWellFormed } from '../charts/well-formed.ts';

const flat = (level: number): Picture => ({
  ...{ width: 2, height: 2, channels: 1 },
  pixels: Uint8Array.from([level, level, level, 0]),
});

/** Data of every figure, made by hand. */
function handMadeData(): Map<string, Uint8Array> {
  const run = { net: 'VGG13', fold: 0 };
  const samples = ['anger', 'fear'].map((label) => ({
    ...{ label, sequence: `a/${label}`, weak: flat(0), magnified: flat(100), peak: flat(200) },
  }));
  const listed = samples.map(({ label, sequence }) => ({ label, sequence }));
  const csv = (d: number) => `step,discriminator,discriminatorAccuracy\n10,${d},0.5\n20,${d / 2},0.75\n`;
  const histories = [
    { fold: 0, csv: csv(1) },
    { fold: 1, csv: `${csv(2)}30,0.1,0.9\n` },
  ];
  const sheet = sampleSheet(samples);
  return new Map([
    ['magnification.json', dataFile({ ...run, size: 2, samples: listed })],
    ['magnification.png', sheet],
    ['restoration.json', dataFile({ ...run, size: 2, samples: listed })],
    ['restoration.png', sheet],
    [CURVE_DATA, dataFile(trainingCurveData('VGG13', histories))],
    [
      FEATURE_DATA,
      dataFile({
        ...{ ...run, threshold: 0.3, classes: ['anger'], faces: [['a', 'b']] },
        methods: [{ title: 'CNN', differences: [[0, 0.3, 0.31, 1]] }],
      }),
    ],
    [
      EMBEDDING_DATA,
      dataFile({
        ...{ ...run, perplexity: 2, classes: ['anger'] },
        methods: [{ title: 'CNN', points: [[0, 'weak', -1, 2], [0, 'peak', 3, 4]] }], // prettier-ignore
      }),
    ],
  ]);
}

const render = (data: ReadonlyMap<string, Uint8Array>) => renderFigures((name) => data.get(name) ?? null);

describe('figures', () => {
  it('draws all of the paper, the same bytes each time, charts as well-formed SVG too', () => {
    const figures = render(handMadeData());
    const names = figures.map(({ name }) => name);
    assert.deepEqual(names, [
      ...['embedding', 'features', 'magnification', 'magnification-steps', 'restoration', 'training-curves'],
    ]);
    assert.deepEqual(render(handMadeData()), figures);
    const charts = figures.filter(({ svg }) => svg !== null);
    assert.deepEqual(
      charts.map(({ name }) => name),
      ['embedding', 'features', 'training-curves'],
    );
    for (const { svg } of charts) assert.ok(isWellFormed(svg ?? ''));
    assert.deepEqual(
      figureFiles(figures[0]!).map(({ name }) => name),
      ['embedding.png', 'embedding.svg'],
    );
  });

  it('leaves out what was not run, and says which data is broken', () => {
    assert.deepEqual(render(new Map()), []);
    const data = handMadeData();
    data.set(FEATURE_DATA, new TextEncoder().encode('{'));
    assert.throws(() => render(data), ReportError);
    const other = handMadeData();
    const one = { label: 'anger', sequence: '', weak: flat(0), magnified: flat(0), peak: flat(0) };
    other.set('magnification.png', sampleSheet([one]));
    assert.throws(() => render(other), /magnification\.png: expected 3 x 2 pictures of 2 pixels/);
  });

  it('lights what is above the threshold in Fig. 4, and counts it', () => {
    const svg = render(handMadeData()).find(({ name }) => name === 'features')?.svg ?? '';
    assert.match(svg, /2 of 4 lit/);
    assert.equal(svg.split('#f2b705').length - 1, 2);
  });

  it('joins the histories of folds where they all have a step', () => {
    const data = trainingCurveData('VGG13', [
      { fold: 0, csv: 'step,a,b\n10,1,2\n20,3,4\n' },
      { fold: 3, csv: 'step,b,a\n10,6,5\n20,8,7\n30,1,1\n' },
    ]);
    assert.deepEqual(data, {
      ...{ net: 'VGG13', folds: [0, 3], steps: [10, 20] },
      measures: { a: [[1, 3], [5, 7]], b: [[2, 4], [6, 8]] }, // prettier-ignore
    });
  });

  it('goes from the input to the magnified picture in equal steps', () => {
    assert.deepEqual([...between(flat(0), flat(100), 0.25).pixels], [25, 25, 25, 0]);
    assert.deepEqual(between(flat(7), flat(9), 0), flat(7));
    assert.deepEqual(between(flat(7), flat(9), 1), flat(9));
  });

  it('puts each picture under its name and beside its label', () => {
    const png = decode(labelledGrid(['a', 'b'], [{ label: 'row', pictures: [flat(90), flat(180)] }]));
    // Twice 128 pixels and gaps, with letters on the left and above.
    const left = 34 + 18;
    assert.equal(png.width, left + 2 * (128 + 6) + 6);
    const at = (x: number, y: number) => png.data[(y * png.width + x) * 3];
    assert.equal(at(left, 32), 90);
    assert.equal(at(left + 134, 32), 180);
    assert.equal(at(left + 127, 32 + 127), 0);
    assert.equal(at(left + 128, 32), 255);
    assert.throws(() => labelledGrid([], []), RangeError);
  });
});

describe('the page', () => {
  it('holds every table and figure and asks for nothing else', () => {
    const table = {
      ...{ name: 'table-9', title: 'A < B', caption: ['Why & how.'], header: ['Net', 'CNN'], records: [] },
      rows: [['VGG', { value: '1.00', paper: '2.00', best: true }]],
    };
    const page = indexPage('de<mo', [table], render(handMadeData()));
    assert.match(page, /<td><b>1\.00<\/b> \(2\.00\)<\/td>/);
    assert.match(page, /<h2 id="table-9">A &lt; B<\/h2>/);
    assert.match(page, /profile de&lt;mo/);
    assert.equal(page.split('<svg ').length - 1, 3);
    assert.equal(page.split('<img ').length - 1, 3);
    assert.doesNotMatch(page.replaceAll('http://www.w3.org/2000/svg', ''), /https?:|<script|<link|src="(?!data:)/);
    assert.match(indexPage('demo', [], []), /No figures/);
  });
});
