import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const pipelineFile = `
stages:
  before:
    cmd: node work.mjs before before.txt
    outs: [before.txt]
  slow:
    cmd: node hold.mjs slow slow.txt
    deps: [before.txt]
    outs: [slow.txt]
  after:
    cmd: node work.mjs after after.txt slow.txt
    deps: [slow.txt]
    outs: [after.txt]
`;

describe('a run that is cut short', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig({ 'pipeline.yaml': pipelineFile });
    await rig.listen();
  });
  afterEach(() => rig.close());

  async function finish(): Promise<void> {
    const { result } = rig.start();
    (await rig.held('slow')).release();
    const { code, stdout, stderr } = await result;
    assert.equal(code, 0, stdout + stderr);
    assert.equal(rig.read('after.txt'), 'all of slow\n\n');
  }

  it('by SIGINT stops its stages, keeps nothing half-done and exits with 130', async () => {
    const { child, result } = rig.start();
    const stage = await rig.held('slow');
    child.kill('SIGINT');
    await stage.gone;
    const ended = await result;
    assert.equal(ended.code, 130);
    assert.match(ended.stdout, /slow: stopped; nothing of it was recorded/);
    assert.equal(summary(ended), 'interrupted: ran 1, restored 0, fresh 0, failed 0, not run 2');
    assert.equal(rig.exists('slow.txt'), false);
    rig.ran();
    await finish();
    assert.deepEqual(rig.ran(), ['after'], 'what was done before is not done again');
  });

  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    it(`by ${signal} ends like one by SIGINT`, async () => {
      const { child, result } = rig.start();
      const stage = await rig.held('slow');
      child.kill(signal);
      await stage.gone;
      assert.equal((await result).code, 130);
      assert.equal(rig.exists('slow.txt'), false);
    });
  }

  it('by a second SIGINT ends at once stages that do not listen to the first', async () => {
    rig.write({
      'pipeline.yaml': pipelineFile.replace(
        'cmd: node hold.mjs',
        `cmd: trap '' INT TERM; node --import ./deaf.mjs hold.mjs`,
      ),
      'deaf.mjs': "for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log('deaf'));\n",
    });
    const { child, result } = rig.start();
    const stage = await rig.held('slow');
    child.stdout!.on('data', (chunk: string) => {
      if (chunk.includes('stopping (Ctrl-C again')) child.kill('SIGINT');
    });
    child.kill('SIGINT');
    await stage.gone;
    const { code, stdout } = await result;
    assert.equal(code, 130);
    assert.match(stdout, /sending SIGKILL/);
    assert.equal(rig.exists('slow.txt'), false);
  });

  it('records nothing of a stage that ends well after it was told to stop', async () => {
    rig.write({
      'pipeline.yaml': pipelineFile.replace('node hold.mjs', 'node --import ./early.mjs hold.mjs'),
      'early.mjs':
        "import { writeFileSync } from 'node:fs';\n" +
        "process.on('SIGINT', () => { writeFileSync('slow.txt', 'early'); process.exit(0); });\n",
    });
    const { child, result } = rig.start();
    const stage = await rig.held('slow');
    child.kill('SIGINT');
    await stage.gone;
    const ended = await result;
    assert.equal(ended.code, 130);
    assert.match(ended.stdout, /slow: stopped; nothing of it was recorded/);
    assert.equal(rig.exists('slow.txt'), false);
  });

  it('by SIGKILL takes its stages with it; the same command then completes', async () => {
    const { child, result } = rig.start();
    const stage = await rig.held('slow');
    child.kill('SIGKILL');
    await Promise.all([stage.gone, result]);
    assert.equal(rig.read('slow.txt'), 'half of slow', 'the kill came in the middle');
    rig.ran();
    await finish();
    assert.deepEqual(rig.ran(), ['after']);
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 3, failed 0');
  });

  it('does not keep a second command waiting longer than it lives', async () => {
    const first = rig.start();
    const stage = await rig.held('slow');
    const second = rig.start();
    await new Promise<void>((resolve) => {
      second.child.stdout!.on('data', (chunk: string) => {
        if (chunk.includes(`waiting for process ${first.child.pid}`)) resolve();
      });
    });
    stage.release();
    assert.equal((await first.result).code, 0);
    const { code, stdout } = await second.result;
    assert.equal(code, 0);
    assert.match(stdout, /ok: ran 0, restored 0, fresh 3, failed 0/, 'each stage ran once');
  });
});
