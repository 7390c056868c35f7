import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tsxCacheVariables } from '../../../src/engine/executors/tsx-cache.ts';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const OFF = { TSX_DISABLE_CACHE: '1' };

describe('the cache of tsx in a temporary directory', () => {
  let temporary: string;
  let cache: string;
  before(function () {
    if (process.geteuid === undefined) this.skip();
  });
  beforeEach(() => {
    temporary = mkdtempSync(path.join(tmpdir(), 'tsx-cache-'));
    cache = path.join(temporary, `tsx-${process.geteuid?.() ?? ''}`);
  });
  afterEach(() => rmSync(temporary, { recursive: true, force: true }));
  const isRoot = process.geteuid?.() === 0;

  it('is made for the user alone where it is missing, and then used', () => {
    assert.deepEqual(tsxCacheVariables(temporary), {});
    assert.equal(statSync(cache).mode & 0o777, 0o700);
    assert.deepEqual(tsxCacheVariables(temporary), {});
  });

  it('is used in a directory that all may write to when nobody can remove what is not theirs', () => {
    chmodSync(temporary, 0o1777);
    assert.deepEqual(tsxCacheVariables(temporary), {});
  });

  for (const mode of [0o777, 0o775, 0o722, 0o1777]) {
    it(`is not used where others can write to it (${mode.toString(8)})`, () => {
      mkdirSync(cache);
      chmodSync(cache, mode);
      assert.deepEqual(tsxCacheVariables(temporary), OFF);
    });
  }

  it('is not used where others can put another one in its place', () => {
    for (const mode of [0o777, 0o775]) {
      chmodSync(temporary, mode);
      assert.deepEqual(tsxCacheVariables(temporary), OFF);
    }
    const inner = path.join(temporary, 'inner');
    mkdirSync(inner);
    assert.deepEqual(tsxCacheVariables(inner), OFF);
  });

  it('is not used where it is a link, a file, or cannot be made', () => {
    const elsewhere = path.join(temporary, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, cache);
    assert.deepEqual(tsxCacheVariables(temporary), OFF);
    rmSync(cache);
    writeFileSync(cache, '');
    assert.deepEqual(tsxCacheVariables(temporary), OFF);
    assert.deepEqual(tsxCacheVariables(path.join(temporary, 'missing')), OFF);
  });

  it('is not used where it, or a folder above, is another user’s', function () {
    if (!isRoot) this.skip();
    mkdirSync(cache, { mode: 0o700 });
    chownSync(cache, 65_534, 65_534);
    assert.deepEqual(tsxCacheVariables(temporary), OFF);
    chownSync(cache, 0, 0);
    assert.deepEqual(tsxCacheVariables(temporary), {});
    chownSync(temporary, 65_534, 65_534);
    assert.deepEqual(tsxCacheVariables(temporary), OFF);
  });

  it('is where tsx puts it, and off where the variable says so: the two names are tsx’s own', () => {
    const program = path.join(temporary, 'program.ts');
    writeFileSync(program, 'const a: number = 1;\nconsole.log(a);\n');
    const start = (variables: object): string => {
      const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: temporary };
      for (const name of ['TSX_DISABLE_CACHE', 'NODE_OPTIONS']) Reflect.deleteProperty(env, name);
      const words = ['--import', 'tsx', program];
      return spawnSync(process.execPath, words, { cwd: home, env: { ...env, ...variables }, encoding: 'utf8' }).stdout;
    };
    assert.equal(start(OFF), '1\n');
    assert.throws(() => statSync(cache), /ENOENT/);
    assert.equal(start({}), '1\n');
    assert.ok(statSync(cache).isDirectory());
  });
});
