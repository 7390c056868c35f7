import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

/** Three layers of four stages: each reads everything of the layer before. */
function layers(): string {
  const stages: string[] = [];
  for (let layer = 0; layer < 3; layer++) {
    for (let at = 0; at < 4; at++) {
      const deps = layer === 0 ? ['source.txt'] : [0, 1, 2, 3].map((other) => `out/${layer - 1}-${other}.txt`);
      const out = `out/${layer}-${at}.txt`;
      stages.push(
        `  s${layer}-${at}:\n    cmd: echo s${layer}-${at} >> ran.txt && cat ${deps.join(' ')} > ${out}\n` +
          `    deps: [${deps.join(', ')}]\n    outs: [${out}]\n`,
      );
    }
  }
  return `stages:\n${stages.join('')}`;
}

describe('invocations in one workspace at the same time', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('work on different stages together; the second names the process that has what it waits for', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  slow:
    cmd: node hold.mjs slow slow.txt
    outs: [slow.txt]
  after:
    cmd: node work.mjs after after.txt slow.txt
    deps: [slow.txt]
    outs: [after.txt]
  other:
    cmd: node hold.mjs other other.txt
    outs: [other.txt]
`,
    });
    await rig.listen();
    const first = rig.start('--stage', 'slow');
    const slow = await rig.held('slow');
    const second = rig.start();
    const other = await rig.held('other');
    assert.match((await rig.run('status')).stdout, new RegExp(`Process ${first.child.pid} has been running here`));
    other.release();
    slow.release();
    assert.equal((await first.result).code, 0);
    const { code, stdout } = await second.result;
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(`slow: waiting for process ${first.child.pid} on `));
    assert.equal(summary(await second.result), 'ok: ran 2, restored 0, fresh 1, failed 0');
    assert.deepEqual(Object.keys((parse(rig.read('pipeline.lock')) as { stages: object }).stages).sort(), [
      'after',
      'other',
      'slow',
    ]);
  });

  for (const count of [2, 16]) {
    it(`run each stage once, with the same result as one alone: ${count} of them`, async () => {
      rig = new Rig({ 'pipeline.yaml': layers(), 'source.txt': 'source' });
      const alone = new Rig({ 'pipeline.yaml': layers(), 'source.txt': 'source' });
      try {
        assert.equal((await alone.run()).code, 0);
        const results = await Promise.all(Array.from({ length: count }, () => rig.run('-j2')));
        for (const { code, stdout, stderr } of results) assert.equal(code, 0, stdout + stderr);
        const ran = rig.ran().sort();
        assert.deepEqual(ran, [...new Set(ran)], 'each stage ran once');
        assert.equal(ran.length, 12);
        assert.equal(rig.read('pipeline.lock'), alone.read('pipeline.lock'));
        for (const name of readdirSync(path.join(alone.root, 'out'))) {
          assert.equal(rig.read(`out/${name}`), alone.read(`out/${name}`));
        }
        assert.deepEqual(readdirSync(path.join(rig.root, '.pipeline/held')), []);
        assert.deepEqual(readdirSync(path.join(rig.root, '.pipeline/running')), []);
        assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 12, failed 0');
      } finally {
        alone.close();
      }
    }).timeout(180_000);
  }

  it('keep what each recorded also without the cache', async () => {
    rig = new Rig({ 'pipeline.yaml': layers(), 'source.txt': 'source' });
    const results = await Promise.all([rig.run('-j2', '--no-cache'), rig.run('-j2', '--no-cache')]);
    for (const { code, stdout, stderr } of results) assert.equal(code, 0, stdout + stderr);
    const ran = rig.ran();
    assert.equal(ran.length, new Set(ran).size, 'each stage ran once');
  });
});
