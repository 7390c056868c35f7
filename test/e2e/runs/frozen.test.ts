import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const pipeline = (frozen: boolean, run = ''): string => `
vars: [{ run: 'out${run}' }]
stages:
  data:
    cmd: cp in.txt \${run}/data.txt; cp in.txt \${run}/more.txt; echo data >> ran.txt
    deps: [in.txt]
    outs: ['\${run}/data.txt', '\${run}/more.txt']
    frozen: ${frozen}
  use:
    cmd: cp \${run}/data.txt \${run}/use.txt
    deps: ['\${run}/data.txt']
    outs: ['\${run}/use.txt']
`;

describe('a frozen stage', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const start = async (): Promise<void> => {
    rig = new Rig({ 'pipeline.yaml': pipeline(false), 'in.txt': '1\n' });
    assert.match(summary(await rig.run()), /^ok: ran 2/);
    rig.ran();
    rig.write({ 'pipeline.yaml': pipeline(true), 'in.txt': '2\n' });
  };

  it('gets missing outputs back as the lock has them, whatever its inputs are now, and keeps the others', async () => {
    await start();
    rig.remove('out/data.txt');
    rig.remove('out/more.txt');
    rig.write({ 'out/more.txt': 'edited\n' });
    const lock = rig.read('pipeline.lock');
    assert.match((await rig.run('status')).stdout, /data: would restore\n {2}- output out\/data\.txt is missing/);
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 1, fresh 1/);
    assert.equal(rig.read('out/data.txt'), '1\n');
    assert.equal(rig.read('out/more.txt'), 'edited\n');
    assert.equal(rig.read('pipeline.lock'), lock);
    assert.match((await rig.run('--force')).stdout, /use: done/);
    assert.deepEqual(rig.ran(), []);
  });

  it('does not run without its inputs either, nor with --force', async () => {
    await start();
    rig.remove('out/data.txt');
    rig.remove('in.txt');
    assert.match(summary(await rig.run('--force', '--stage', 'data')), /^ok: ran 0, restored 1/);
    assert.deepEqual(rig.ran(), []);
  });

  it('that has lost its outputs here and in the cache is one message, and nothing runs', async () => {
    await start();
    rig.remove('out/data.txt');
    rig.remove('.pipeline/store');
    const { code, stderr, stdout } = await rig.run();
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      'error: Outputs of frozen stages are missing, and a frozen stage never runs:\n' +
        '  out/data.txt of data (pipeline.yaml:4): the cache does not have what pipeline.lock says\n' +
        'Put them there (by hand, with `pipeline pull`, or with `run --pull`), or take `frozen: true` away to run the stage.\n',
    );
    assert.deepEqual(rig.ran(), []);
    rig.write({ 'out/data.txt': 'by hand\n' });
    assert.equal((await rig.run()).code, 0);
  });

  it('that never ran is one message, unless the cache has a run of the same inputs', async () => {
    await start();
    rig.write({ 'pipeline.yaml': pipeline(true, '2') });
    rig.remove('pipeline.lock');
    const { code, stderr } = await rig.run('--dry-run');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /out2\/data\.txt of data .*: pipeline\.lock has no run of it, and the cache has none of these inputs/,
    );
    rig.write({ 'in.txt': '1\n' });
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 2/);
    assert.deepEqual(rig.ran(), []);
  });

  it('takes nothing from the cache with --no-cache', async () => {
    await start();
    rig.remove('out/data.txt');
    const { code, stderr } = await rig.run('--no-cache');
    assert.equal(code, 2);
    assert.match(stderr, /--no-cache takes nothing from the cache/);
  });

  it('gets metrics back that git has, and says of another output outside the cache that nobody keeps it', async () => {
    const text = (frozen: boolean): string => `
stages:
  s:
    cmd: echo 1 > m.json; echo 2 > o.txt
    metrics: [{ m.json: { cache: false } }]
    outs: [{ o.txt: { cache: false } }]
    frozen: ${frozen}
`;
    rig = new Rig({ 'pipeline.yaml': text(false) });
    assert.equal((await rig.run()).code, 0);
    rig.write({ 'pipeline.yaml': text(true) });
    rig.remove('m.json');
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 1/);
    assert.equal(rig.read('m.json'), '1\n');
    rig.remove('o.txt');
    assert.match((await rig.run()).stderr, /o\.txt of s .*: it is not kept in the cache \(cache: false\)/);
  });
});
