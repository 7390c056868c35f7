import assert from 'node:assert/strict';
import { MetricsError, parseMetrics, type StillMetrics } from '../../src/report/metrics.ts';
import { stillScale } from '../../src/report/scale.ts';
import { table3 } from '../../src/report/table-3.ts';
import { type Cell, cellText } from '../../src/report/table.ts';
import { PARAMS } from './fixtures.ts';

/** A row as a person reads it, the best between stars. */
function texts(row: readonly Cell[] | undefined): string[] | undefined {
  return row?.map((cell) => cellText(cell, (text) => text, (text) => `*${text}*`)); // prettier-ignore
}

/** Three classes with 4, 4 and 2 test pictures, of which `correct` of the first class are recognised. */
function wildMetrics(correct: number, over: Partial<StillMetrics> = {}): StillMetrics {
  return {
    kind: 'wild',
    method: 'resnet18',
    repeat: 0,
    classes: ['happy', 'anxious', 'sad'],
    test: {
      correct,
      count: 10,
      confusion: [
        [correct, 4 - correct, 0],
        [4, 0, 0],
        [2, 0, 0],
      ],
    },
    testUnmagnified: null,
    val: null,
    ...over,
  };
}

describe('Table 3', () => {
  it('gives mean and sample standard deviation over repetitions, beside the paper', () => {
    // 20 % and 40 %: mean 30, sample standard deviation sqrt(200) = 14.14.
    const table = table3([wildMetrics(2), wildMetrics(4, { repeat: 1 })], 'scale');
    assert.deepEqual(texts(table.rows.find(([name]) => name === 'ResNet18')), [
      'ResNet18',
      '30.00 ± 14.14',
      '33.47',
      '2',
      '',
    ]);
    assert.deepEqual(
      table.records.find(({ method }) => method === 'resnet18'),
      {
        ...{ method: 'resnet18', accuracy: 30, sd: 14.1421, repetitions: 2, images: 20 },
        ...{ notMagnified: null, validation: null, paper: 33.47 },
      },
    );
  });

  it("keeps the paper's rows in its order, and says which were not run", () => {
    const table = table3([wildMetrics(2)], 'scale');
    assert.deepEqual(
      table.records.map(({ method }) => method),
      ['lpq', 'lbp', 'eoh', 'alexnet', 'vgg13', 'resnet18', 'rn-laf-ada', 'scn', 'groupgan'],
    );
    assert.deepEqual(texts(table.rows[0]), ['LPQ', 'not run', '10.86', '0', '']);
    assert.equal(texts(table.rows.find(([name]) => name === 'ResNet18'))?.[1], '20.00');
  });

  it('sets the best of all rows in bold', () => {
    const table = table3([wildMetrics(2), wildMetrics(3, { method: 'scn' })], 'scale');
    assert.deepEqual(
      table.rows.map((row) => texts(row)?.[1]).filter((text) => text?.startsWith('*')),
      ['*30.00*'],
    );
  });

  it('shows what the classifier of a magnifying method makes of the pictures as they are', () => {
    const table = table3([wildMetrics(3, { method: 'groupgan', testUnmagnified: { correct: 1, count: 10 } })], 'scale');
    assert.deepEqual(texts(table.rows.at(-1)), ['GroupGAN (2v2, perceptual)', '30.00', '37.17', '1', '10.00']);
  });

  it('names guessing and the commonest class, and what is our reading', () => {
    const caption = table3([wildMetrics(2)], 'the scale').caption.join(' ');
    assert.match(caption, /among 3 classes gives 33\.33 %/);
    assert.match(caption, /commonest class of the 10 test pictures, 40\.00 %/);
    assert.match(caption, /RN\+LAF\+ADA is our reading/);
    assert.match(caption, /the scale/);
    assert.match(table3([], 'scale').caption.join(' '), /No method was run/);
  });

  it('says at which scale it ran, with what `tasks.wild.training` puts in the place of `training`', () => {
    const scale = stillScale(PARAMS, 'wild');
    assert.match(
      scale,
      /synthetic faces in the form of LSEMSW \(5 training, 1 validation and 2 test pictures of each class\)/,
    );
    assert.match(scale, /landmarks from synthetic faces in the layout of ck-plus, repetitions 0, 1/);
    assert.match(scale, /batch 8, iterations: 10 pretraining the classifier/);
    const pictures = { ...PARAMS.pictures, wild: { corpora: { lsemsw: '/data/lsemsw' } } };
    assert.match(
      stillScale({ ...PARAMS, pictures }, 'wild'),
      /the corpus that the user supplied \(lsemsw\), landmarks from none/,
    );
  });

  it('adds a row for a method that the paper does not have', () => {
    const table = table3([wildMetrics(2, { method: 'mine' })], 'scale');
    assert.deepEqual(texts(table.rows.at(-1)), ['mine', '20.00', '', '1', '']);
  });

  it('is made of metrics files that are checked', () => {
    const metrics = wildMetrics(2, { val: { correct: 1, count: 3 } });
    assert.deepEqual(parseMetrics(JSON.stringify(metrics), 'm.json'), metrics);
    const broken: [Partial<Record<keyof StillMetrics, unknown>>, RegExp][] = [
      [{ method: 1 }, /method or repeat is missing/],
      [{ repeat: -1 }, /method or repeat is missing/],
      [{ classes: 'happy' }, /classes are missing/],
      [{ test: { ...metrics.test, correct: 3 } }, /the confusion matrix and the score on test images disagree/],
      [{ testUnmagnified: { correct: 3, count: 2 } }, /unmagnified score/],
      [{ val: {} }, /score on validation images/],
    ];
    for (const [over, message] of broken) {
      assert.throws(
        () => parseMetrics(JSON.stringify({ ...metrics, ...over }), 'm.json'),
        (error) => error instanceof MetricsError && message.test(error.message),
      );
    }
  });
});
