import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseBatch } from '../../../src/engine/comparing/git.ts';
import { readingProblems, readMetrics } from '../../../src/engine/comparing/metrics-files.ts';
import { isMetrics, metricsPatterns } from '../../../src/engine/comparing/metrics-patterns.ts';
import { metricsTables } from '../../../src/engine/comparing/metrics-table.ts';

const place = (path: string, instance = 'eval@1') => ({ path, instance, stage: instance.split('@')[0]! });

describe('readMetrics', () => {
  it('reads JSON and YAML, and says what is missing or broken', () => {
    const texts: Record<string, string> = {
      'a.json': '{"acc": {"top1": 0.5}}',
      'b.yaml': 'acc:\n  top1: 0.25\n',
      'c.json': '{"acc": ',
      'd.yaml': '0.5',
    };
    const places = ['a.json', 'b.yaml', 'c.json', 'd.yaml', 'e.json'].map((path) => place(path));
    const reading = readMetrics(places, (path) => texts[path] ?? null);
    assert.deepEqual(
      reading.files.map(({ path, values }) => [path, [...values]]),
      [
        ['a.json', [['acc.top1', 0.5]]],
        ['b.yaml', [['acc.top1', 0.25]]],
        ['d.yaml', [['value', 0.5]]],
      ],
    );
    assert.deepEqual(reading.missing, ['e.json']);
    assert.match(reading.broken.join(), /^c\.json is neither JSON nor YAML: /);
    assert.match(readingProblems(reading)[0]!, /^1 of 5 metrics files are not there \(e\.json\)$/);
  });
});

describe('metricsPatterns', () => {
  const patterns = metricsPatterns(`
stages:
  eval:
    matrix: { net: [A] }
    cmd: eval
    outs: [plain.json]
    metrics: ['\${reports}/eval-\${item.net}.json': { cache: false }]
  each:
    foreach: [1]
    do: { cmd: each, metrics: ['m+\${item}.yaml'] }
`);

  it('knows the metrics of a stage whatever its variables are', () => {
    assert.ok(isMetrics(patterns, 'eval@A', 'reports/demo/eval-A.json'));
    assert.ok(isMetrics(patterns, 'each@1', 'm+1.yaml'));
  });

  it('does not take other outputs or other stages for metrics', () => {
    assert.ok(!isMetrics(patterns, 'eval@A', 'plain.json'));
    assert.ok(!isMetrics(patterns, 'each@1', 'mm1.yaml'));
    assert.ok(!isMetrics(patterns, 'other', 'm+1.yaml'));
  });

  it('finds none in text that is not YAML', () => {
    assert.equal(metricsPatterns('a: [').size, 0);
  });
});

describe('metricsTables', () => {
  const file = (instance: string, values: Record<string, number | string | number[] | null>) => ({
    ...place(`${instance}.json`, instance),
    values: new Map(Object.entries(values)),
  });
  const files = [
    file('eval@a', { acc: 9, note: null, confusion: [1, 2] }),
    file('train@a', { loss: 1 }),
    file('eval@b', { acc: 10, note: null }),
    file('eval@c', { other: 'x', note: null }),
  ];
  const names = (sort: string | null, descending = false): string[] =>
    metricsTables(files, { keys: null, sort, descending })[0]!.rows.map(({ instance }) => instance);

  it('makes a table for each stage, with a column for every plain value', () => {
    const tables = metricsTables(files, { keys: null, sort: null, descending: false });
    assert.deepEqual(
      tables.map(({ stage, keys }) => [stage, keys]),
      [
        ['eval', ['acc', 'other']],
        ['train', ['loss']],
      ],
    );
  });

  it('sorts numbers by size, and rows without the key last either way', () => {
    assert.deepEqual(names('acc'), ['eval@a', 'eval@b', 'eval@c']);
    assert.deepEqual(names('acc', true), ['eval@b', 'eval@a', 'eval@c']);
  });
});

describe('parseBatch', () => {
  it('takes contents byte for byte, and leaves out what is missing', () => {
    const output = Buffer.from('aa blob 4\nx\ny\n\nHEAD:no missing\nbb blob 0\n\ncc tree 3\nabc\n');
    const found = parseBatch(output, ['one', 'no', 'empty', 'folder']);
    assert.deepEqual(
      Array.from(found, ([path, bytes]) => [path, bytes.toString()]),
      [
        ['one', 'x\ny\n'],
        ['empty', ''],
      ],
    );
  });
});
