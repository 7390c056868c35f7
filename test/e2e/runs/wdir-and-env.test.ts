import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, stageContext, summary } from '../support/rig.ts';

describe('a stage with a working directory', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('runs in it, reads and writes relative to it, and depends on the code it names there', async () => {
    rig = new Rig({
      'sub/in.txt': 'in',
      'sub/make.mjs': "import { copyFileSync } from 'node:fs';\ncopyFileSync('in.txt', 'out.txt');\n",
      'pipeline.yaml': 'stages:\n  a: {cmd: node make.mjs, wdir: sub, deps: [in.txt], outs: [out.txt]}\n',
    });
    const first = await rig.run();
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.equal(rig.read('sub/out.txt'), 'in');
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
    rig.write({ 'sub/make.mjs': "import { writeFileSync } from 'node:fs';\nwriteFileSync('out.txt', 'new');\n" });
    assert.match((await rig.run()).stdout, /a: running \(code sub\/make\.mjs changed\)/);
    assert.equal(rig.read('sub/out.txt'), 'new');
  });

  it('that is a file fails with a message that names it', async () => {
    rig = new Rig({ f: '', 'pipeline.yaml': 'stages:\n  a: {cmd: echo, wdir: f}\n' });
    const { code, stdout } = await rig.run();
    assert.equal(code, 1);
    assert.match(stdout, /a: failed: the working directory \S+\/f is no folder: make it a folder, or correct wdir/);
  });

  it('runs in it also where one warm host serves stages of several directories', async () => {
    rig = new Rig({
      'one/stage.ts': `
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { defineStage } from ${stageContext};
export default defineStage(import.meta.url, async (context) => {
  writeFileSync(context.out(), path.basename(process.cwd()));
});
`,
      'two/empty': '',
      'pipeline.yaml': [
        'stages:',
        '  a: {cmd: tsx stage.ts, wdir: one, outs: [a.txt], meta: {warm: true}}',
        '  b: {cmd: tsx ../one/stage.ts, wdir: two, outs: [b.txt], meta: {warm: true}}',
        '  c: {cmd: tsx one/stage.ts, code: [one/stage.ts], outs: [c.txt], meta: {warm: true}}',
        '',
      ].join('\n'),
    });
    const { code, stdout, stderr } = await rig.run('-j1');
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual([rig.read('one/a.txt'), rig.read('two/b.txt')], ['one', 'two']);
    assert.match(rig.read('c.txt'), /^pipeline-test-/);
  });
});

describe('a stage that names environment variables', () => {
  let rig: Rig;
  const saved = process.env['RIG_MODE'];
  afterEach(() => {
    rig.close();
    if (saved === undefined) delete process.env['RIG_MODE'];
    else process.env['RIG_MODE'] = saved;
  });

  it('runs again when a value changes, and says from what to what; unset is not empty', async () => {
    rig = new Rig({
      'pipeline.yaml': 'stages:\n  a: {cmd: node work.mjs a a.txt x, env: [RIG_MODE], outs: [a.txt]}\n',
    });
    delete process.env['RIG_MODE'];
    await rig.run();
    process.env['RIG_MODE'] = '';
    assert.match((await rig.run()).stdout, /a: running \(env RIG_MODE changed from \(not set\) to ""\)/);
    process.env['RIG_MODE'] = 'fast';
    assert.match((await rig.run()).stdout, /a: running \(env RIG_MODE changed from "" to "fast"\)/);
    assert.match(rig.read('pipeline.lock'), /\n {4}env:\n {6}RIG_MODE: fast\n/);
    process.env['RIG_MODE'] = '';
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
  });
});
