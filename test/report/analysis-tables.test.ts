import assert from 'node:assert/strict';
import { tableFeatures, tableMagnification } from '../../src/report/analysis-tables.ts';
import { MetricsError, parseMetrics } from '../../src/report/metrics.ts';
import { cellText, type ReportTable } from '../../src/report/table.ts';
import { evalMetrics } from './fixtures.ts';

const rows = (table: ReportTable) =>
  table.rows.map((row) => row.map((cell) => cellText(cell, undefined, (text) => `**${text}**`)));

const method = 'groupgan-2v2';
const moved = (fold: number, before: number, after: number) =>
  evalMetrics({
    method,
    fold,
    differences: { pairs: 4, content: { before, after }, perceptual: { before: 1, after: 1.5 } },
  });
const lit = (name: string, same: readonly (number | null)[], different: number) =>
  evalMetrics({ method: name, features: { size: 256, threshold: 0.3, same, different } });

describe('tables of analyses', () => {
  it('sets differences before and after magnification side by side, over folds', () => {
    const row = rows(tableMagnification([moved(0, 10, 8), moved(1, 12, 8)], 'scale')).find(([net]) => net === 'VGG13');
    assert.deepEqual(row, [
      ...['VGG13', '8', '11.000 ± 1.414', '**8.000 ± 0.000**', '**1.000 ± 0.000**', '1.500 ± 0.000'],
    ]);
    assert.deepEqual(rows(tableMagnification([], 'scale'))[0], [
      ...['AlexNet', 'not run', 'not run', 'not run', 'not run', 'not run'],
    ]);
  });

  it('counts lit positions of CNN and GroupGAN per class; pairs of different classes do not compete', () => {
    const table = tableFeatures(
      [lit('cnn', [50, 40, null, 30, 20, 10], 60), lit(method, [20, 40, 5, 30, 20, 25], 30)],
      '',
    );
    const found = rows(table);
    assert.deepEqual(found[0], ['anger', '50.0', '**20.0**']);
    assert.deepEqual(found[1], ['disgust', '**40.0**', '**40.0**']);
    assert.deepEqual(found[2], ['fear', 'not run', '5.0']);
    assert.deepEqual(found[6], ['mean of the classes', '30.0', '**23.3**']);
    assert.deepEqual(found[7], ['faces of different classes', '60.0', '30.0']);
    assert.match(table.caption[0] ?? '', /lit above 0\.3/);
    assert.equal(rows(tableFeatures([], ''))[0]?.[1], 'not run');
  });

  it('refuses metrics that are none', () => {
    const read = (over: object) => parseMetrics(JSON.stringify({ ...evalMetrics(), ...over }), 'a.json');
    assert.ok(read({}));
    assert.throws(() => read({ differences: { pairs: 1, content: { before: -1, after: 0 } } }), MetricsError);
    assert.throws(() => read({ features: { size: 256, threshold: 0.3, same: [1], different: 1 } }), MetricsError);
  });
});
