import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { hashBytes } from '../../../src/engine/store/contents/digest.ts';
import { copyFormat } from '../../../src/engine/store/text-copies.ts';
import { Rig, summary } from '../support/rig.ts';

const pipelineFile = `
stages:
  make: { cmd: node work.mjs make out.txt source.txt, deps: [source.txt], outs: [out.txt] }
`;

describe('.pipeline and git', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig({ 'pipeline.yaml': pipelineFile, 'source.txt': 's' });
    git('init', '-q');
  });
  afterEach(() => rig.close());

  const git = (...args: string[]): string => {
    const identity = ['-c', 'user.name=A', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...identity, ...args], { cwd: rig.root, encoding: 'utf8' });
  };
  const committed = (): string[] => git('ls-files').split('\n').filter(Boolean);

  it('do not meet in a project without a .gitignore: "git add -A" takes nothing of it', async () => {
    assert.equal((await rig.run()).code, 0);
    git('add', '-A');
    assert.deepEqual(
      committed().filter((file) => file.startsWith('.pipeline')),
      [],
    );
    assert.ok(committed().includes('out.txt'));
  });

  it('do not meet either where only looking, or the doctor, made the folder', async () => {
    for (const command of ['status', 'doctor']) {
      await rig.run(command);
      assert.ok(rig.exists('.pipeline/.gitignore'), command);
      rig.remove('.pipeline');
    }
  });

  it('a folder of an earlier version is left out as well, though nothing is to do; one of their own stays', async () => {
    await rig.run();
    rig.remove('.pipeline/.gitignore');
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 0, fresh 1/);
    git('add', '-A');
    assert.deepEqual(
      committed().filter((file) => file.startsWith('.pipeline')),
      [],
    );
    rig.write({ '.pipeline/.gitignore': '# mine\n*\n' });
    await rig.run();
    assert.equal(rig.read('.pipeline/.gitignore'), '# mine\n*\n');
  });

  it('are told apart by the doctor, who names no other folder', async () => {
    await rig.run();
    const { stdout } = await rig.run('doctor');
    assert.match(stdout, /^ok +git +repository found; \.pipeline stays out of it$/m);
    assert.doesNotMatch(stdout, /\bruns\b/);
  });

  it('a run refuses what git tracks of it, in one message, and does nothing', async () => {
    rig.write({ '.pipeline/config.yaml': 'resources: { cpus: 1 }\n', '.pipeline/parsed/x.json': '{}' });
    git('add', '-f', '.pipeline');
    git('commit', '-qm', 'with its state');
    const { code, stdout, stderr } = await rig.run();
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: git tracks \.pipeline\/config\.yaml and 1 more, .*\. Nothing was run\..*\n {2}git rm -r --cached \.pipeline\n.*\n$/,
    );
    assert.doesNotMatch(stdout, /running/);
    assert.equal(rig.exists('out.txt'), false);
    assert.match((await rig.run('doctor')).stdout, /PROBLEM {2}git +git tracks .*\n.*-> run "git rm -r --cached/);
    git('rm', '-rq', '--cached', '.pipeline');
    assert.match(summary(await rig.run()), /^ok: ran 1/);
  });

  it('a copy of a parsed pipeline.yaml that came with a project makes no other command run', async () => {
    const text = 'stages: { a: { cmd: echo harmless > out.txt, outs: [out.txt] } }\n';
    rig.write({ 'pipeline.yaml': text.replace('harmless', 'evilness') });
    await rig.run('status');
    await rig.run('status');
    const [parsed = ''] = readdirSync(path.join(rig.root, '.pipeline/parsed'));
    const content = rig.read(`.pipeline/parsed/${parsed}`).slice(130);
    assert.match(content, /evilness/);
    rig.write({ 'pipeline.yaml': text });
    const digest = hashBytes(`${copyFormat}\0pipeline.yaml\0${text}`);
    rig.write({ [`.pipeline/parsed/${parsed}`]: `${digest} ${hashBytes(content)}\n${content}` });
    await rig.run();
    assert.equal(rig.read('out.txt'), 'harmless\n');
  });
});
