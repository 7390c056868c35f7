import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { hashBytes } from '../../../src/engine/store/contents/digest.ts';
import { readCopy, writeCopy } from '../../../src/engine/store/text-copies.ts';
import { userKey } from '../../../src/engine/store/user-key.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';

describe('copies of what was parsed', () => {
  const before = process.env['XDG_STATE_HOME'];
  let root: string;
  beforeEach(() => {
    process.env['XDG_STATE_HOME'] = temporaryDirectory();
    root = temporaryDirectory();
  });
  afterEach(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, 'XDG_STATE_HOME');
    else process.env['XDG_STATE_HOME'] = before;
    removeTemporary();
  });

  const digest = hashBytes('text');
  const copy = '.pipeline/parsed/a.json';
  const bytesOf = (): Buffer => readFileSync(path.join(root, copy));

  it('are read back at their place for their text, and nowhere else', () => {
    writeCopy(root, copy, digest, 'content');
    assert.equal(readCopy(root, copy, digest), 'content');
    assert.equal(readCopy(root, copy, hashBytes('other')), null);
    const elsewhere = temporaryDirectory({ [copy]: bytesOf().toString() });
    assert.equal(readCopy(elsewhere, copy, digest), null);
    mkdirSync(path.join(root, '.pipeline/parsed'), { recursive: true });
    writeFileSync(path.join(root, '.pipeline/parsed/b.json'), bytesOf());
    assert.equal(readCopy(root, '.pipeline/parsed/b.json', digest), null);
  });

  it('that another user, or whoever made the project, wrote count for nothing', () => {
    process.env['XDG_STATE_HOME'] = temporaryDirectory();
    writeCopy(root, copy, digest, 'run something else');
    process.env['XDG_STATE_HOME'] = temporaryDirectory();
    assert.equal(readCopy(root, copy, digest), null);
    // As an earlier version wrote it, which anybody can.
    writeFileSync(path.join(root, copy), `${digest} ${hashBytes('run something else')}\nrun something else`);
    assert.equal(readCopy(root, copy, digest), null);
  });

  it('are read as they were written or not at all, whatever became of the file', () => {
    writeCopy(root, copy, digest, 'content of some length');
    const whole = bytesOf();
    const change = fc.tuple(
      fc.nat({ max: whole.length - 1 }),
      fc.nat({ max: 255 }),
      fc.constantFrom('flip', 'cut', 'add'),
    );
    fc.assert(
      fc.property(change, ([at, byte, kind]) => {
        const bytes = Buffer.from(kind === 'cut' ? whole.subarray(0, at) : whole);
        if (kind === 'flip') bytes[at] = byte;
        const changed = kind === 'add' ? Buffer.concat([bytes, Buffer.from([byte])]) : bytes;
        writeFileSync(path.join(root, copy), changed);
        const read = readCopy(root, copy, digest);
        // What stands between the parts is no part of what is read.
        const same = changed.toString().slice(130) === 'content of some length';
        assert.ok(read === null || (read === 'content of some length' && same));
      }),
      { numRuns: 500 },
    );
  });

  it('are not kept, and nothing fails, where the key has no place', () => {
    process.env['XDG_STATE_HOME'] = path.join(temporaryDirectory({ file: '' }), 'file');
    writeCopy(root, copy, digest, 'content');
    assert.equal(existsSync(path.join(root, copy)), false);
    assert.equal(readCopy(root, copy, digest), null);
  });
});

describe('the key of a user', () => {
  afterEach(removeTemporary);
  const project = '/nowhere/project';
  const inState = (state: string): string => path.join(state, 'pipeline/key');

  it('is made once, for this user alone, and stays', () => {
    const state = temporaryDirectory();
    const key = userKey(project, { XDG_STATE_HOME: state });
    assert.equal(key?.length, 32);
    assert.deepEqual(readFileSync(inState(state)), key);
    assert.equal(statSync(inState(state)).mode & 0o777, 0o600);
    assert.equal(statSync(path.dirname(inState(state))).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(path.dirname(inState(state))), ['key']);
    assert.notDeepEqual(userKey(project, { XDG_STATE_HOME: temporaryDirectory() }), key);
  });

  it('is made again where others could have read it, or where the file is damaged', () => {
    for (const [text, mode] of [
      ['x'.repeat(32), 0o644],
      ['x', 0o600],
      ['', 0o600],
    ] as const) {
      const state = temporaryDirectory({ 'pipeline/key': text });
      chmodSync(inState(state), mode);
      const key = userKey(project, { XDG_STATE_HOME: state });
      assert.notEqual(key?.toString(), text);
      assert.deepEqual(readFileSync(inState(state)), key);
      assert.equal(statSync(inState(state)).mode & 0o777, 0o600);
    }
  });

  it('is not taken from where a link leads, and is none where a folder is in its place', () => {
    const elsewhere = temporaryDirectory({ key: 'x'.repeat(32) });
    chmodSync(path.join(elsewhere, 'key'), 0o600);
    const state = temporaryDirectory({ 'pipeline/other': '' });
    symlinkSync(path.join(elsewhere, 'key'), inState(state));
    assert.notEqual(userKey(project, { XDG_STATE_HOME: state })?.toString(), 'x'.repeat(32));
    const folder = temporaryDirectory({ 'pipeline/key/x': '' });
    assert.equal(userKey(project, { XDG_STATE_HOME: folder }), null);
  });

  it('is none that lies in the project', () => {
    const root = temporaryDirectory();
    assert.equal(userKey(root, { XDG_STATE_HOME: path.join(root, 'state') }), null);
    assert.equal(existsSync(path.join(root, 'state')), false);
  });
});
