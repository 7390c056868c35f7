import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const pipeline = `
vars:
  - run: runs/none
  - params.yaml
stages:
  same:
    cmd: node hold.mjs same \${run}/same.txt
    outs: ["\${run}/same.txt"]
  own:
    cmd: node work.mjs own-\${who} \${run}/own.txt \${run}/same.txt
    deps: ["\${run}/same.txt"]
    params: [who]
    outs: ["\${run}/own.txt"]
`;

describe('the same work wanted at two places at the same time', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig({ 'pipeline.yaml': pipeline, 'params.yaml': 'who: nobody\n' });
    await rig.listen();
  });
  afterEach(() => rig.close());

  it('is done once; the other run waits for it without taking a core, and restores it', async () => {
    const first = rig.start('-S', 'who=ann', '-S', 'run=runs/ann');
    const same = await rig.held('same');
    const second = rig.start('-S', 'who=bob', '-S', 'run=runs/bob', '-j1');
    await new Promise<void>((resolve) => {
      second.child.stdout!.on('data', (text: string) => {
        if (/same: waiting for process \d+/.test(text)) resolve();
      });
    });
    same.release();
    assert.equal(summary(await first.result), 'ok: ran 2, restored 0, fresh 0, failed 0');
    assert.equal(summary(await second.result), 'ok: ran 1, restored 1, fresh 0, failed 0');
    assert.equal(rig.read('runs/bob/same.txt'), 'all of same\n');
    assert.deepEqual(rig.ran().sort(), ['own-ann', 'own-bob']);
  });

  it('is done by the one that waited when the first is killed', async () => {
    const first = rig.start('-S', 'who=ann', '-S', 'run=runs/ann');
    const same = await rig.held('same');
    const second = rig.start('-S', 'who=bob', '-S', 'run=runs/bob');
    await new Promise<void>((resolve) => {
      second.child.stdout!.on('data', (text: string) => {
        if (/same: waiting/.test(text)) resolve();
      });
    });
    first.child.kill('SIGKILL');
    await same.gone;
    (await rig.held('same')).release();
    assert.equal(summary(await second.result), 'ok: ran 2, restored 0, fresh 0, failed 0');
  });
});
