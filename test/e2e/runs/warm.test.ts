import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, stageContext, summary } from '../support/rig.ts';

const stage = `
import { writeFileSync } from 'node:fs';
import { defineStage, StageError } from ${stageContext};
const loadedAt: string = String(process.pid);
export default defineStage(import.meta.url, async (context) => {
  const { mode, n } = context.args;
  context.progress(0.5, 'half way');
  console.log('first line of ' + n);
  process.stdout.write('unfinished line of ' + n);
  process.stderr.write('complaint of ' + n + '\\n');
  if (mode === 'throws') throw new StageError('no luck with ' + n);
  if (mode === 'bug') throw new TypeError('a bug in ' + n);
  if (mode === 'exits') process.exit(7);
  if (mode === 'undeclared') context.param('secret');
  process.env['LEFT_BEHIND'] = (process.env['LEFT_BEHIND'] ?? '') + n;
  writeFileSync(context.out(), JSON.stringify([n, context.param('rate.inner'), process.env['LEFT_BEHIND'] === n]));
  if (mode === 'exits-well') process.exit(0);
  context.log('pid ' + loadedAt);
});
`;

const pipelineFile = (warm: boolean): string => `
vars: [params.yaml]
stages:
  work:
    matrix:
      n: \${ns}
    cmd: tsx stage.ts --n \${item.n} --mode \${mode}
    params: [rate]
    outs: ['out-\${item.n}.json']
    meta: { warm: ${warm} }
`;

describe('a stage in a warm host', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  function project(warm: boolean, mode: string): Rig {
    rig = new Rig({
      'pipeline.yaml': pipelineFile(warm),
      'params.yaml': `ns: [1, 2]\nmode: ${mode}\nrate: { inner: 5 }\n`,
      'stage.ts': stage,
    });
    return rig;
  }

  for (const warm of [true, false]) {
    const how = warm ? 'warm' : 'in a process of its own';

    it(`writes the same outputs and logs ${how}, one instance not knowing of another`, async () => {
      const { code, stdout, stderr } = await project(warm, 'works').run('-j1');
      assert.equal(code, 0, stdout + stderr);
      for (const n of ['1', '2']) {
        assert.equal(rig.read(`out-${n}.json`), JSON.stringify([n, 5, true]));
        const log = (await rig.run('logs', `work@${n}`)).stdout.replace(/pid \d+/, 'pid');
        const lines = log.split('\n').sort();
        const expected = [`first line of ${n}`, `unfinished line of ${n}pid`, `complaint of ${n}`, ''];
        assert.deepEqual(lines, expected.sort());
      }
    });

    it(`fails with the stage's own message ${how}`, async () => {
      const { code, stdout } = await project(warm, 'throws').run('-j1', '--keep-going');
      assert.equal(code, 1);
      for (const n of ['1', '2']) {
        assert.match(
          stdout,
          new RegExp(`work@${n}: failed: exit code 1[^\\n]*\\n(?:  \\|[^\\n]*\\n)*  \\| no luck with ${n}\\n`),
        );
      }
      assert.doesNotMatch(stdout, /\n\s+at /);
    });

    it(`shows where a bug is ${how}`, async () => {
      const { code, stdout } = await project(warm, 'bug').run('-j1');
      assert.equal(code, 1);
      assert.match(stdout, /TypeError: a bug in 1\n.*stage\.ts:\d+/);
    });

    it(`takes process.exit in a stage at its word ${how}`, async () => {
      const failed = await project(warm, 'exits').run('-j1', '--keep-going');
      assert.equal(summary(failed), 'failed: ran 0, restored 0, fresh 0, failed 2');
      assert.match(failed.stdout, /work@2: failed: exit code 7/);
      assert.match((await rig.run('logs', 'work@2')).stdout, /unfinished line of 2/);
      rig.close();
      const ended = await project(warm, 'exits-well').run('-j1');
      assert.equal(summary(ended), 'ok: ran 2, restored 0, fresh 0, failed 0', ended.stdout);
    });

    it(`is told when it reads a param that it does not declare ${how}`, async () => {
      const { stdout } = await project(warm, 'undeclared').run('-j1');
      assert.match(stdout, /stage work@1 reads param secret, which it does not declare\. Add "- secret"/);
    });
  }

  it('keeps its process between instances, and has none left in the end', async () => {
    await project(true, 'works').run('-j1');
    const pids = ['1', '2'].map((n) => /pid (\d+)/.exec(rig.read(`.pipeline/logs/work@${n}.log`))![1]);
    assert.equal(new Set(pids).size, 1);
    assert.throws(() => process.kill(Number(pids[0]), 0), /ESRCH/);
  });

  it('has to export a stage', async () => {
    project(true, 'works').write({ 'stage.ts': 'export const answer = 42;\n' });
    const { code, stdout } = await rig.run('-j1');
    assert.equal(code, 1);
    assert.match(stdout, /stage\.ts runs in a warm host \(meta\.warm\) but does not export a stage/);
  });
});

describe('the code of a stage', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('reruns it when it or what it imports changes, and not for comments, formatting or types', async () => {
    rig = new Rig({
      'pipeline.yaml': 'stages:\n  calc:\n    cmd: node stage.mjs\n    outs: [out.txt]\n',
      'stage.mjs':
        "import { value } from './lib/value.mjs';\nimport { writeFileSync } from 'node:fs';\nwriteFileSync('out.txt', String(value));\n",
      'lib/value.mjs': 'export const value = 1;\n',
    });
    await rig.run();
    rig.write({ 'lib/value.mjs': '/** A value. */\nexport   const value = 1; // one\n' });
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
    rig.write({ 'lib/value.mjs': 'export const value = 2;\n' });
    const changed = await rig.run();
    assert.match(changed.stdout, /calc: running \(code lib\/value\.mjs changed \(imported by stage\.mjs\)\)/);
    assert.equal(rig.read('out.txt'), '2');
  });
});
