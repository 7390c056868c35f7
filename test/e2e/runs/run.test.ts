import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Rig, summary } from '../support/rig.ts';

const pipelineFile = `
vars:
  - params.yaml
  - run: runs/\${profile}
stages:
  first:
    cmd: node work.mjs first \${run}/first.txt source.txt
    deps: [source.txt]
    params: [rate]
    outs: ['\${run}/first.txt']
    meta: { reads_given_params: true }
  middle:
    cmd: node work.mjs middle \${run}/middle.txt \${run}/first.txt
    deps: ['\${run}/first.txt']
    outs: ['\${run}/middle.txt']
  last:
    matrix:
      net: [A, B]
    cmd: node work.mjs last-\${item.net} \${run}/last-\${item.net}.txt \${run}/middle.txt
    deps: ['\${run}/middle.txt']
    params: ['nets.\${item.net}']
    outs: ['\${run}/last-\${item.net}.txt']
    meta: { reads_given_params: true }
`;
const params = 'profile: demo\nrate: 1\nnets: { A: 1, B: 1 }\n';

describe('pipeline run', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig({ 'pipeline.yaml': pipelineFile, 'params.yaml': params, 'source.txt': 'source' });
  });
  afterEach(() => rig.close());

  it('runs every stage in order, then finds nothing to do', async () => {
    const first = await rig.run('-j1');
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.deepEqual(rig.ran(), ['first', 'middle', 'last-A', 'last-B']);
    assert.equal(rig.read('runs/demo/last-A.txt'), 'source\n\n\n');
    assert.equal(summary(first), 'ok: ran 4, restored 0, fresh 0, failed 0');

    const lock = rig.read('pipeline.lock');
    const second = await rig.run();
    assert.equal(second.code, 0);
    assert.deepEqual(rig.ran(), []);
    assert.equal(summary(second), 'ok: ran 0, restored 0, fresh 4, failed 0');
    assert.equal(rig.read('pipeline.lock'), lock, 'the lock does not change when nothing ran');
  });

  it('runs only the instance whose param changed', async () => {
    await rig.run();
    rig.ran();
    rig.write({ 'params.yaml': params.replace('B: 1', 'B: 2') });
    const result = await rig.run();
    assert.deepEqual(rig.ran(), ['last-B']);
    assert.match(result.stdout, /last@B: running \(params nets\.B changed from 1 to 2\)/);
  });

  it('does not run what depends on a stage that came to the same outputs', async () => {
    await rig.run();
    rig.ran();
    const result = await rig.run('-S', 'rate=2');
    assert.deepEqual(rig.ran(), ['first']);
    assert.equal(summary(result), 'ok: ran 1, restored 0, fresh 3, failed 0');
  });

  it('restores an earlier combination when an input is switched back', async () => {
    await rig.run();
    rig.write({ 'source.txt': 'other' });
    await rig.run();
    assert.equal(rig.read('runs/demo/last-A.txt'), 'other\n\n\n');
    rig.ran();
    rig.write({ 'source.txt': 'source' });
    const result = await rig.run();
    assert.deepEqual(rig.ran(), []);
    assert.equal(summary(result), 'ok: ran 0, restored 4, fresh 0, failed 0');
    assert.equal(rig.read('runs/demo/last-A.txt'), 'source\n\n\n');
  });

  it('restores outputs that were deleted or edited', async () => {
    await rig.run();
    rig.ran();
    rig.remove('runs/demo/first.txt');
    // As editors do: the new content is another file.
    rig.remove('runs/demo/last-A.txt');
    rig.write({ 'runs/demo/last-A.txt': 'edited' });
    const result = await rig.run();
    assert.deepEqual(rig.ran(), []);
    assert.equal(summary(result), 'ok: ran 0, restored 2, fresh 2, failed 0');
    assert.equal(rig.read('runs/demo/last-A.txt'), 'source\n\n\n');
  });

  it('takes a deleted output that was replaced by a directory back from the cache', async () => {
    await rig.run();
    rig.ran();
    rig.remove('runs/demo/first.txt');
    rig.write({ 'runs/demo/first.txt/inside.txt': 'a directory now' });
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 1, fresh 3, failed 0');
    assert.equal(rig.read('runs/demo/first.txt'), 'source\n');
  });

  it('is not deceived by an output that was forced open and edited in place', async () => {
    await rig.run();
    rig.ran();
    chmodSync(path.join(rig.root, 'runs/demo/last-A.txt'), 0o644);
    rig.write({ 'runs/demo/last-A.txt': 'edited' });
    const result = await rig.run();
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.equal(rig.read('runs/demo/last-A.txt'), 'source\n\n\n');
  });

  it('gives another profile outputs of its own, taken from the cache where inputs are equal', async () => {
    await rig.run();
    rig.ran();
    rig.write({ 'other.yaml': 'profile: other\nnets: { A: 5 }\n' });
    const result = await rig.run('--params', 'other.yaml');
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.ok(rig.exists('runs/demo/first.txt') && rig.exists('runs/other/first.txt'));
    const back = await rig.run();
    assert.equal(back.code, 0);
    assert.equal(rig.read('runs/demo/last-A.txt'), 'source\n\n\n');
  });

  it('says with --dry-run what would run and why, and runs nothing', async () => {
    const all = await rig.run('--dry-run');
    assert.match(all.stdout, /first: would run \(never ran\)/);
    assert.match(all.stdout, /middle: may run \(never ran; waits for first\)/);
    assert.deepEqual(rig.ran(), []);
    await rig.run();
    rig.ran();
    rig.write({ 'source.txt': 'changed' });
    const changed = await rig.run('-n');
    assert.match(changed.stdout, /first: would run \(dep source\.txt changed\)/);
    assert.deepEqual(rig.ran(), []);
  });

  it('runs with --force what is up to date', async () => {
    await rig.run();
    rig.ran();
    const result = await rig.run('--force', '--stage', 'middle', '--single');
    assert.deepEqual(rig.ran(), ['middle']);
    assert.match(result.stdout, /middle: running \(forced\)/);
  });

  it('runs a stage with what it needs, or with --downstream also what needs it', async () => {
    await rig.run('--stage', 'middle');
    assert.deepEqual(rig.ran(), ['first', 'middle']);
    await rig.run('--stage', 'middle', '--downstream');
    assert.deepEqual(rig.ran().sort(), ['last-A', 'last-B']);
  });

  it('refuses --single when inputs that other stages make are missing', async () => {
    const result = await rig.run('--stage', 'middle', '--single');
    assert.equal(result.code, 2);
    assert.match(result.stderr, /runs\/demo\/first\.txt, which middle depends on[\s\S]*without --single/);
    assert.doesNotMatch(result.stderr, /\n {4}at /);
  });

  it('keeps and restores nothing with --no-cache', async () => {
    await rig.run('--no-cache');
    assert.deepEqual(rig.ran().length, 4);
    rig.remove('runs');
    await rig.run();
    assert.deepEqual(rig.ran().length, 4);
    rig.remove('runs');
    await rig.run('--no-cache');
    assert.deepEqual(rig.ran().length, 4);
  });

  it('prints with --json one event a line', async () => {
    const { stdout } = await rig.run('--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; instance?: string; time: string });
    assert.ok(events.every(({ time }) => !Number.isNaN(Date.parse(time))));
    const finished = events.filter(({ type }) => type === 'stage-finished').map(({ instance }) => instance);
    assert.deepEqual(finished.sort(), ['first', 'last@A', 'last@B', 'middle']);
    assert.equal(events.at(-1)!.type, 'run-finished');
  });

  it('tells a lock file with merge conflicts and how to mend it', async () => {
    await rig.run();
    rig.write({ 'pipeline.lock': `<<<<<<< ours\n${rig.read('pipeline.lock')}=======\n>>>>>>> theirs\n` });
    const result = await rig.run();
    assert.equal(result.code, 2);
    assert.match(result.stderr, /pipeline\.lock:1: the lock file has merge-conflict markers.*\n.*git checkout --ours/);
  });

  it('records without running what is in place when the lock file was lost', async () => {
    await rig.run();
    const lock = rig.read('pipeline.lock');
    rig.ran();
    rig.remove('pipeline.lock');
    const result = await rig.run();
    assert.deepEqual(rig.ran(), []);
    assert.equal(summary(result), 'ok: ran 0, restored 0, fresh 4, failed 0');
    assert.equal(rig.read('pipeline.lock'), lock);
  });

  it('waits where an output is restored into a directory that a stage reads as a whole', async () => {
    rig = new Rig({
      in: '1',
      'out/mine': '',
      'pipeline.yaml': `stages:
  a: { cmd: cp in out/x, deps: [in], outs: [out/x] }
  b: { cmd: cat out/x > p, deps: [out], outs: [p] }
`,
    });
    await rig.run();
    rig.write({ in: '2' });
    assert.match(summary(await rig.run()), /^ok: ran 2/);
    rig.write({ in: '1' });
    const { stdout } = await rig.run('status');
    assert.match(stdout, /a: would restore[\s\S]*b: may run\n {2}- waits for a\n/);
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 2, fresh 0/);
    assert.equal(rig.read('p'), '1');
    for (const made of ['out', 'p']) rig.remove(made);
    assert.match(summary(await rig.run()), /^ok: ran 1, restored 1/);
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 0, fresh 2/);
  });

  it('names a corrupt object of the cache and runs its stage again', async () => {
    await rig.run();
    rig.ran();
    corruptObjects(path.join(rig.root, '.pipeline/store/objects'));
    rig.remove('runs');
    const result = await rig.run();
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.match(result.stdout, /object [0-9a-f]{64} in the cache is corrupt and was moved to/);
    assert.ok(rig.ran().includes('first'));
    assert.equal(rig.read('runs/demo/last-B.txt'), 'source\n\n\n');
  });
});

describe('pipeline status', () => {
  it('exits with 1 when something is out of date and that was asked for', async () => {
    const rig = new Rig({ 'pipeline.yaml': pipelineFile, 'params.yaml': params, 'source.txt': 'source' });
    try {
      assert.equal((await rig.run('status', '--exit-code')).code, 1);
      await rig.run();
      const after = await rig.run('status', '--exit-code');
      assert.equal(after.code, 0);
      assert.equal(after.stdout, 'Everything is up to date (4 instances).\n');
      const { instances } = JSON.parse((await rig.run('status', '--json')).stdout) as { instances: unknown[] };
      assert.equal(instances.length, 4);
    } finally {
      rig.close();
    }
  });
});

/** Flips a bit in every object. */
function corruptObjects(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(directory, entry);
    if (!statSync(file).isFile()) continue;
    // Objects are read-only.
    rmSync(file);
    writeFileSync(file, 'flipped');
  }
}
