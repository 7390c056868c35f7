import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compareReports, keepReport, readKept, thisMachine } from '../../bench/support/baseline.ts';
import { takeKeeping } from '../../bench/support/keeping.ts';
import { median, spread } from '../../bench/support/measure.ts';
import { pairedRatio } from '../../bench/support/ratios.ts';
import { noiseWarnings, renderReport, type Report } from '../../bench/support/report.ts';

const CALM = [100, 101, 99, 100];
const MACHINE = { cores: 2, cpu: 'a core', platform: 'linux-x64', node: 'v20.0.0' };

function report(ms: readonly number[], value = 2, name = 'ours / theirs'): Report {
  const figures = [{ name, value, unit: '', goal: 4 }];
  return { sections: [{ title: 'A step', times: [{ name: 'ours', ms, cpu: [] }], figures }] };
}

describe('ratios of a bench', () => {
  it('are taken within rounds, so that a slow round does not count for one side only', () => {
    // Rounds of ratio 2, one of them on a machine ten times as slow.
    assert.equal(pairedRatio([2, 20, 4], [1, 10, 2]), 2);
    assert.equal(pairedRatio([6, 1, 1], [2, 1]), 2);
    assert.ok(Number.isNaN(pairedRatio([], [])));
  });

  it('take the median, and the middle half as the spread', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([1, 2, 3, 4]), 2.5);
    assert.equal(spread([80, 90, 100, 110, 120]), 0.2);
  });
});

describe('noise of a bench', () => {
  it('is told where the middle half of repetitions spreads over more than 15 %', () => {
    assert.deepEqual(noiseWarnings('this run', report(CALM)), []);
    assert.deepEqual(noiseWarnings('this run', report([80, 90, 100, 110, 120])), [
      'warning: this run is noisy, small changes mean nothing: ours 20 %',
    ]);
  });

  it('cannot be told from two repetitions, which is told instead', () => {
    const [line] = noiseWarnings('this run', report([100, 100]));
    assert.match(line!, /repetitions too few to tell noise: 2, at least 3/);
  });

  it('names the five worst of many', () => {
    const times = [1, 2, 3, 4, 5, 6, 7].map((at) => ({
      name: `t${at}`,
      ms: [100 - 10 * at, 100, 100 + 10 * at],
      cpu: [],
    }));
    const [line] = noiseWarnings('this run', { sections: [{ title: '', times, figures: [] }] });
    assert.match(line!, /: t7 70 %, t6 60 %, t5 50 %, t4 40 %, t3 30 %, and 1 more$/);
  });

  it('does not matter where nothing was timed', () => {
    assert.deepEqual(noiseWarnings('this run', { sections: [{ title: '', times: [], figures: [] }] }), []);
  });
});

describe('tables of a bench', () => {
  it('say whether a goal was reached, and put warnings below', () => {
    const text = renderReport(report([80, 90, 100, 110, 120], 5));
    assert.match(text, /^A step\n\n/);
    assert.match(text, /\| ours \| +100 \| +80\.0 \| .* 20 % noisy \|/);
    assert.match(text, /\| ours \/ theirs \| +5\.00 \| +4\.00 \| +no \|/);
    assert.match(text, /\nwarning: this run is noisy[^\n]*$/);
  });

  it('may be given by the bench', () => {
    const [section] = report(CALM).sections;
    assert.equal(renderReport({ sections: [{ ...section!, shown: 'a table' }] }), 'A step\n\na table');
  });
});

describe('baseline of a bench', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'bench-test-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read as it was kept, to four digits, with the machine', () => {
    const file = path.join(folder, 'deep', 'step.json');
    keepReport(file, report([100.123456], 1.23456));
    const kept = readKept(file);
    assert.deepEqual(kept.machine, thisMachine());
    assert.deepEqual(kept.sections, report([100.1], 1.235).sections);
    assert.deepEqual(readdirSync(path.dirname(file)), ['step.json']);
  });

  it('stands beside the new figures, with the change in percent', () => {
    const before = { ...report(CALM, 2), machine: MACHINE };
    const text = compareReports(before, report(CALM, 2.5), MACHINE);
    assert.match(text, /\| ours \/ theirs \| +2\.00 \| +2\.50 \| +\+25 % \|$/);
  });

  it('says which figures are new and which were not measured', () => {
    const before = { ...report(CALM, 2, 'old'), machine: MACHINE };
    const text = compareReports(before, report(CALM, 2, 'fresh'), MACHINE);
    assert.match(text, /\| fresh \| +- \| +2\.00 \| +new \|/);
    assert.match(text, /\| old +\| +2\.00 \| +- \| not run \|/);
  });

  it('warns of another machine and of noise when it was made', () => {
    const before = { ...report([80, 90, 100, 110, 120]), machine: { ...MACHINE, cores: 64 } };
    const text = compareReports(before, report(CALM), MACHINE);
    assert.match(text, /warning: the baseline is of another machine: .*"cores":64/);
    assert.match(text, /warning: the baseline is noisy/);
  });

  it('must be one', () => {
    const file = path.join(folder, 'x.json');
    assert.throws(() => readKept(file), {
      name: 'BaselineError',
      message: /found no file\. Run the bench with --save first/,
    });
    for (const text of ['{', '{"sections": 1}', '[]', 'null']) {
      writeFileSync(file, text);
      assert.throws(() => readKept(file), { name: 'BaselineError', message: /found something else/ });
    }
  });
});

describe('words for keeping reports', () => {
  const take = (...words: string[]) => takeKeeping(words, '/results', 'step');

  it('are taken out of the bench’s own', () => {
    assert.deepEqual(take('--turns', '3', '--save', '--against', '--only', 'cnn'), {
      json: '/results/step.json',
      save: '/results/step.baseline.json',
      against: '/results/step.baseline.json',
      own: ['--turns', '3', '--only', 'cnn'],
    });
  });

  it('may name files', () => {
    const { json, save, against, own } = take('--json', '/a/b.json', '--save=/c.json', '--against=/d=e.json');
    assert.deepEqual([json, save, against, own], ['/a/b.json', '/c.json', '/d=e.json', []]);
    assert.equal(take('--json=x.json').json, path.resolve('x.json'));
    assert.deepEqual(take().save, null);
  });
});
