import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { metricsPatterns } from '../../../src/engine/comparing/metrics-patterns.ts';
import { lockedMetrics } from '../../../src/engine/comparing/snapshot.ts';
import { own, writeBlockText, writeLockText } from '../../../src/engine/planning/lock-format.ts';
import { Lockfile } from '../../../src/engine/planning/lockfile.ts';
import { lockText, parseLock } from '../../../src/engine/planning/read-lock.ts';
import { hashBytes } from '../../../src/engine/store/contents/digest.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';

const digest = hashBytes('x');
const block = (outs: string): string =>
  `format: 1\nstages:\n  a:\n    fingerprint: ${digest}\n    cmd: [echo]\n    outs:\n      ${outs}\n`;

describe('a lock file that may come from anybody', () => {
  afterEach(removeTemporary);

  it('is read only where it is a file of a sensible size', () => {
    const root = temporaryDirectory({ 'no.lock/x': '', file: '' });
    execFileSync('mkfifo', [path.join(root, 'pipe.lock')]);
    writeFileSync(path.join(root, 'large.lock'), '');
    truncateSync(path.join(root, 'large.lock'), 2 ** 30);
    assert.equal(lockText(root, 'none.lock'), null);
    assert.equal(lockText(root, 'file/none.lock'), null);
    assert.throws(() => lockText(root, 'no.lock'), /^LockError: no\.lock is a directory, .* Move no\.lock away/);
    assert.throws(() => lockText(root, 'pipe.lock'), /^LockError: pipe\.lock is no file, /);
    assert.throws(() => Lockfile.open(root, 'large.lock'), /^LockError: large\.lock has 1024 MiB /);
  });

  it('that is no such document is told in one message', () => {
    const laughs = Array.from(
      { length: 9 },
      (_, at) => `a${at}: &a${at} [${at === 0 ? 'x' : `*a${at - 1}, `.repeat(9)}]`,
    );
    const cases: readonly (readonly [text: string, message: RegExp])[] = [
      ['', /is not a lock file of format 1\. Move x\.lock away/],
      ['[1, 2]', /is not a lock file of format 1/],
      ['format: 1\nstages: [a]\n', /is not a lock file of format 1/],
      ['format: 1\nformat: 1\nstages: {}\n', /cannot be read: Map keys must be unique/],
      [`format: 1\n${laughs.join('\n')}\nstages: {}\n`, /cannot be read: .*alias/i],
      ['['.repeat(1_000_000), /cannot be read: its lists and maps are nested too deep/],
      ['[\n'.repeat(1_000_000), /cannot be read: its lists and maps are nested too deep/],
      [`format: 1 #${' '.repeat(33 * 1024 ** 2)}\n`, /has 34 MiB and is not what the pipeline writes/],
      ['\u0000\u0001', /is not a lock file|cannot be read/],
    ];
    for (const [text, message] of cases) {
      assert.throws(
        () => parseLock(text, 'x.lock'),
        (error: Error) =>
          error.name === 'LockError' && message.test(error.message) && error.message.split('\n').length < 4,
        text.slice(0, 40),
      );
    }
  });

  it('does nothing with tags, and takes keys of objects for keys', () => {
    const text = `format: 1\nstages: { __proto__: { fingerprint: ${digest}, cmd: [!!js/function "x"], params: { __proto__: 1 } } }\n`;
    const read = parseLock(text, 'x.lock').get('__proto__');
    assert.deepEqual(read?.commands, ['x']);
    assert.deepEqual(Object.keys(read.params), ['__proto__']);
    assert.equal(({} as Record<string, unknown>)['fingerprint'], undefined);
    assert.equal(own(read.outs, 'constructor'), undefined);
  });

  it('has no block with sizes that no file has, or digests that are none, however it is written', () => {
    const bad = [
      ...['-5', '1e300', '.nan', '.inf', '0.5', '"1"', '9007199254740993'].map(
        (size) => `out: { digest: ${digest}, size: ${size} }`,
      ),
      `out: { digest: ${digest}, files: -1, size: 1 }`,
      `out: { digest: ../../x, size: 1 }`,
    ];
    for (const outs of bad) {
      assert.equal(parseLock(block(outs), 'x.lock').size, 0, outs);
      const written = writeLockText([
        ['a', `  a:\n    fingerprint: ${digest}\n    cmd:\n      - echo\n    outs:\n      ${outs}\n`],
      ]);
      assert.equal(parseLock(written, 'x.lock').size, 0, outs);
    }
  });

  it('names no metrics outside the project that diff would read', () => {
    const artifact = `{ digest: ${digest}, size: 1 }`;
    const paths = ['../x.json', '/etc/x.json', 'a/../../x.json', '"a\\0/x.json"', 'a/x.json', 'a..b/..c/x.json'];
    const text = block(paths.map((file) => `${file}: ${artifact}`).join('\n      '));
    const patterns = metricsPatterns('stages: { a: { metrics: ["${x}"] } }');
    const places = lockedMetrics(parseLock(text, 'x.lock'), patterns);
    assert.deepEqual(
      places.map(({ path }) => path),
      ['a/x.json', 'a..b/..c/x.json'],
    );
  });

  it('keeps numbers that JSON cannot hold as they are when it is written again', () => {
    const root = temporaryDirectory();
    mkdirSync(path.join(root, '.pipeline'));
    const params = { low: -0, list: [1, -0] };
    const facts = { fingerprint: digest, commands: ['echo'], params, code: {}, deps: {}, outs: {} };
    const text = writeLockText([['a', writeBlockText('a', facts)]]);
    writeFileSync(path.join(root, 'x.lock'), text);
    Lockfile.open(root, 'x.lock');
    const lock = Lockfile.open(root, 'x.lock');
    lock.set('b', { ...facts, params: {} });
    lock.close();
    assert.ok(lockText(root, 'x.lock')?.startsWith(text));
  });
});
