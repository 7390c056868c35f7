import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const train = `stages:
  train:
    cmd: node work.mjs train model \${p} && cp model m.json
    params: [p]
    outs: [model]
    metrics: [{ m.json: { cache: false } }]
`;

describe('metrics with cache: false', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('come back with their run when its params do', async () => {
    rig = new Rig({ 'pipeline.yaml': train, 'params.yaml': 'p: 1\n' });
    await rig.run();
    rig.write({ 'params.yaml': 'p: 2\n' });
    await rig.run();
    assert.equal(rig.read('m.json'), '2\n');
    assert.equal(rig.ran().length, 2);
    rig.write({ 'params.yaml': 'p: 1\n' });
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 1, fresh 0, failed 0');
    assert.equal(rig.read('m.json'), '1\n');
    assert.deepEqual(rig.ran(), []);
  });

  it('come with `pull` where git has not brought them, and stay as they are where it has', async () => {
    rig = new Rig({
      'pipeline.yaml': train,
      'params.yaml': 'p: 1\n',
      '.pipeline/config.yaml': 'cache: { remote: remote }\n',
      'remote/.keep': '',
    });
    await rig.run();
    assert.equal((await rig.run('push')).code, 0);
    for (const file of ['.pipeline/store', 'm.json', 'model']) rig.remove(file);
    const { code, stdout } = await rig.run('pull');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^put in place: model, m\.json$/m);
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
    rig.remove('.pipeline/store');
    rig.write({ 'm.json': 'of another branch\n' });
    assert.equal((await rig.run('pull')).code, 0);
    assert.equal(rig.read('m.json'), 'of another branch\n');
  });

  it('reach another machine with their run', async () => {
    rig = new Rig({
      'pipeline.yaml': train,
      'params.yaml': 'p: 1\n',
      '.pipeline/config.yaml': 'cache: { remote: remote }\n',
      'remote/.keep': '',
    });
    await rig.run();
    assert.equal((await rig.run('push')).code, 0);
    for (const file of ['.pipeline/store', 'pipeline.lock', 'm.json', 'model']) rig.remove(file);
    assert.equal(summary(await rig.run('--pull')), 'ok: ran 0, restored 1, fresh 0, failed 0');
    assert.equal(rig.read('m.json'), '1\n');
  });

  it('are not missed by push where the cache never had them', async () => {
    rig = new Rig({
      'pipeline.yaml': train.replace('metrics:', 'outs:').replace('    outs: [model]\n', ''),
      'params.yaml': 'p: 1\n',
      '.pipeline/config.yaml': 'cache: { remote: remote }\n',
      'remote/.keep': '',
    });
    await rig.run();
    rig.write({ 'pipeline.yaml': train.replace('    outs: [model]\n', '') });
    const { code, stdout } = await rig.run('push');
    assert.equal(code, 0, stdout);
  });

  it('may be what the cache cannot keep, such as a link', async () => {
    rig = new Rig({
      'pipeline.yaml': train.replace('cp model m.json', 'ln -s model m.json'),
      'params.yaml': 'p: 1\n',
    });
    assert.equal(summary(await rig.run()), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
  });
});
