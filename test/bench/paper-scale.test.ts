import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sectionOf, type Training } from '../../bench/paper-scale.ts';
import { dryParams, dryWords, loadDry, trainingsOf } from '../../bench/paper-scale-profile.ts';
import { courseOf, type TimedEvent } from '../../bench/support/followed-run.ts';
import { home } from '../../bench/support/project.ts';
import { renderReport } from '../../bench/support/report.ts';
import { valuesIn } from '../../bench/support/stray-values.ts';
import { cpuIn, peakIn, UsageWatch } from '../../bench/support/usage.ts';
import { loadParams } from '../../src/engine/graph/load.ts';
import { toValue } from '../../src/engine/yaml/node.ts';
import type { Value } from '../../src/engine/yaml/values.ts';
import { writeSafetensors } from '../../src/compute/checkpoint.ts';

const PROFILES = ['paper', 'paper-practical'];
const dry = (profile: string) => ({ profile, net: 'VGG16', place: 'runs/somewhere' });

/** Every value that is no map, by dotted key, as JSON. */
function leaves(tree: Value, above: readonly string[] = []): [string, string][] {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree))
    return [[above.join('.'), JSON.stringify(tree)]];
  return Object.entries(tree).flatMap(([key, value]) => leaves(value, [...above, key]));
}

describe('the dry run of a profile at the paper’s scale', () => {
  for (const profile of PROFILES) {
    it(`${profile}: changes how long, on what and where, and nothing about networks, losses and batches`, () => {
      const set = dryWords(dry(profile)).filter((word) => word.includes('='));
      const profiles = [`params/${profile}.yaml`];
      const own = new Map(leaves(toValue(loadParams({ root: home, profiles }))));
      const changed = leaves(toValue(loadParams({ root: home, profiles, set })))
        .filter(([key, value]) => own.get(key) !== value)
        .map(([key]) => key);
      assert.ok(changed.length > 0);
      const allowed =
        /^(?:synthesize|pictures\.\w+\.corpora)\.|^tasks\.faces\.(?:nets|folds)$|^tasks\.wild\.repeats$|\.iterations(?:\.|$)/;
      assert.deepEqual(
        changed.filter((key) => !allowed.test(key)),
        [],
      );
      assert.deepEqual([own.get('data.size'), own.get('data.channels')], ['128', '3']);
    });

    it(`${profile}: leaves one iteration of everything that has some`, () => {
      const params = loadDry(dry(profile)).params as unknown as Record<string, Value>;
      const iterations = leaves(params['training'] ?? null).filter(([key]) => /iterations/.test(key));
      assert.deepEqual(Object.fromEntries(iterations), {
        'pretrainE.iterations': '1',
        'pretrainG.iterations': '1',
        'train.iterations.cnn': '1',
        'train.iterations.gan': '1',
        'classifier.iterations': '1',
      });
    });

    it(`${profile}: runs both pretrainings, each method of Table 1 and each of Table 3, once`, () => {
      const pipeline = loadDry(dry(profile));
      const methods = ['cnn', 'dcgan', 'groupgan-1v2', 'groupgan-2v2', 'restore', 'cnn-weak+peak'];
      const wild = ['lpq', 'lbp', 'eoh', 'alexnet', 'vgg13', 'resnet18', 'rn-laf-ada', 'scn', 'groupgan'];
      const expected = [
        ...['pretrain-e@faces-VGG16-0', 'pretrain-g@faces-0'],
        ...methods.map((method) => `train@faces-${method}-VGG16-0`),
        ...['pretrain-e@wild-0', 'pretrain-g@wild-0', ...wild.map((method) => `train@wild-${method}-0`)],
      ];
      const found = trainingsOf(pipeline);
      assert.deepEqual(found.map(({ name }) => name).sort(), expected.sort());
      for (const { folder } of found) assert.match(folder, /^runs\/somewhere\/run\/(?:pretrain-[eg]|train)\/./);
      const place = (name: string): number => found.findIndex((training) => training.name === name);
      assert.ok(place('pretrain-e@faces-VGG16-0') < place('train@faces-cnn-VGG16-0'));
    });
  }

  it('writes nowhere but in its place', () => {
    const { instances } = loadDry(dry('paper'));
    for (const { outs } of instances.values())
      for (const { path: out } of outs) assert.match(out, /^runs\/somewhere\//);
    assert.ok(Object.values(dryParams(dry('paper'))).every((value) => !value.includes('data/')));
  });
});

describe('the course of an instance', () => {
  const at = (seconds: number, event: object) =>
    ({ time: new Date(1000 * seconds).toISOString(), ...event }) as unknown as TimedEvent;
  const instance = 'train@cnn-VGG13-0';
  const finished = at(9, { type: 'stage-finished', instance, ms: 9000, log: null, outcome: { type: 'ran' } });

  it('is read from its own events: how it ended, and when it first reported', () => {
    const events = [
      at(1, { type: 'output', instance: 'another', stream: 'stdout', line: 'backend wasm' }),
      at(2, { type: 'output', instance, stream: 'stdout', line: 'something' }),
      at(3, { type: 'output', instance, stream: 'stdout', line: 'backend wasm 4.22.0, 1 thread' }),
      at(7.5, { type: 'progress', instance, fraction: 1, note: null }),
      at(8, { type: 'progress', instance, fraction: 1, note: null }),
      finished,
    ];
    assert.deepEqual(courseOf(events, instance), { outcome: { type: 'ran' }, ms: 9000, firstReport: 4500 });
  });

  it('has no first report where none was made, and is null for an instance that took no part', () => {
    assert.ok(Number.isNaN(courseOf([finished], instance)?.firstReport));
    assert.equal(courseOf([finished], 'train@cnn-VGG13-1'), null);
  });
});

describe('the values that a training left', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'values-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are counted over weights and measures, with those that are NaN or infinite', async () => {
    const data = Float32Array.of(1, NaN, Infinity, 4, 5, 6);
    await writeSafetensors(
      path.join(folder, 'a.safetensors'),
      new Map([['w', { dtype: 'float32', shape: [6], data }]]),
    );
    writeFileSync(path.join(folder, 'history.csv'), 'step,loss,other\n1,0.5,\n2,NaN,-1e-3\n');
    writeFileSync(path.join(folder, 'notes.txt'), 'NaN');
    assert.deepEqual(await valuesIn(folder), { count: 11, stray: 3 });
  });

  it('are none in a history without rows', async () => {
    writeFileSync(path.join(folder, 'history.csv'), 'step\n');
    assert.deepEqual(await valuesIn(folder), { count: 0, stray: 0 });
  });
});

describe('what processes use', () => {
  it('is read from what Linux says of them', () => {
    assert.equal(peakIn('Name:\tnode\nVmPeak:\t  99 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n'), 2 ** 21);
    assert.equal(peakIn('Name:\tnode\nState:\tZ (zombie)\n'), null);
    // utime 250 and stime 50 hundredths of a second, behind a name that looks like fields.
    assert.equal(cpuIn('7 (a) b 1 2) S 1 7 7 0 -1 4194560 10 0 0 0 250 50 3 4 20 0'), 3000);
  });

  it('is seen of descendants, not of the process itself', async function () {
    if (process.platform !== 'linux') this.skip();
    const bytes = 200 * 2 ** 20;
    const program = `const all = Buffer.alloc(${bytes}, 1); process.stdout.write('ready'); process.stdin.resume();`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const [above, itself] = [new UsageWatch(process.pid), new UsageWatch(child.pid!)];
      above.look();
      itself.look();
      assert.ok(above.largest!.peak >= bytes);
      assert.equal(itself.largest, null);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('the table of a dry run', () => {
  const training = (name: string, values: Training['values']): Training => ({
    ...{ name, ms: 12_000, firstReport: 7500, usage: { peak: 3 * 2 ** 30, cpu: 11_000 }, values },
  });

  it('says of each training how long, with how much memory, and whether all is finite', () => {
    const section = sectionOf('A profile', [
      training('good', { count: 9, stray: 0 }),
      training('bad', { count: 9, stray: 2 }),
      training('empty', { count: 0, stray: 0 }),
      training('broken', null),
    ]);
    const lines = renderReport({ sections: [section] }).split('\n');
    assert.deepEqual(
      lines.filter((line) => /good|bad|empty|broken/.test(line)).map((line) => line.replaceAll(/ +/g, ' ')),
      [
        '| good | 12.0 | 11.0 | 7.50 | 3072 | yes |',
        '| bad | 12.0 | 11.0 | 7.50 | 3072 | all but 2 |',
        '| empty | 12.0 | 11.0 | 7.50 | 3072 | no values |',
        '| broken | 12.0 | 11.0 | 7.50 | 3072 | failed |',
      ],
    );
    const stray = section.figures.filter(({ goal }) => goal === 0).map(({ value }) => value);
    assert.deepEqual(stray, [0, 2, Infinity, Infinity]);
  });
});
