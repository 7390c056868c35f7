import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { Rig, type Result, summary } from '../support/rig.ts';

/** One message, and neither a stack trace nor a wait. */
function told({ code, stdout, stderr }: Result, message: RegExp): void {
  assert.match(stderr, message);
  assert.equal(code, 2);
  assert.equal(stderr.match(/error:/g)?.length, 1, stderr);
  assert.doesNotMatch(stdout + stderr, /\n {4}at /);
}

const stage = (more: string): string => `stages: { s: { cmd: echo 1 > o, outs: [o], ${more} } }\n`;

describe('a named pipe', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const pipes = (...names: readonly string[]): void => {
    execFileSync('mkfifo', names, { cwd: rig.root });
  };

  it('as an input is an error at once, in a run and in a look', async () => {
    rig = new Rig({ 'pipeline.yaml': stage('deps: [pipe]'), 'd/x': '' });
    pipes('pipe', 'd/pipe');
    for (const args of [[], ['--dry-run'], ['status']]) {
      told(await rig.run(...args), /^error: pipe is a named pipe, neither a file nor a directory/);
    }
    rig.write({ 'pipeline.yaml': stage('deps: [d]') });
    told(await rig.run(), /^error: d\/pipe is a named pipe, neither a file nor a directory.*\.pipelineignore/);
    rig.write({ '.pipelineignore': 'pipe\n' });
    assert.match(summary(await rig.run()), /^ok: ran 1/);
  });

  it('is no params file, code, lock, metrics file or pipeline.yaml', async () => {
    rig = new Rig({ 'pipeline.yaml': `vars: [pipe]\n${stage('')}` });
    pipes('pipe');
    told(await rig.run(), /pipeline\.yaml:1:8 {2}error: the params file pipe is a named pipe/);
    rig.write({ 'pipeline.yaml': stage('code: [pipe]') });
    told(await rig.run(), /error: the code file "pipe" is no regular file/);
    rig.write({ 'pipeline.yaml': 'stages: { s: { cmd: echo, metrics: [m.json] } }\n' });
    pipes('m.json', 'pipeline.lock');
    const shown = await rig.run('metrics', 'show');
    assert.match(shown.stdout + shown.stderr, /m\.json is no file/);
    told(await rig.run(), /^error: pipeline\.lock is no file, and a lock file was expected/);
    told(await rig.run('gc'), /^error: pipeline\.lock is a named pipe.* so nothing was removed\.$/m);
    rig.remove('pipeline.yaml');
    pipes('pipeline.yaml');
    told(await rig.run(), /error: the pipeline file pipeline\.yaml is a named pipe/);
  });
});

describe('what this user may not read', () => {
  let rig: Rig;
  afterEach(() => {
    chmodSync(path.join(rig.root, 'd/closed'), 0o755);
    rig.close();
  });

  it('is named: a file, a folder in an input, one under a pattern, and one that gc would search', async function () {
    rig = new Rig({ 'pipeline.yaml': stage('deps: [secret]'), secret: 's', 'd/closed/x': 'x', 'd/y': 'y' });
    if (!rig.beOrdinaryUser()) this.skip();
    chmodSync(path.join(rig.root, 'secret'), 0);
    chmodSync(path.join(rig.root, 'd/closed'), 0);
    told(await rig.run(), /^error: secret may not be read by this user\. Give this user the right/);
    for (const dep of ['d', 'd/closed', 'd/closed/x']) {
      rig.write({ 'pipeline.yaml': stage(`deps: [${dep}]`) });
      told(await rig.run(), new RegExp(`^error: ${dep === 'd' ? 'd/closed' : dep} may not be read by this user`));
    }
    rig.write({ 'pipeline.yaml': stage('deps: ["d/**"]') });
    told(
      await rig.run(),
      /^pipeline\.yaml:1:\d+ {2}error: what "d\/\*\*" matches cannot be told: d\/closed may not be read/,
    );
    told(
      await rig.run('gc'),
      /^error: d\/closed may not be read by this user\. A lock file there .*nothing was removed/,
    );
    rig.write({ '.pipelineignore': 'closed/\n' });
    assert.match(summary(await rig.run()), /^ok: ran 1/);
    assert.equal((await rig.run('gc')).code, 0);
  });
});

describe('names and links that lead to no content', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('are told in one message each', async () => {
    rig = new Rig({ 'pipeline.yaml': stage('deps: [d]'), 'd/x': 'x' });
    const cases: readonly (readonly [string, () => void, RegExp])[] = [
      [
        'broken',
        () => symlinkSync('nowhere', path.join(rig.root, 'd/broken')),
        /d\/broken is a link to something that does not exist/,
      ],
      [
        'loop',
        () => symlinkSync('loop', path.join(rig.root, 'd/loop')),
        /d\/loop is reached through symbolic links that lead around/,
      ],
      [
        'around',
        () => symlinkSync('..', path.join(rig.root, 'd/around')),
        /d\/around\/d is a link to a directory around itself/,
      ],
    ];
    for (const [name, make, message] of cases) {
      make();
      told(await rig.run('status'), message);
      rig.remove(`d/${name}`);
    }
    rig.write({ 'pipeline.yaml': stage(`deps: [${'x'.repeat(300)}]`) });
    told(await rig.run('status'), /^error: x+(\.\.\.)? has a name that is longer than the file system allows/);
  });

  it('include names that are not UTF-8, under an input, a pattern and an output', async function () {
    rig = new Rig({ 'pipeline.yaml': stage('deps: [d]'), 'd/x': 'x' });
    const name = Buffer.concat([Buffer.from(`${rig.root}/d/b`), Buffer.from([0xff]), Buffer.from('d')]);
    try {
      writeFileSync(name, 'x');
    } catch {
      this.skip(); // A file system that takes UTF-8 only.
    }
    told(await rig.run('status'), /^error: d\/b\ufffdd has a name that is not UTF-8/);
    rig.write({ 'pipeline.yaml': stage('deps: ["d/*"]') });
    told(
      await rig.run('status'),
      /error: what "d\/\*" matches cannot be told: d\/b\ufffdd has a name that is not UTF-8/,
    );
    rig.write({ 'pipeline.yaml': `stages: { s: { cmd: 'cp -r d out', outs: [out] } }\n` });
    const { code, stdout } = await rig.run();
    assert.equal(code, 1);
    assert.match(stdout, /s: failed: out\/b\ufffdd has a name that is not UTF-8/);
  });
});
