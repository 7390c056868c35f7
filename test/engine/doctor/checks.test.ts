import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { colorsFor } from '../../../src/engine/console/format.ts';
import { doctorLines } from '../../../src/engine/console/doctor-text.ts';
import { note, ok, problem } from '../../../src/engine/doctor/check.ts';
import { freeSpace, nodeCheck, openFiles } from '../../../src/engine/doctor/machine.ts';
import { programsCheck } from '../../../src/engine/doctor/programs.ts';
import { cacheChecks, clockCheck, gitCheck, linksFound, lockCheck } from '../../../src/engine/doctor/project.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';

describe('checks of the machine', () => {
  it('judges Node by its version', () => {
    assert.equal(nodeCheck('v18.20.0').state, 'problem');
    assert.equal(nodeCheck('v20.18.9').state, 'problem');
    assert.equal(nodeCheck('v20.19.0').state, 'note');
    assert.equal(nodeCheck('v22.1.0').state, 'ok');
    assert.match(nodeCheck('v18.20.0').advice ?? '', /install Node 22 or 24/);
  });

  it('judges free space in bytes and in files', () => {
    const GiB = 1024 ** 3;
    assert.equal(freeSpace(0.5 * GiB, null).state, 'problem');
    assert.equal(freeSpace(3 * GiB, null).state, 'note');
    assert.equal(freeSpace(50 * GiB, 100).state, 'problem');
    assert.equal(freeSpace(50 * GiB, 1e6).state, 'ok');
  });

  it('asks for more open files where there are few', () => {
    assert.equal(openFiles('256').state, 'note');
    assert.equal(openFiles('unlimited').state, 'ok');
    assert.equal(openFiles(null).state, 'ok');
  });
});

describe('checks of the project', () => {
  afterEach(removeTemporary);

  it('tries the cache with real files and leaves none behind', () => {
    const root = temporaryDirectory();
    assert.deepEqual(
      cacheChecks(root, path.join(root, '.pipeline/store')).map(({ name, state }) => [name, state === 'problem']),
      [
        ['cache', false],
        ['links', false],
        ['clock', false],
      ],
    );
    assert.deepEqual(readdirSync(root), ['.pipeline']);
    assert.deepEqual(readdirSync(path.join(root, '.pipeline/store/tmp')), []);
    assert.ok(existsSync(path.join(root, '.pipeline/.gitignore')));
  });

  it('says that the cache cannot be written when a file is in its place', () => {
    const root = temporaryDirectory({ '.pipeline': 'not a directory' });
    const [check] = cacheChecks(root, path.join(root, '.pipeline/store'));
    assert.equal(check!.state, 'problem');
    assert.match(check!.found, /cannot be written/);
  });

  it('names the best link there is', () => {
    assert.equal(linksFound({ reflink: true, hardlink: true }).state, 'ok');
    assert.match(linksFound({ reflink: false, hardlink: false }).found, /copy works/);
  });

  it('compares the clocks of machine and file system', () => {
    assert.equal(clockCheck(10_000, 9_000).state, 'ok');
    assert.match(clockCheck(100_000, 40_000).found, /by 60 s/);
  });

  it('tells a directory without git what it misses', () => {
    const check = gitCheck(temporaryDirectory());
    assert.equal(check.state, 'note');
    assert.match(check.found, /in no git repository/);
  });

  it('names who runs here, and takes no notice of a dead runner', () => {
    assert.match(lockCheck(temporaryDirectory()).found, /nobody/);
    const holder = (pid: number) => JSON.stringify({ id: 'a', pid, host: hostname(), since: 'then', birth: null });
    const dead = temporaryDirectory({ '.pipeline/running/a': holder(2 ** 22 + 1) });
    assert.match(lockCheck(dead).found, /nobody/);
    const alive = temporaryDirectory({ '.pipeline/running/a': holder(process.pid) });
    assert.match(lockCheck(alive).found, new RegExp(`process ${process.pid} on .*, running here since then`));
  });

  it('names the programs that commands begin with and PATH lacks, each once', () => {
    const bin = temporaryDirectory({ python9: '', readme: '' });
    chmodSync(path.join(bin, 'python9'), 0o755);
    const stage = (stage: string, ...commands: string[]) => ({ stage, commands });
    const check = (...stages: ReturnType<typeof stage>[]) => programsCheck(stages, { PATH: bin });
    assert.deepEqual(check(stage('a', 'python9 a.py > o', 'cd x && python9 b.py')), ok('programs', 'on PATH: python9'));
    const missing = check(stage('a', 'readme'), stage('b', 'julia9 b.jl'), stage('c', 'julia9 c.jl; python9 x'));
    assert.equal(missing.state, 'note');
    assert.equal(missing.found, 'not on PATH: readme (stage a), julia9 (stage b)');
    const odd = ['./run.sh', 'A=1 julia9 x', '(julia9)', 'if true; then julia9; fi', '"julia9" x', '[ -f x ]', ''];
    assert.equal(check(stage('a', ...odd)).state, 'ok');
  });

  it('changes nothing by looking at git and locks', () => {
    const root = temporaryDirectory();
    gitCheck(root);
    lockCheck(root);
    assert.ok(!existsSync(path.join(root, '.pipeline')));
  });
});

describe('doctorLines', () => {
  it('puts what to do below what was found', () => {
    const colors = colorsFor({}, { NO_COLOR: '1' });
    const checks = [ok('node', 'v24'), note('links', 'slow', null), problem('disk', 'full', 'make room')];
    assert.deepEqual(doctorLines(checks, colors, null), [
      'ok       node   v24',
      'note     links  slow',
      'PROBLEM  disk   full',
      '                -> make room',
      '1 of these will not work.',
    ]);
  });
});
