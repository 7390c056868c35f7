import assert from 'node:assert/strict';
import { tableMagnifiers, trainingNotices } from '../../src/report/magnifiers.ts';
import { type EvalMetrics, type Magnification, parseMetrics } from '../../src/report/metrics.ts';
import { reportTables } from '../../src/report/report.ts';
import { evalMetrics, PARAMS } from './fixtures.ts';

const JUDGE = {
  net: 'VGG13',
  weak: { correct: 5, count: 10 },
  magnified: { correct: 7, count: 10 },
  peak: { correct: 9, count: 10 },
};

/** Of which a share of the squared difference is left; all that moved went straight to the peak. */
function magnification(left: number, over: Partial<Magnification> = {}): Magnification {
  const along = 1 - Math.sqrt(left);
  return { pictures: 10, toPeak: { before: 1, after: left }, moved: along * along, along, judge: JUDGE, ...over };
}

function run(method: string, fold: number, left: number, over: Partial<EvalMetrics> = {}): EvalMetrics {
  return evalMetrics({ method, fold, magnification: magnification(left), ...over });
}

describe('the table of magnifiers', () => {
  it('has a line for each task and method, mean and spread over folds', () => {
    const [table] = tableMagnifiers([
      run('groupgan-2v2', 0, 0.36),
      run('groupgan-2v2', 1, 0.64),
      run('dcgan', 0, 0.81),
      run('groupgan-2v2', 0, 0.25, { task: 'sketches' }),
      evalMetrics(),
    ]);
    assert.ok(table);
    assert.deepEqual(table.rows, [
      ['faces', 'DCGAN', '10', '81.0', '10.0', '50.0', '70.0', '20.0', '90.0'],
      [
        'faces',
        'GroupGAN (2v2)',
        '20',
        '50.0 ± 19.8',
        '30.0 ± 14.1',
        '50.0 ± 0.0',
        '70.0 ± 0.0',
        '20.0 ± 0.0',
        '90.0 ± 0.0',
      ],
      ['sketches', 'GroupGAN (2v2)', '10', '25.0', '50.0', '50.0', '70.0', '20.0', '90.0'],
    ]);
    assert.ok(table.caption[0]!.includes('The judge (VGG13)'));
    const record = table.records.find(
      ({ task, method, measure }) => task === 'faces' && method === 'dcgan' && measure === 'left',
    );
    assert.deepEqual(record, { task: 'faces', method: 'dcgan', net: 'VGG13', measure: 'left', mean: 81, sd: null });
  });

  it('is not there in reports of before it was measured, which say nothing new either', () => {
    assert.deepEqual(tableMagnifiers([evalMetrics({ method: 'groupgan-2v2' })]), []);
    assert.deepEqual(trainingNotices([evalMetrics({ method: 'groupgan-2v2' })], 'faces'), []);
  });
});

describe('a table whose generators left pictures as they were', () => {
  const metrics = [run('groupgan-2v2', 0, 0.97), run('groupgan-2v2', 1, 0.99), run('dcgan', 0, 0.5)];

  it('says so, with the methods and how much is left', () => {
    const [notice, fixed] = trainingNotices(metrics, 'faces');
    assert.match(notice!, /^NOT MAGNIFIED: .* in GroupGAN \(2v2\) \(98\.0 % of the squared difference\); what these/);
    assert.match(fixed!, /ended after the same number of iterations/);
    for (const table of reportTables(metrics, PARAMS).filter(({ name }) => name.startsWith('table-1'))) {
      assert.equal(table.caption[0], notice);
    }
  });

  it('is no other table', () => {
    assert.equal(trainingNotices([run('groupgan-2v2', 0, 0.5)], 'faces').length, 1);
    assert.deepEqual(trainingNotices(metrics, 'sketches'), []);
  });
});

describe('metrics of a magnification', () => {
  it('are read as they were written', () => {
    const metrics = run('groupgan-2v2', 0, 0.5);
    assert.deepEqual(parseMetrics(JSON.stringify(metrics), 'x.json'), metrics);
  });

  for (const [what, over] of Object.entries({
    'a negative difference': { toPeak: { before: -1, after: 0 } },
    'no judge': { judge: undefined },
    'a judge that is right too often': { judge: { ...JUDGE, magnified: { correct: 11, count: 10 } } },
    'no way': { along: null },
  })) {
    it(`are refused with ${what}`, () => {
      const broken = { ...magnification(0.5), ...(over as object) };
      const text = JSON.stringify({ ...run('dcgan', 0, 0.5), magnification: broken });
      assert.throws(() => parseMetrics(text, 'x.json'), /x\.json: the measures of the magnification are not numbers/);
    });
  }
});
