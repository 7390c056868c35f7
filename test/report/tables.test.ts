import assert from 'node:assert/strict';
import { cellText, type ReportTable } from '../../src/report/table.ts';
import { table1, table2, tableSketches } from '../../src/report/tables.ts';
import { CLASSES, evalMetrics, PARAMS, rendered, pretrainMetrics } from './fixtures.ts';

/** Rows as Markdown prints them. */
const texts = (table: ReportTable) =>
  table.rows.map((row) => row.map((cell) => cellText(cell, undefined, (text) => `**${text}**`)));

describe('tables', () => {
  it('gives mean and sample standard deviation over folds beside the paper, and says what was not run', () => {
    // 60 % and 70 %: mean 65, sample standard deviation sqrt(50) = 7.07.
    const table = table1([evalMetrics({ correct: 6, fold: 0 }), evalMetrics({ correct: 7, fold: 1 })], 'scale');
    const row = texts(table).find(([net]) => net === 'VGG13');
    assert.equal(row?.[1], '65.00 ± 7.07 (64.86)');
    assert.equal(row[2], 'not run (66.67)');
    assert.equal(row[5], 'not run');
    assert.deepEqual(
      texts(table)
        .slice(0, 8)
        .map(([net]) => net),
      ['AlexNet', 'VGG11', 'VGG13', 'VGG16', 'VGG19', 'ResNet18', 'ResNet34', 'ResNet50'],
    );
    assert.deepEqual(
      table.records.find((cell) => cell['net'] === 'VGG13' && cell['method'] === 'cnn'),
      { net: 'VGG13', method: 'cnn', measured: 'weak', accuracy: 65, sd: 7.0711, folds: 2, images: 20, paper: 64.86 },
    );
  });

  it('takes the mean over the repetitions of a fold, so that the spread is that of folds', () => {
    const runs = [
      ...[evalMetrics({ fold: 0, repeat: 0, correct: 4 }), evalMetrics({ fold: 0, repeat: 1, correct: 6 })],
      ...[evalMetrics({ fold: 1, repeat: 0, correct: 7 }), evalMetrics({ fold: 1, repeat: 1, correct: 9 })],
    ];
    const start = (fold: number, repeat: number, correct: number) =>
      pretrainMetrics({ fold, repeat, weak: { correct, count: 10 } });
    const table = table1([...runs, start(0, 0, 1), start(0, 1, 3), start(1, 0, 4), start(1, 1, 4)], '');
    const row = table.rows.find(([net]) => net === 'VGG13')!;
    // Folds 50 and 80: mean 65, sd 15 sqrt(2); the start 20 and 40: 30, sd 10 sqrt(2).
    assert.equal(cellText(row[1]!), '65.00 ± 21.21 (64.86)');
    assert.equal(cellText(row.at(-1)!), '30.00 ± 14.14');
    assert.match(rendered(runs, { ...PARAMS, tasks: { ...PARAMS.tasks, faces: { ...PARAMS.tasks.faces, repeats: [0, 1] } } })[0]!.text, /by subject, each the mean of repetitions 0, 1, /); // prettier-ignore
  });

  it('shows no spread where there is one fold', () => {
    const table = table1([evalMetrics({ correct: 6 })], 'scale');
    assert.equal(texts(table).find(([net]) => net === 'VGG13')?.[1], '60.00 (64.86)');
  });

  it('averages the methods over the nets that ran every method only', () => {
    const all = ['cnn', 'dcgan', 'groupgan-1v2', 'groupgan-2v2', 'cnn-weak+peak'];
    const complete = all.flatMap((method) =>
      [0, 1].flatMap((fold) => [
        evalMetrics({ method, fold, net: 'VGG13', correct: 4 + fold }),
        evalMetrics({ method, fold, net: 'AlexNet', correct: 6 + fold }),
      ]),
    );
    const table = table1([...complete, evalMetrics({ method: 'cnn', net: 'VGG19', correct: 10 })], 'scale');
    const last = texts(table).at(-1);
    assert.equal(last?.[0], 'Mean of 2 nets');
    // Fold 0: (40 + 60) / 2 = 50; fold 1: (50 + 70) / 2 = 60; mean 55, sd over folds sqrt(50).
    assert.equal(last[1], '**55.00 ± 7.07**');
  });

  it('shows where every method starts', () => {
    const table = table1([pretrainMetrics()], 'scale');
    const row = texts(table).find(([net]) => net === 'VGG13');
    assert.deepEqual(row?.slice(6), ['90.00', '40.00']);
  });

  it('sums the confusion of the best BaseNet over folds and gives row percentages', () => {
    const method = 'groupgan-2v2';
    const table = table2(
      [
        evalMetrics({ method, net: 'AlexNet', correct: 9, fold: 0 }),
        evalMetrics({ method, net: 'VGG13', correct: 8, fold: 0 }),
        evalMetrics({ method, net: 'AlexNet', correct: 5, fold: 1 }),
        evalMetrics({ method, net: 'VGG13', correct: 7, fold: 1 }),
        evalMetrics({ method: 'cnn', net: 'VGG19', correct: 10, fold: 0 }),
      ],
      'scale',
    );
    assert.match(table.caption[0] ?? '', /BaseNet VGG13/);
    assert.deepEqual(texts(table)[0]?.slice(0, 3), ['anger', '**75.0 [15]** (71.4)', '25.0 [5] (10.1)']);
    assert.deepEqual(texts(table)[1]?.slice(0, 2), ['disgust', 'not run (17.4)']);
  });

  it('sets the drawings before and after restoration side by side', () => {
    const sketch = { task: 'sketches', net: 'AlexNet' };
    const table = tableSketches(
      [
        pretrainMetrics(sketch),
        evalMetrics({ ...sketch, method: 'cnn', correct: 5 }),
        evalMetrics({ ...sketch, method: 'groupgan-2v2', correct: 7, weakUnmagnified: { correct: 3, count: 10 } }),
      ],
      'scale',
    );
    assert.deepEqual(texts(table), [['AlexNet', '90.00', '40.00', '50.00', '**70.00**', '30.00']]);
  });

  it('renders the same files whatever the order of the metrics, with the scale in every caption', () => {
    const metrics = [
      evalMetrics(),
      evalMetrics({ fold: 1 }),
      pretrainMetrics(),
      evalMetrics({ method: 'groupgan-2v2' }),
    ];
    const files = rendered(metrics, PARAMS);
    assert.deepEqual(rendered([...metrics].reverse(), PARAMS), files);
    assert.deepEqual(
      files.map((file) => file.name),
      [
        'table-1',
        'table-1-differences',
        'table-2',
        'table-3',
        'magnification',
        'features',
        'sketches',
        'ablation',
        'ablation-differences',
      ].flatMap((name) => ['md', 'csv', 'json', 'tex'].map((kind) => `${name}.${kind}`)),
    );
    const markdown = files[0]?.text ?? '';
    assert.match(
      markdown,
      /profile demo, synthetic faces in the layout of ck-plus \(3 people\) and oulu-casia as supplied/,
    );
    assert.match(markdown, /32x32x1 pixels, width 0.125, batch 16/);
    assert.equal(CLASSES.length, 6);
  });
});
