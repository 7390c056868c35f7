import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

describe('a stage with params of a file of its own', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('runs again when a value that it names changes, and says which, and not for the others', async () => {
    rig = new Rig({
      'params.yaml': 'seed: 1\n',
      'conf/setup.json': '{"seed": 9, "other": 1}',
      'pipeline.yaml': text([
        'a: {cmd: node work.mjs a a.txt x, params: [seed, {conf/setup.json: [seed]}], outs: [a.txt]}',
      ]),
    });
    assert.equal(summary(await rig.run()), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.match(rig.read('pipeline.lock'), /\n {4}params:\n {6}"conf\/setup\.json:seed": 9\n {6}seed: 1\n/);
    rig.write({ 'conf/setup.json': '{"seed": 9, "other": 2}' });
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
    rig.write({ 'conf/setup.json': '{"seed": 10}' });
    assert.match((await rig.run()).stdout, /a: running \(params conf\/setup\.json:seed changed from 9 to 10\)/);
    rig.write({ 'params.yaml': 'seed: 2\n' });
    assert.match((await rig.run()).stdout, /a: running \(params seed changed from 1 to 2\)/);
  });

  it('records nothing when such a value changes while it runs', async () => {
    rig = new Rig({
      'conf/setup.yaml': 'seed: 9\n',
      'edit.mjs':
        "import { writeFileSync } from 'node:fs';\nwriteFileSync('conf/setup.yaml', 'seed: 10');\nwriteFileSync('a.txt', '');\n",
      'pipeline.yaml': text(['a: {cmd: node edit.mjs, params: [{conf/setup.yaml: }], outs: [a.txt]}']),
    });
    const { code, stdout } = await rig.run();
    assert.equal(code, 1, stdout);
    assert.match(stdout, /a: failed: param seed in conf\/setup\.yaml changed while it ran/);
  });
});

function text(stages: readonly string[]): string {
  return ['stages:', ...stages.map((stage) => `  ${stage}`), ''].join('\n');
}
