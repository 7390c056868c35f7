import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const pipelineFile = (word: string): string => `
stages:
  tools: { cmd: node make.mjs ${word}, outs: [d] }
`;
const make = `
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync('ran.txt', 'tools\\n');
mkdirSync('d/empty', { recursive: true });
for (const name of ['tool', 'text']) writeFileSync('d/' + name, process.argv[2]);
chmodSync('d/tool', 0o755);
`;

let remote: string;
const rigs: Rig[] = [];
const project = (word = 'one'): Rig => {
  const rig = new Rig({
    'pipeline.yaml': pipelineFile(word),
    'make.mjs': make,
    '.pipeline/config.yaml': `cache: { remote: ${JSON.stringify(remote)} }\n`,
  });
  rigs.push(rig);
  return rig;
};
beforeEach(() => {
  remote = mkdtempSync(path.join(tmpdir(), 'remote-test-'));
});
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.close();
  rmSync(remote, { recursive: true, force: true });
});

function place(store: string, kind: 'objects' | 'runs', name: string, text: string | null): string {
  const file = path.join(store, kind, name.slice(0, 2), name.slice(2));
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { recursive: true, force: true });
  if (text === null) assert.equal(spawnSync('mkfifo', [file]).status, 0);
  else writeFileSync(file, text);
  return file;
}

/** The fingerprint of the only stage. */
const fingerprintIn = (rig: Rig): string => /fingerprint: ([0-9a-f]{64})/.exec(rig.read('pipeline.lock'))![1]!;

function runEntry(fingerprint: string, outs: object): string {
  const json = JSON.stringify({ instance: 'tools', outs });
  return `${sha256(fingerprint + json)} ${json}\n`;
}

describe('programs and empty folders', () => {
  it('come back from the cache and from a remote, and are missed when they are gone', async () => {
    const rig = project();
    await rig.run();
    const check = (where: Rig): void => {
      assert.equal(statSync(path.join(where.root, 'd/tool')).mode & 0o111, 0o111);
      assert.equal(statSync(path.join(where.root, 'd/text')).mode & 0o111, 0);
      assert.ok(where.exists('d/empty'));
    };
    rig.remove('d');
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 1, fresh 0, failed 0');
    check(rig);
    chmodSync(path.join(rig.root, 'd/tool'), 0o644);
    assert.match((await rig.run('status')).stdout, /output d changed on disk/);
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 1, fresh 0, failed 0');
    check(rig);
    await rig.run('push');
    const other = project();
    other.write({ 'pipeline.lock': rig.read('pipeline.lock') });
    assert.match((await other.run('pull')).stdout, /put in place: d/);
    check(other);
    assert.equal(summary(await other.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
    // What lock files refer to stays, by these names as by others.
    await other.run('gc', '--older-than', '0d');
    other.remove('d');
    assert.equal(summary(await other.run()), 'ok: ran 0, restored 1, fresh 0, failed 0');
    check(other);
  });
});

describe('a remote that somebody poisoned', () => {
  const forms: Readonly<Record<string, (file: string) => readonly string[]>> = {
    'no list at all': () => ['x'],
    'paths that lead out': (file) => [`["../../victim","${file}",4]`],
    'another size': (file) => [`["a","${file}",5]`],
  };

  for (const [what, lines] of Object.entries(forms)) {
    it(`with a directory of ${what} costs a run, for nobody more than that`, async () => {
      const rig = project();
      await rig.run();
      const fingerprint = fingerprintIn(rig);
      place(remote, 'objects', sha256('evil'), 'evil');
      const text = lines(sha256('evil')).map((line) => `${line}\n`);
      const manifest = `${sha256(text.join(''))}.dir`;
      place(remote, 'objects', manifest, text.join(''));
      const size = text.join('').includes(',5]') ? 5 : 4 * text.length;
      const outs = { d: { digest: manifest, size, files: text.length } };
      place(remote, 'runs', `${fingerprint}.json`, runEntry(fingerprint, outs));
      const victim = project();
      for (const args of [['status'], ['--dry-run', '--pull'], ['--pull']]) {
        const { code, stdout, stderr } = await victim.run(...args);
        assert.deepEqual([code, stderr], [0, ''], args.join(' '));
        assert.match(stdout, args[0] === '--pull' ? /^ok: ran 1/m : /would run|to run/);
      }
      assert.equal(victim.read('d/text'), 'one');
      assert.equal(existsSync(path.join(victim.root, '../victim')), false);
      assert.match(summary(await victim.run('--pull')), /^ok: ran 0, restored 0, fresh 1/);
    });
  }

  it('with FIFOs in place of its files does not stop anybody', async function () {
    if (process.platform === 'win32') this.skip();
    const rig = project();
    await rig.run();
    await rig.run('push');
    for (const entry of readdirSync(remote, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      rmSync(path.join(entry.parentPath, entry.name));
      assert.equal(spawnSync('mkfifo', [path.join(entry.parentPath, entry.name)]).status, 0);
    }
    const other = project();
    assert.equal(summary(await other.run('--pull')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    other.remove('.pipeline/store');
    other.remove('d');
    const pulled = await other.run('pull');
    assert.equal(pulled.code, 1);
    assert.match(pulled.stdout, /corrupt in the remote, not taken/);
    const pushed = await rig.run('push');
    assert.match(pushed.stdout, /damaged in the remote, replaced: /);
    assert.match((await other.run('pull')).stdout, /put in place: d/);
  });
});

describe('a remote for several people', () => {
  const people = [65_531, 65_532] as const;
  const group = 65_530;

  beforeEach(function () {
    // Only root may be two users.
    if (process.getuid?.() !== 0) this.skip();
    chownSync(remote, 0, group);
    chmodSync(remote, 0o2770);
  });

  it('takes what each of them pushes, whatever their umask, and gives it to the others', async function () {
    const mask = process.umask(0o077);
    try {
      const [first, second] = [project('one'), project('two')];
      if (!first.beUser(people[0], group) || !second.beUser(people[1], group)) this.skip();
      for (const rig of [first, second]) {
        await rig.run();
        const { code, stderr } = await rig.run('push');
        assert.deepEqual([code, stderr], [0, '']);
      }
      const third = project('one');
      third.write({ 'pipeline.lock': first.read('pipeline.lock') });
      assert.ok(third.beUser(people[1], group));
      assert.match((await third.run('pull')).stdout, /put in place: d/);
    } finally {
      process.umask(mask);
    }
  });

  it('is named, with what to do, when it refuses one of them', async function () {
    const rig = project();
    chmodSync(remote, 0o2750);
    if (!rig.beUser(people[0], group)) this.skip();
    await rig.run();
    const { code, stderr } = await rig.run('push');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: the remote \S+ cannot be written: .* \(EACCES\)\. A remote for several people is a folder/,
    );
    assert.equal(stderr.trimEnd().split('\n').length, 1);
  });
});
