import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

/** Makes 400 folders in one another, which no path reaches, in a folder that is named. */
const deep = `
const { chdir, argv } = process;
const { mkdirSync, writeFileSync } = require('node:fs');
mkdirSync(argv[2], { recursive: true });
chdir(argv[2]);
for (let at = 0; at < 400; at++) {
  mkdirSync('x'.repeat(20));
  chdir('x'.repeat(20));
}
writeFileSync('f', '');
`;

describe('what cannot simply be removed', function () {
  this.timeout(60_000);
  let rig: Rig;
  afterEach(() => {
    // Node's own removal stops at paths that are too long.
    spawnSync('rm', ['-rf', rig.root]);
    rig.close();
  });
  const temporary = (): string[] => readdirSync(path.join(rig.root, '.pipeline/tmp'));

  it('goes all the same where it lies too deep: what a failed command left, and what was set aside', async () => {
    rig = new Rig({
      'deep.cjs': deep,
      'pipeline.yaml': 'stages: { s: { cmd: "node deep.cjs o; exit 1", outs: [o] } }\n',
    });
    for (let at = 0; at < 2; at++) {
      const failed = await rig.run();
      assert.match(failed.stdout, /s: failed: exit code 1/);
      assert.equal(failed.stderr, '');
      assert.deepEqual(temporary(), []);
      assert.equal(rig.exists('o'), false);
    }
    rig.write({ 'pipeline.yaml': 'stages: { s: { cmd: node deep.cjs o, outs: [o] } }\n' });
    for (let at = 0; at < 2; at++) {
      const { stdout } = await rig.run();
      assert.match(stdout, /s: failed: .* has a name that is longer than .* it is in \.pipeline\/rejected\/s\./);
    }
    const gc = await rig.run('gc', '--older-than', '0d');
    assert.equal(gc.code, 0, gc.stderr);
    assert.equal(rig.exists('.pipeline/rejected'), false);
  });

  it('goes where a killed run, or an unfinished stage, left it too deep', async () => {
    rig = new Rig({
      'deep.cjs': deep,
      'pipeline.yaml': 'stages: { s: { cmd: "echo > o; test -e fine", outs: [o] } }\n',
    });
    const inTmp = path.join(rig.root, '.pipeline/tmp/restore.1');
    const kept = path.join(rig.root, '.pipeline/scratch/s/of-another-fingerprint');
    for (const place of [inTmp, kept]) spawnSync(process.execPath, ['deep.cjs', place], { cwd: rig.root });
    assert.ok(existsSync(kept));
    const { stdout, stderr } = await rig.run();
    assert.match(stdout, /s: failed: exit code 1/);
    assert.equal(stderr, '');
    assert.deepEqual(temporary(), []);
    assert.equal(existsSync(kept), false);
  });

  describe('because a container left it to another user', () => {
    const foreign = (place: string): void => {
      assert.equal(spawnSync('chown', ['-R', '0:0', path.join(rig.root, place)]).status, 0);
    };
    const project = (context: Mocha.Context): void => {
      rig = new Rig({
        'pipeline.yaml':
          'stages: { s: { cmd: "mkdir -p o/sub && cp in o/sub/f && ! grep -q bad in", deps: [in], outs: [o] } }\n',
        in: '1',
      });
      if (process.getuid?.() !== 0 || !rig.beUser(65_533, 65_533)) context.skip();
    };

    it('stays whole in its place, with one message, and goes once it is taken over', async function () {
      project(this);
      assert.match(summary(await rig.run()), /^ok: ran 1/);
      for (const place of ['o/sub', 'o']) {
        foreign(place);
        rig.write({ in: `2 ${place}` });
        for (let at = 0; at < 2; at++) {
          const { code, stdout, stderr } = await rig.run();
          assert.equal(code, 1);
          assert.match(
            stdout,
            new RegExp(
              `s: failed: output o cannot be replaced: the folder ${place} belongs to another user \\(0\\), as a container leaves it\\. ` +
                'It stays as it is\\. Take it over, or remove it, and run again: sudo chown -R 65533 o\\n',
            ),
          );
          assert.equal(stderr, '');
          assert.equal(rig.read('o/sub/f'), '1');
          assert.deepEqual(temporary(), []);
        }
      }
      spawnSync('chown', ['-R', '65533', path.join(rig.root, 'o')]);
      assert.match(summary(await rig.run()), /^ok: ran 1/);
      assert.equal(rig.read('o/sub/f'), '2 o');
    });

    it('stays in its place when it is restored over as well', async function () {
      project(this);
      await rig.run();
      rig.write({ in: '2' });
      await rig.run();
      foreign('o/sub');
      rig.write({ in: '1' });
      const { stdout } = await rig.run();
      assert.match(stdout, /s: failed: output o cannot be replaced: /);
      assert.equal(rig.read('o/sub/f'), '2');
    });

    it('is one warning where it is a leftover, and nothing else', async function () {
      project(this);
      const left = path.join(rig.root, '.pipeline/tmp/restore.1/sub');
      mkdirSync(left, { recursive: true });
      writeFileSync(path.join(left, 'f'), '');
      assert.ok(rig.beUser(65_533, 65_533));
      foreign('.pipeline/tmp/restore.1/sub');
      const { code, stdout, stderr } = await rig.run();
      assert.equal(code, 0, stderr);
      assert.match(
        stdout,
        /^(?:warning: |! )?\.pipeline\/tmp\/restore\.1 could not be removed \(EACCES\)\. It holds files of another user, as containers leave them\. Nothing depends on it; to be rid of it: sudo rm -r \.pipeline\/tmp\/restore\.1$/m,
      );
      assert.match(summary({ code, stdout, stderr, signal: null }), /^ok: ran 1/);
      chownSync(left, 65_533, 65_533);
    });

    it('is told beside the failure of the command that left it', async function () {
      project(this);
      await rig.run();
      rig.write({
        'pipeline.yaml':
          'stages: { s: { cmd: "mkdir -p o/sub && touch o/sub/f && node held.mjs", deps: [in], outs: [o] } }\n',
      });
      rig.write({
        'held.mjs':
          'import { existsSync } from "node:fs"; import { setTimeout } from "node:timers/promises";\n' +
          'console.log("ready"); while (!existsSync("go")) await setTimeout(10); process.exit(3);\n',
      });
      const { child, result } = rig.start('run');
      await new Promise<void>((resolve) => {
        child.stdout?.on('data', (text: string) => {
          if (text.includes('ready')) resolve();
        });
      });
      foreign('o/sub');
      rig.write({ go: '' });
      const { stdout } = await result;
      assert.match(
        stdout,
        /s: failed: exit code 3\. What it left: output o cannot be replaced: the folder o\/sub belongs/,
      );
    });
  });
});
