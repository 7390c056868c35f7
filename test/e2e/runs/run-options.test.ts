import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const chain = `
stages:
  a:
    cmd: echo a >> ran.txt && echo a > a.txt
    outs: [a.txt]
  b:
    cmd: echo b >> ran.txt && cat a.txt > b.txt
    deps: [a.txt]
    outs: [b.txt]
  c:
    cmd: echo c >> ran.txt && cat b.txt > c.txt
    deps: [b.txt]
    outs: [c.txt]
  aside:
    cmd: echo aside >> ran.txt && echo 1 > aside.txt
    outs: [aside.txt]
`;

describe('the choice of what runs', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig({ 'pipeline.yaml': chain });
    await rig.run('-q');
    rig.ran();
  });
  afterEach(() => rig.close());

  it('--from runs a stage and everything downstream again, and leaves the rest as it is judged', async () => {
    const result = await rig.run('--from', 'b');
    assert.deepEqual(rig.ran(), ['b', 'c']);
    assert.equal(summary(result), 'ok: ran 2, restored 0, fresh 1, failed 0');
    await rig.run('--from', 'b', '--stage', 'b');
    assert.deepEqual(rig.ran(), ['b']);
    rig.remove('a.txt');
    await rig.run('--from', 'c');
    assert.deepEqual(rig.ran(), ['c']);
    assert.ok(rig.exists('a.txt'), 'what it needs was restored');
    const { code, stderr } = await rig.run('--from', 'b', '--stage', 'aside');
    assert.equal(code, 2);
    assert.match(stderr, /nothing that --stage selects is downstream of b/);
  });

  it('--downstream takes what needs the stage, not what the stage needs, as in DVC', async () => {
    rig.write({ 'pipeline.yaml': chain.replaceAll('echo a >> ran.txt', 'echo new a >> ran.txt') });
    const result = await rig.run('--downstream', '--stage', 'b', '--force');
    assert.deepEqual(rig.ran(), ['b', 'c']);
    assert.equal(summary(result), 'ok: ran 2, restored 0, fresh 0, failed 0');
  });

  it('--no-cache neither takes from the cache nor puts there', async () => {
    rig.remove('c.txt');
    await rig.run('--no-cache');
    assert.deepEqual(rig.ran(), ['c']);
    rig.remove('c.txt');
    await rig.run();
    assert.deepEqual(rig.ran(), [], 'the first run had put it there');
  });
});

describe('resources', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const pipeline = (resources: string): string => `
stages:
  plain:
    cmd: echo 1 > plain.txt
    outs: [plain.txt]
  train:
    matrix:
      at: [0, 1]
    cmd: node hold.mjs train\${item.at} && echo "$CUDA_VISIBLE_DEVICES" > train-\${item.at}.txt
    outs: ['train-\${item.at}.txt']
    meta:
      resources: ${resources}
`;

  it('that no machine setting allows are refused before anything starts, with place and remedy', async () => {
    rig = new Rig({ 'pipeline.yaml': pipeline('{ gpus: 3, pools: { licence: 2 }, memory: 8GB }') });
    const { code, stdout, stderr } = await rig.run('--resources', 'gpus=2,memory=4GB');
    assert.equal(code, 2);
    assert.equal(rig.exists('plain.txt'), false);
    assert.match(stderr, /pipeline\.yaml:6: train@0 needs 3 gpus, and there are 2 gpus\n/);
    assert.match(stderr, /train@0 needs 8\.00 GB of memory, and there are 4\.00 GB of memory/);
    assert.match(stderr, /train@0 needs 2 of licence, and there are 0 of licence/);
    assert.match(stderr, /\.pipeline\/config\.yaml, or --resources/);
    assert.doesNotMatch(stdout, /running/);
    assert.match((await rig.run('--resources', 'gpus=some')).stderr, /expected NAME=AMOUNT/);
  });

  it('give each running instance GPUs of its own', async () => {
    rig = new Rig({ 'pipeline.yaml': pipeline('{ gpus: 1 }') });
    await rig.listen();
    const { result } = rig.start('-j4', '--resources', 'gpus=2');
    const stages = await Promise.all([rig.held('train0'), rig.held('train1')]);
    for (const stage of stages) stage.release();
    assert.equal((await result).code, 0);
    assert.deepEqual([rig.read('train-0.txt'), rig.read('train-1.txt')].sort(), ['0\n', '1\n']);
  });
});
