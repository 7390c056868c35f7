import assert from 'node:assert/strict';
import { reportTables } from '../../src/report/report.ts';
import { evalMetrics, PARAMS } from './fixtures.ts';

describe('tables of tasks that are not of the paper', () => {
  const tasks = { ...PARAMS.tasks, micro: PARAMS.tasks.faces };

  it('show every method that was run, one table a task', () => {
    const metrics = [
      evalMetrics({ task: 'micro', method: 'groupgan-2v2' }),
      evalMetrics({ task: 'micro', method: 'cnn' }),
      evalMetrics({ task: 'micro', method: 'cnn', fold: 1 }),
    ];
    const tables = reportTables(metrics, { ...PARAMS, tasks });
    const micro = tables.find(({ name }) => name === 'micro');
    assert.ok(micro);
    assert.deepEqual(micro.header.slice(0, 2), ['BaseNet', 'CNN']);
    assert.equal(micro.records.find(({ method }) => method === 'cnn')?.['runs'], 2);
    assert.match(micro.caption.at(-1) ?? '', /folds 0, 1 of 5 by subject/);
  });

  it('are not there where only the paper’s tasks were run', () => {
    assert.equal(reportTables([evalMetrics()], PARAMS).length, 9);
  });
});
