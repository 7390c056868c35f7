import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

describe('an output that a person has changed since it was recorded', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig({
      in: '1',
      'pipeline.yaml': `stages:
  s: { cmd: "cp in o; mkdir -p d; cp in d/x", deps: [in], outs: [o, d] }
`,
    });
    assert.match(summary(await rig.run()), /^ok: ran 1/);
  });
  afterEach(() => rig.close());

  const aside = (stdout: string): string[] =>
    stdout.split('\n').flatMap((line) => {
      const [, text] = /s replaces what was changed since it was recorded; kept aside: (.*)$/.exec(line) ?? [];
      return text?.split(', ') ?? [];
    });
  const places = (stdout: string): string[] =>
    aside(stdout).map((one) => /\(now (\.pipeline\/replaced\/[^)]+)\)$/.exec(one)?.[1] ?? '');

  it('is kept aside, with one line that says where, before it is restored over', async () => {
    rig.write({ o: '1 and my hand work', 'd/mine': 'mine' });
    const { stdout } = await rig.run();
    assert.match(stdout, /^ok: ran 0, restored 1/m);
    const [file = '', folder = ''] = places(stdout);
    assert.equal(rig.read(file), '1 and my hand work');
    assert.equal(rig.read(`${folder}/mine`), 'mine');
    assert.equal(rig.read(`${folder}/x`), '1');
    assert.deepEqual([rig.read('o'), rig.read('d/x'), rig.exists('d/mine')], ['1', '1', false]);
    assert.deepEqual(aside((await rig.run()).stdout), []);
  });

  it('is kept aside before its stage runs again, be it by force', async () => {
    rig.write({ o: 'mine', in: '2' });
    let { stdout } = await rig.run();
    assert.match(stdout, /^ok: ran 1/m);
    assert.deepEqual(
      places(stdout).map((place) => rig.read(place)),
      ['mine'],
    );
    rig.write({ o: 'mine again' });
    ({ stdout } = await rig.run('--force'));
    assert.deepEqual(
      places(stdout).map((place) => rig.read(place)),
      ['mine again'],
    );
  });

  it('is not kept twice where the cache has it: what an earlier run made is put in its place by hand', async () => {
    rig.write({ in: '2' });
    await rig.run();
    rig.write({ o: '1' });
    const { stdout } = await rig.run();
    assert.match(stdout, /^ok: ran 0, restored 1/m);
    assert.deepEqual(aside(stdout), []);
  });

  it('is not one that only holds what does not count, nor one that nobody touched', async () => {
    rig.write({ 'd/__pycache__/x.pyc': 'compiled', in: '2' });
    const { stdout } = await rig.run();
    assert.match(stdout, /^ok: ran 1/m);
    assert.deepEqual(aside(stdout), []);
  });

  it('is not what a run left that was killed: that was never recorded', async () => {
    await rig.listen();
    rig.write({
      'pipeline.yaml': 'stages:\n  s: { cmd: "echo half > o; node hold.mjs s d", deps: [in], outs: [o, d] }\n',
    });
    const { child, result } = rig.start('run');
    const stage = await rig.held('s');
    child.kill('SIGKILL');
    process.kill(stage.pid, 'SIGKILL');
    await Promise.all([result, stage.gone]);
    assert.equal(rig.read('o'), 'half\n');
    rig.write({
      'pipeline.yaml': 'stages:\n  s: { cmd: "cp in o; mkdir -p d; cp in d/x", deps: [in], outs: [o, d] }\n',
    });
    const { stdout } = await rig.run();
    assert.match(stdout, /^ok: /m);
    assert.deepEqual(aside(stdout), []);
  });
});
