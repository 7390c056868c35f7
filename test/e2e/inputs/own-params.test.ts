import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

describe('a project with params of names that this repository uses, too', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('has a backend of its own, auto included', async () => {
    rig = new Rig({
      'params.yaml': 'backend: Agg\n',
      'pipeline.yaml': 'stages:\n  plot: {cmd: "echo ${backend} > o", params: [backend], outs: [o]}\n',
    });
    assert.equal(summary(await rig.run()), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(rig.read('o'), 'Agg\n');
    rig.write({ 'params.yaml': 'backend: auto\n' });
    const { stdout } = await rig.run();
    assert.doesNotMatch(stdout, /backend:native/);
    assert.equal(rig.read('o'), 'auto\n');
    assert.match(rig.read('pipeline.lock'), /backend: auto/);
    assert.match((await rig.run('params', 'show', '-S', 'backend=auto')).stdout, /backend +auto +-S/);
    assert.match((await rig.run('--backend', 'wasm')).stderr, /unknown option '--backend'/);
    assert.doesNotMatch((await rig.run('run', '--help')).stdout, /backend/);
  });
});
