import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

describe('the start of the command line', function () {
  this.timeout(120_000);
  let root: string;
  // A copy of the program with a dist/ of its own.
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'pipeline-test-'));
    mkdirSync(path.join(root, 'bin'));
    mkdirSync(path.join(root, 'project'));
    for (const name of ['pipeline.js', 'package.json']) {
      copyFileSync(path.join(home, 'bin', name), path.join(root, 'bin', name));
    }
    for (const name of ['src', 'node_modules', 'package.json'])
      symlinkSync(path.join(home, name), path.join(root, name));
    writeFileSync(path.join(root, 'project/pipeline.yaml'), 'stages:\n  a: { cmd: echo, always_changed: true }\n');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const start = (...words: string[]): string => {
    const options = { cwd: path.join(root, 'project'), encoding: 'utf8' as const };
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [path.join(root, 'bin/pipeline.js'), ...words],
      options,
    );
    assert.deepEqual([status, stderr], [0, '']);
    return stdout;
  };
  const builds = (): string[] => readdirSync(path.join(root, 'dist/cli')).filter((name) => name.startsWith('build-'));
  const compiled = (): string[] => {
    const [build = ''] = builds();
    const files = readdirSync(path.join(root, 'dist/cli', build)).filter((name) => name.endsWith('.bin'));
    return files.map((name) => path.join(root, 'dist/cli', build, name));
  };

  it('keeps the compiled form of the bundle for each command, and makes a damaged one again', () => {
    const shown = start('dag');
    start('status');
    const files = compiled();
    assert.equal(files.length, 2);
    const dag = files.find((file) => file.endsWith('-dag.bin')) ?? '';
    const whole = readFileSync(dag);
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (whole[whole.length >> 1] ?? 0) ^ 0xff;
    for (const damaged of [flipped, whole.subarray(0, whole.length >> 1), Buffer.alloc(0)]) {
      writeFileSync(dag, damaged);
      assert.equal(start('dag'), shown);
      assert.equal(readFileSync(dag).equals(damaged), false);
      assert.equal(start('dag'), shown);
    }
    assert.equal(builds().length, 1);
  });

  const stampFile = (): string => path.join(root, 'dist/cli/current.json');
  const mainFile = (): string => {
    const { main } = JSON.parse(readFileSync(stampFile(), 'utf8')) as { main: string };
    return path.join(root, 'dist/cli', main);
  };

  it('takes no bundle that is not the one it made: it makes it again, and runs', () => {
    const shown = start('dag');
    const whole = readFileSync(mainFile());
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (whole[whole.length >> 1] ?? 0) ^ 1;
    const other = Buffer.from('(function (exports) { exports.main = () => { console.log("other"); return 0; }; })');
    for (const damaged of [whole.subarray(0, whole.length >> 1), flipped, other]) {
      writeFileSync(mainFile(), damaged);
      assert.equal(start('dag'), shown);
      assert.ok(readFileSync(mainFile()).equals(whole));
    }
    rmSync(mainFile());
    mkdirSync(mainFile());
    assert.equal(start('dag'), shown);
  });

  it('makes the bundle again where what names it is damaged', () => {
    const shown = start('dag');
    const whole = readFileSync(stampFile(), 'utf8');
    for (const damaged of [
      '',
      whole.slice(0, whole.length >> 1),
      '{}',
      whole.replace(/"digest":"[0-9a-f]+"/, '"digest":""'),
      whole.replace(/"main":"[^"]+"/, '"main":"../../project/pipeline.yaml"'),
    ]) {
      writeFileSync(stampFile(), damaged);
      assert.equal(start('dag'), shown, damaged);
      assert.match(readFileSync(stampFile(), 'utf8'), /"digest":"[0-9a-f]{64}"/);
    }
  });

  it('runs without keeping anything where dist/ cannot be written, and asks no other cache', () => {
    writeFileSync(path.join(root, 'dist'), 'in the way');
    const shared = path.join(root, 'shared');
    mkdirSync(shared);
    const options = {
      cwd: path.join(root, 'project'),
      encoding: 'utf8' as const,
      env: { ...process.env, TMPDIR: shared },
    };
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [path.join(root, 'bin/pipeline.js'), 'dag'],
      options,
    );
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /a/);
    assert.deepEqual(readdirSync(shared), []);
    assert.equal(readFileSync(path.join(root, 'dist'), 'utf8'), 'in the way');
  });

  it('keeps nothing under a name that is no command', () => {
    const options = { cwd: path.join(root, 'project'), encoding: 'utf8' as const };
    const { status } = spawnSync(process.execPath, [path.join(root, 'bin/pipeline.js'), 'nonsense'], options);
    assert.equal(status, 2);
    assert.deepEqual(compiled(), []);
  });
  it('gives a debugger the sources, and keeps nothing of that', () => {
    const look = path.join(root, 'look.cjs');
    writeFileSync(
      look,
      `const { Session } = require('node:inspector');
       const session = new Session();
       session.connect();
       session.on('Debugger.scriptParsed', ({ params: { url, sourceMapURL } }) => {
         if (!url.endsWith('/main.cjs')) return;
         const map = JSON.parse(Buffer.from(sourceMapURL.split(',')[1], 'base64'));
         console.log(map.sources.some((source) => source.endsWith('/src/cli/main.ts')));
       });
       session.post('Debugger.enable');`,
    );
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--inspect=0', '--require', look, path.join(root, 'bin/pipeline.js'), 'dag'],
      { cwd: path.join(root, 'project'), encoding: 'utf8' },
    );
    assert.equal(status, 0);
    assert.match(stdout, /^true$/m);
    assert.equal(existsSync(path.join(root, 'dist')), false);
  });
});
