import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { parseBatch } from '../../../src/engine/comparing/git.ts';
import { parseJsonText } from '../../../src/engine/comparing/json-text.ts';
import { readingProblems, readMetrics, workspaceMetrics } from '../../../src/engine/comparing/metrics-files.ts';
import { isMetrics, metricsPatterns } from '../../../src/engine/comparing/metrics-patterns.ts';
import { metricsTables } from '../../../src/engine/comparing/metrics-table.ts';
import { parseMetrics } from '../../../src/engine/comparing/metrics-text.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';

/** -0 aside, what is equal is equal as JSON. */
const plain = (thing: unknown): unknown => JSON.parse(JSON.stringify(thing));

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
    const reading = readMetrics(places, (path) => (texts[path] === undefined ? null : { text: texts[path] }));
    assert.deepEqual(
      reading.files.map(({ path, values }) => [path, [...values]]),
      [
        ['a.json', [['acc.top1', 0.5]]],
        ['b.yaml', [['acc.top1', 0.25]]],
        ['d.yaml', [['value', 0.5]]],
      ],
    );
    assert.deepEqual(reading.missing, ['e.json']);
    assert.match(reading.broken.join(), /^c\.json is not JSON: 1:9: the file ends here$/);
    assert.match(readingProblems(reading)[0]!, /^1 of 5 metrics files are not there \(e\.json\)$/);
  });
});

describe('a metrics file', () => {
  afterEach(removeTemporary);
  const valuesOf = (text: string, path: string): unknown => {
    const values = parseMetrics(text, path);
    return typeof values === 'string' ? values : Object.fromEntries(values);
  };

  it('may hold the numbers that Python writes into JSON and into YAML', () => {
    const json =
      '\ufeff{"loss": NaN, "best": {"up": Infinity, "down": -Infinity}, "acc": 1e-7, "text": "NaN Infinity"}\n';
    const read = { loss: NaN, 'best.up': Infinity, 'best.down': -Infinity, acc: 1e-7, text: 'NaN Infinity' };
    assert.deepEqual(valuesOf(json, 'm.json'), read);
    const yaml = 'loss: .nan\nbest: { up: .inf, down: -.inf }\nacc: 1.0e-07\ntext: NaN Infinity\n';
    assert.deepEqual(valuesOf(yaml, 'm.yaml'), read);
  });

  it('keeps integers that a number would round, as text', () => {
    const exact = { id: '12345678901234567890', small: -7, negative: '-9007199254740993' };
    const json = '{"id": 12345678901234567890, "small": -7, "negative": -9007199254740993}';
    assert.deepEqual(valuesOf(json, 'm.json'), exact);
    assert.deepEqual(valuesOf(json, 'm.yaml'), exact);
  });

  it('is what JSON.parse takes it for, where that is JSON with keys once and numbers in reach', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (document, indented) => {
        fc.pre(!/\d{16}/.test(JSON.stringify(document)));
        const text = indented ? JSON.stringify(document, null, 2) : JSON.stringify(document);
        assert.deepEqual(plain(parseJsonText(text)), plain(document));
      }),
    );
  });

  it('is never taken for more than it is: any text is read, or is a mistake with its place', () => {
    const sign = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      'NaN',
      '-',
      '1',
      'e',
      '\\',
      'Infinity',
      ' ',
      '\n',
      'a',
    );
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 12 }), (signs) => {
        const text = signs.join('');
        let expected: unknown = null;
        try {
          expected = [JSON.parse(text)];
        } catch {
          // Not JSON, but perhaps with NaN in it.
        }
        try {
          const read = parseJsonText(text);
          if (expected !== null) assert.deepEqual(plain([read]), plain(expected));
          else assert.match(text, /NaN|Infinity/);
        } catch (error) {
          assert.ok(error instanceof SyntaxError && /^\d+:\d+: /.test(error.message), String(error));
          assert.ok(expected === null || error.message.includes('given twice'), text);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('of one row of CSV or TSV is that row', () => {
    const row = { epoch: 9, loss: NaN, top: Infinity, 'name, full': 'a "b"', ok: true, none: null };
    const csv = ',epoch,loss,top,"name, full",ok,none\n0,9,nan,inf,"a ""b""",True,\n';
    assert.deepEqual(valuesOf(csv, 'm.csv'), row);
    assert.deepEqual(valuesOf('epoch\tloss\r\n9\t0.5\r\n', 'm.tsv'), { epoch: 9, loss: 0.5 });
  });

  it('that is a number by itself has the key "value", whatever its name', () => {
    assert.deepEqual(valuesOf('0.93\n', 'accuracy.txt'), { value: 0.93 });
    assert.deepEqual(valuesOf('nan\n', 'accuracy'), { value: NaN });
    assert.deepEqual(valuesOf('acc: 1\n', 'accuracy.txt'), { acc: 1 });
  });

  it('that is anything else is told in one sentence', () => {
    const deep = '['.repeat(100_000);
    const laughs = Array.from(
      { length: 12 },
      (_, at) => `a${at}: &a${at} [${at === 0 ? 1 : `*a${at - 1},`.repeat(9)}]`,
    );
    const cases: readonly (readonly [text: string, path: string, message: RegExp])[] = [
      ['{"a": 1, "a": 2}', 'm.json', /^m\.json is not JSON: 1:10: the key "a" is given twice$/],
      ['{\n  "a": nan}', 'm.json', /^m\.json is not JSON: 2:8: "nan" is no value$/],
      ["{'a': 1}", 'm.json', /^m\.json is not JSON: 1:2: text in double quotes expected$/],
      ['{"a": 1} {"a": 2}', 'm.json', /^m\.json is not JSON: 1:10: something stands behind/],
      [deep, 'm.json', /^m\.json is not JSON: 1:502: more than 500 /],
      [deep, 'm.yaml', /^m\.yaml is neither JSON nor YAML: [^\n]+$/],
      [laughs.join('\n'), 'm.yaml', /^m\.yaml is neither JSON nor YAML: Excessive alias count/],
      ['a: 1\na: 2\n', 'm.yaml', /^m\.yaml is neither JSON nor YAML: Map keys must be unique/],
      ['step,loss\n1,2\n2,1\n', 'm.csv', /^m\.csv is no table of one row: 2 rows .* below "plots:"$/],
      ['step,loss\n', 'm.csv', /^m\.csv is no table of one row: a row below the titles expected$/],
      ['a,a\n1,2\n', 'm.csv', /the column "a" is given twice$/],
      ['a,b\n1\n', 'm.csv', /2 titles, but 1 cells/],
      ['a,b\n"1,2\n', 'm.csv', /line 2: a quote /],
      ['acc = 0.5\n', 'm.toml', /^m\.toml is TOML, which is not read here; write JSON or YAML$/],
      ['accuracy 0.5\nloss 3\n', 'm.txt', /^m\.txt is text; write JSON, YAML, or a number by itself$/],
      [' \n', 'm.json', /^m\.json is empty$/],
    ];
    for (const [text, path, message] of cases) {
      const said = valuesOf(text, path);
      assert.ok(typeof said === 'string', path);
      assert.match(said, message);
    }
  });

  it('is read only where it is a file of text, and not too large', () => {
    const root = temporaryDirectory({ 'folder/m.json': '{}', 'm.json': '\ufeff{}' });
    writeFileSync(path.join(root, 'utf16.json'), Buffer.from('\ufeff{}', 'utf16le'));
    truncateSync(path.join(root, 'm.json'), 0);
    writeFileSync(path.join(root, 'large.json'), '');
    truncateSync(path.join(root, 'large.json'), 300 * 1024 ** 2);
    execFileSync('mkfifo', [path.join(root, 'pipe.json')]);
    const read = workspaceMetrics(root);
    assert.deepEqual(read('none.json'), null);
    assert.deepEqual(read('m.json'), { text: '' });
    assert.deepEqual(read('folder'), { problem: 'is a directory; name the files in it below "metrics:"' });
    assert.deepEqual(read('pipe.json'), { problem: 'is no file' });
    assert.deepEqual(read('utf16.json'), { problem: 'is not UTF-8 text' });
    assert.deepEqual(read('large.json'), { problem: 'has 300 MiB; metrics files have at most 16' });
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

  it('leaves out a stage that has none of the keys that were asked for', () => {
    const tables = metricsTables(files, { keys: ['loss'], sort: null, descending: false });
    assert.deepEqual(
      tables.map(({ stage, keys }) => [stage, keys]),
      [['train', ['loss']]],
    );
  });

  it('sorts NaN last either way', () => {
    const runs = [file('e@a', { acc: 1 }), file('e@b', { acc: NaN }), file('e@c', {}), file('e@d', { acc: Infinity })];
    const order = (descending: boolean): string =>
      metricsTables(runs, { keys: null, sort: 'acc', descending })[0]!
        .rows.map(({ instance }) => instance.slice(2))
        .join('');
    assert.deepEqual([order(false), order(true)], ['adbc', 'dabc']);
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
