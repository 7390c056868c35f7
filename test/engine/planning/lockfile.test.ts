import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { parse } from 'yaml';
import {
  type LockBlock,
  readLockDocument,
  writeBlockText,
  writeLockText,
} from '../../../src/engine/planning/lock-format.ts';
import { Lockfile } from '../../../src/engine/planning/lockfile.ts';
import { hashBytes } from '../../../src/engine/store/contents/digest.ts';
import { lockBlocks } from '../support/lock-blocks.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../support/temporary.ts';

/** -0 and "__proto__" aside, what is equal is equal as JSON. */
const plain = (thing: unknown): unknown => JSON.parse(JSON.stringify(thing));

const simple = (name: string): LockBlock => ({
  fingerprint: hashBytes(name),
  commands: [`echo ${name}`],
  params: { rate: 1e-7 },
  code: {},
  deps: {},
  outs: { [`${name}.txt`]: { digest: hashBytes(name), size: 3 } },
});

describe('the lock file', () => {
  afterEach(removeTemporary);

  it('is YAML that reads back as what was written, whatever the texts in it', () => {
    fc.assert(
      fc.property(lockBlocks, (blocks) => {
        const texts = Object.entries(blocks).map(([name, one]): [string, string] => [name, writeBlockText(name, one)]);
        const read = readLockDocument(parse(writeLockText(texts)), 'pipeline.lock');
        assert.deepEqual(plain(Object.fromEntries(read)), plain(blocks));
      }),
      { numRuns: 200 },
    );
  });

  it('has the same text in whatever order stages finished', () => {
    const root = temporaryDirectory();
    const write = (file: string, names: string[]): string => {
      const lock = Lockfile.open(root, file);
      for (const name of names) lock.set(name, simple(name));
      lock.close();
      return readFileSync(path.join(root, file), 'utf8');
    };
    assert.equal(write('one.lock', ['b', 'a', 'c']), write('two.lock', ['c', 'b', 'a']));
  });

  it('changes only the block of the instance that ran', () => {
    const root = temporaryDirectory();
    const lock = Lockfile.open(root, 'pipeline.lock');
    for (const name of ['a', 'b', 'c']) lock.set(name, simple(name));
    lock.close();
    const before = readFileSync(path.join(root, 'pipeline.lock'), 'utf8').split('\n');
    const again = Lockfile.open(root, 'pipeline.lock');
    again.set('b', { ...simple('b'), fingerprint: hashBytes('changed') });
    again.close();
    const after = readFileSync(path.join(root, 'pipeline.lock'), 'utf8').split('\n');
    assert.equal(after.filter((line, at) => line !== before[at]).length, 1);
  });

  it('keeps what another process has recorded meanwhile, and its own where both have', () => {
    const root = temporaryDirectory();
    const one = Lockfile.open(root, 'pipeline.lock');
    const two = Lockfile.open(root, 'pipeline.lock');
    one.set('a', simple('a'));
    one.set('both', simple('first'));
    one.flush();
    two.set('b', simple('b'));
    two.set('both', simple('second'));
    two.close();
    one.set('c', simple('c'));
    one.refresh();
    assert.deepEqual(one.get('b'), simple('b'));
    one.close();
    const read = Lockfile.open(root, 'pipeline.lock');
    assert.deepEqual([...read.blocks.keys()].sort(), ['a', 'b', 'both', 'c']);
    assert.deepEqual(read.get('both'), simple('first'), 'the last writer recorded it itself');
  });

  it('is not overwritten when a merge left it with conflicts during a run', () => {
    const root = temporaryDirectory();
    const lock = Lockfile.open(root, 'pipeline.lock');
    lock.set('a', simple('a'));
    writeFiles(root, { 'pipeline.lock': 'format: 1\n<<<<<<< HEAD\nstages: {}\n' });
    lock.set('b', simple('b'));
    assert.throws(() => lock.close(), /pipeline\.lock:2: .*merge-conflict/);
    assert.match(readFileSync(path.join(root, 'pipeline.lock'), 'utf8'), /<<<<<<< HEAD/);
  });

  it('is read again when git has changed it', () => {
    const root = temporaryDirectory();
    const lock = Lockfile.open(root, 'pipeline.lock');
    lock.set('a', simple('a'));
    lock.close();
    const text = readFileSync(path.join(root, 'pipeline.lock'), 'utf8');
    writeFiles(root, { 'pipeline.lock': text.replace('echo a', 'echo other') });
    assert.deepEqual(Lockfile.open(root, 'pipeline.lock').get('a')?.commands, ['echo other']);
  });

  it('says what to do about conflict markers, damage and other formats', () => {
    const open = (text: string): unknown => Lockfile.open(temporaryDirectory({ 'x.lock': text }), 'x.lock');
    assert.throws(() => open('format: 1\n<<<<<<< HEAD\nstages: {}\n'), /x\.lock:2: .*merge-conflict.*\n.*git checkout/);
    assert.throws(() => open('format: [1\n'), /x\.lock cannot be read: [\s\S]*Move x\.lock away/);
    assert.throws(() => open('format: 99\nstages: {}\n'), /not a lock file of format 1/);
  });
});
