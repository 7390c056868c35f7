import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Result, Rig, summary } from '../support/rig.ts';

const works = 'stages: { s: { cmd: echo hi > o, outs: [o] } }\n';
const fails = 'stages: { s: { cmd: exit 1, outs: [o] } }\n';

/** Every folder that the pipeline keeps in `.pipeline`, some of its files, and the folders of its cache. */
const places = [
  '.pipeline',
  ...[
    ...['begun', 'closures', 'durations.json', 'held', 'journal', 'logs', 'parsed', 'rejected', 'replaced'],
    ...['running', 'scratch', 'scratch/s', 'stat-index.json', 'store', 'tmp'],
    ...['store/objects', 'store/quarantine', 'store/runs', 'store/tmp'],
  ].map((name) => `.pipeline/${name}`),
];

/** The commands that write or remove most. */
const commands: readonly (readonly [pipelineFile: string, ...args: string[]])[] = [
  [works, 'status'],
  [works, 'run'],
  [fails, 'run'],
  [works, 'gc', '--older-than', '0d'],
];
const otherCommands: typeof commands = [
  [works, 'doctor'],
  [works, 'run', '--dry-run'],
  [works, 'logs', 's'],
  [works, 'unlock', '--force'],
  [works, 'runs'],
];

describe('a link inside .pipeline, or in its place', function () {
  this.timeout(120_000);
  let rig: Rig;
  let victim: string;
  beforeEach(() => {
    rig = new Rig({ 'pipeline.yaml': works });
    victim = mkdtempSync(path.join(tmpdir(), 'victim-'));
    mkdirSync(path.join(victim, 'sub/tmp'), { recursive: true });
    mkdirSync(path.join(victim, 'tmp'));
    for (const name of ['keep', 'old.tmp', 'sub/k', 'sub/tmp/k', 'tmp/k', 'tmp/k.tmp']) {
      const file = path.join(victim, name);
      writeFileSync(file, 'precious');
      utimesSync(file, 1, 1);
    }
  });
  afterEach(() => {
    rig.close();
    rmSync(victim, { recursive: true, force: true });
  });

  const link = (place: string): void => {
    mkdirSync(path.dirname(path.join(rig.root, place)), { recursive: true });
    symlinkSync(victim, path.join(rig.root, place));
  };
  const names = (): string[] => readdirSync(victim, { recursive: true, encoding: 'utf8' }).sort();
  const refusal = /^error: expected a file or folder of the pipeline's own at \S+, found a symbolic link to [^\n]*\n$/;

  for (const place of places) {
    it(`leaves alone what it leads to, whatever is called: ${place}`, async () => {
      const before = names();
      link(place);
      const told: Result[] = [];
      const all = place.includes('/') && place !== '.pipeline/journal' ? commands : [...commands, ...otherCommands];
      for (const [pipelineFile, ...args] of all) {
        rig.write({ 'pipeline.yaml': pipelineFile });
        const result = await rig.run(...args);
        if (args[0] === 'run' || args[0] === 'gc') told.push(result);
        assert.doesNotMatch(result.stderr, /\n {4}at /, args.join(' '));
        assert.deepEqual(names(), before, args.join(' '));
      }
      // What only a stage with this name would use is met when it runs.
      const refused = told.filter(({ code, stderr, stdout }) => code !== 0 && /symbolic link/.test(stderr + stdout));
      assert.ok(refused.length > 0);
      for (const { stderr } of refused) if (stderr !== '') assert.match(stderr, refusal);
      if (!place.includes('scratch/')) assert.equal(rig.exists('o'), false);
    });
  }

  it('is no matter once it is removed, nor for settings, which are only read', async () => {
    link('.pipeline/tmp');
    assert.equal((await rig.run()).code, 2);
    rm('.pipeline/tmp');
    writeFileSync(path.join(victim, 'settings.yaml'), 'cache: { dir: kept }\n');
    symlinkSync(path.join(victim, 'settings.yaml'), path.join(rig.root, '.pipeline/config.yaml'));
    assert.match(summary(await rig.run()), /^ok: ran 1/);
    assert.ok(rig.exists('kept/objects'));
  });

  it('is followed where a person names it as cache.dir, but not inside the cache', async () => {
    mkdirSync(path.join(rig.root, 'disk'));
    symlinkSync('disk', path.join(rig.root, 'kept'));
    rig.write({ '.pipeline/config.yaml': 'cache: { dir: kept }\n' });
    assert.match(summary(await rig.run()), /^ok: ran 1/);
    assert.ok(rig.exists('disk/objects'));
    rm('disk/quarantine');
    symlinkSync(victim, path.join(rig.root, 'disk/quarantine'));
    const before = names();
    const { code, stderr } = await rig.run('gc', '--older-than', '0d');
    assert.equal(code, 2);
    assert.match(stderr, refusal);
    assert.deepEqual(names(), before);
  });

  function rm(place: string): void {
    rmSync(path.join(rig.root, place), { recursive: true, force: true });
  }
});
