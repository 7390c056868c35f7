import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const stages = (word: string): string => `
vars: [{ reports: reports }]
stages:
  a: { cmd: 'echo ${word} > out/a.txt', outs: [out/a.txt] }
  b: { cmd: cp out/a.txt b.txt, deps: [out/a.txt], outs: [b.txt] }
`;

describe('a directory that cannot be written', () => {
  let rig: Rig;
  beforeEach(function () {
    rig = new Rig({ 'pipeline.yaml': stages('one'), 'reports/.keep': '', 'out/.keep': '', '.pipeline/.keep': '' });
    if (!rig.beOrdinaryUser()) this.skip();
  });
  afterEach(() => rig.close());

  const errors = (text: string): number => text.split('\n').filter((line) => line.startsWith('error:')).length;

  it('is told before anything runs when it is the folder of the lock', async () => {
    rig.writable('reports', false);
    const { code, stdout, stderr } = await rig.run('run');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: reports\/pipeline\.lock cannot be written \(E\w+\)\. Nothing was run\. Check .* reports/,
    );
    assert.equal(errors(stderr), 1);
    assert.doesNotMatch(stdout + stderr, /running|\n {4}at /);
    assert.equal(rig.exists('b.txt'), false);
    rig.writable('reports', true);
    assert.match(summary(await rig.run('run')), /^ok: ran 2/);
  });

  it('loses nothing when the folder of the lock becomes so while stages run', async () => {
    rig.write({ 'pipeline.yaml': `${stages('one')}  c: { cmd: chmod 555 reports, always_changed: true }\n` });
    const first = await rig.run('run');
    assert.equal(first.code, 2);
    assert.match(first.stderr, /^error: reports\/pipeline\.lock cannot be written \(E\w+\)\. What ran is in the cache/);
    assert.equal(errors(first.stderr), 1);
    rig.writable('reports', true);
    const second = await rig.run('run', '--stage', 'b');
    assert.match(summary(second), /^ok: ran 0, restored 0, fresh 2/);
  });

  it('is told once when it is .pipeline, and looking needs no write', async () => {
    rig.writable('.pipeline', false);
    const { code, stderr } = await rig.run('run');
    assert.equal(code, 2);
    assert.match(stderr, /^error: EACCES: permission denied.*\.pipeline.*\nThe pipeline has to write into its project/);
    assert.equal(errors(stderr), 1);
    const status = await rig.run('status');
    assert.deepEqual([status.code, status.stderr], [0, '']);
    assert.match(status.stdout, /a: would run/);
    rig.writable('.pipeline', true);
  });

  it('keeps the old output when a new one cannot take its place, run or restored', async () => {
    await rig.run('run');
    rig.write({ 'pipeline.yaml': stages('two') });
    rig.writable('out', false);
    const failed = await rig.run('run');
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /a: failed: .*out\/a\.txt cannot be written or read \(E\w+\), so nothing was recorded/);
    assert.equal(failed.stderr, '');
    assert.equal(rig.read('out/a.txt'), 'one\n');
    rig.write({ 'pipeline.yaml': stages('one') });
    assert.match(summary(await rig.run('run')), /^ok: ran 0, restored 0, fresh 2/);
    rig.writable('out', true);
    rig.remove('out/a.txt');
    rig.writable('out', false);
    assert.match((await rig.run('run')).stdout, /a: failed: .*cannot be written or read \(E\w+\)/);
    rig.writable('out', true);
    assert.match(summary(await rig.run('run')), /^ok: ran 0, restored 1, fresh 1/);
  });
});
