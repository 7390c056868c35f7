import assert from 'node:assert/strict';
import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { Rig } from '../support/rig.ts';

describe('results of a command that succeeded, but that cannot be recorded', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const aside = '.pipeline/rejected/slow';

  it('are set aside when an input changed meanwhile, once for each instance', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  slow:
    cmd: mkdir parts && echo x > parts/x && node hold.mjs slow out.txt
    deps: [source.txt]
    outs: [out.txt, parts]
`,
      'source.txt': 'one',
    });
    await rig.listen();
    for (const text of ['two', 'three']) {
      const { result } = rig.start('--json');
      const stage = await rig.held('slow');
      rig.write({ 'source.txt': text });
      stage.release();
      const { code, stdout } = await result;
      assert.equal(code, 1);
      assert.match(stdout, /source\.txt changed while it ran, so nothing was recorded\. Run the pipeline again\. What/);
      assert.match(stdout, /"resultsIn":"\.pipeline\/rejected\/slow"/);
      assert.equal(rig.exists('out.txt') || rig.exists('parts'), false);
      assert.equal(rig.read(`${aside}/out.txt`), 'all of slow\n');
      assert.equal(rig.read(`${aside}/parts/x`), 'x\n');
    }
    // Nothing of it counts: neither for the next run nor for the cache.
    const again = rig.start();
    (await rig.held('slow')).release();
    assert.match((await again.result).stdout, /ok: ran 1, restored 0, fresh 0/);
    assert.equal(rig.read('out.txt'), 'all of slow\n');
  });

  it('are set aside when an output is missing, or cannot be kept', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  half: { cmd: echo 1 > a.txt, outs: [a.txt, b.txt] }
  pipe: { cmd: 'mkdir d && echo 2 > d/x && mkfifo d/pipe', outs: [d] }
  kept: { cmd: 'echo 3 > c.txt; mkfifo p', outs: [{ c.txt: { persist: true } }, p] }
`,
    });
    const { code, stdout } = await rig.run('-k');
    assert.equal(code, 1);
    assert.match(
      stdout,
      /half: failed: the command succeeded, but did not write b\.txt.* is in \.pipeline\/rejected\/half\./,
    );
    assert.match(
      stdout,
      /pipe: failed: d\/pipe is a named pipe, neither a file nor a directory.*\.pipeline\/rejected\/pipe\./,
    );
    assert.match(stdout, /kept: failed: p is a named pipe/);
    assert.equal(rig.read('.pipeline/rejected/half/a.txt'), '1\n');
    assert.equal(rig.read('.pipeline/rejected/pipe/d/x'), '2\n');
    assert.deepEqual([rig.exists('a.txt'), rig.exists('d'), rig.exists('p')], [false, false, false]);
    assert.equal(rig.read('c.txt'), '3\n');
    assert.doesNotMatch(stdout, /\n {4}at /);
  });

  it('are garbage like other leftovers, of which a link is only the link', async () => {
    const outside = new Rig({ 'precious/data.txt': 'precious' });
    try {
      rig = new Rig({
        'pipeline.yaml': 'stages:\n  s: { cmd: mkdir d && echo 1 > d/x, outs: [d, e] }\n',
      });
      assert.equal((await rig.run()).code, 1);
      assert.ok(rig.exists('.pipeline/rejected/s/d/x'));
      symlinkSync(path.join(outside.root, 'precious'), path.join(rig.root, '.pipeline/rejected/s/d/precious'));
      const { code, stdout } = await rig.run('gc', '--older-than', '0s');
      assert.equal(code, 0, stdout);
      assert.equal(existsSync(path.join(rig.root, '.pipeline/rejected')), false);
      assert.equal(outside.read('precious/data.txt'), 'precious');
    } finally {
      outside.close();
    }
  });

  it('do not include what a command left that failed', async () => {
    rig = new Rig({ 'pipeline.yaml': 'stages:\n  slow: { cmd: "echo half > out.txt; exit 1", outs: [out.txt] }\n' });
    const { code, stdout } = await rig.run();
    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /rejected/);
    assert.deepEqual([rig.exists('out.txt'), rig.exists(aside)], [false, false]);
  });
});
