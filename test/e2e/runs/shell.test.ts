import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

describe('a command of several lines', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const stage = (text: string): string =>
    `stages:\n  s:\n    cmd: |\n${text.replaceAll(/^/gm, '      ')}\n    outs: [out]\n`;

  it('stops at its first line that fails', async () => {
    rig = new Rig({ 'pipeline.yaml': stage('echo 1 > first\nfalse\necho 2 > out') });
    const { code, stdout } = await rig.run();
    assert.equal(code, 1);
    assert.match(stdout, /s: failed: exit code 1\n/);
    assert.equal(rig.exists('out'), false);
    assert.equal(rig.exists('first'), true);
  });

  it('is one shell text all the same: blocks, functions, here-documents, variables and long lines', async () => {
    rig = new Rig({
      'pipeline.yaml': stage(
        [
          'make() {',
          '  echo "$1" \\',
          '    >> out',
          '}',
          'cat > out <<END',
          'false',
          'END',
          'if false; then',
          '  exit 9',
          'else',
          '  make one',
          'fi',
          'X=two; cd .',
          'false || make $X',
          'for i in 1 2; do',
          '  test $i = 2 && make loop || true',
          'done',
          'grep -q nothing out || make three',
        ].join('\n'),
      ),
    });
    const { code, stdout } = await rig.run();
    assert.equal(code, 0, stdout);
    assert.equal(rig.read('out'), 'false\none\ntwo\nloop\nthree\n');
  });

  it('lets a pipe count by its last command, and a single line as ever', async () => {
    rig = new Rig({ 'pipeline.yaml': stage('false | cat\necho 1 > out') });
    assert.equal((await rig.run()).code, 0);
    rig.write({ 'pipeline.yaml': 'stages:\n  s:\n    cmd: "false; echo 1 > out"\n    outs: [out]\n' });
    assert.equal((await rig.run()).code, 0);
  });
});

describe('a command that cannot be started', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('fails its own stage, because it is too long; what runs beside it ends well', async () => {
    rig = new Rig({
      'params.yaml': `files: "${'x'.repeat(140_000)}"\n`,
      'pipeline.yaml': `
vars: [params.yaml]
stages:
  other: { cmd: node hold.mjs other o.txt, outs: [o.txt] }
  long: { cmd: 'echo \${files} > l.txt', outs: [l.txt] }
`,
    });
    await rig.listen();
    const { result } = rig.start('-j2', '--keep-going');
    (await rig.held('other')).release();
    const { code, stdout, stderr } = await result;
    assert.equal(code, 1);
    assert.equal(stderr, '');
    assert.match(
      stdout,
      /long: failed: the command is 137 KiB long, and the system takes at most 128 KiB .* Write the list .* to a file/,
    );
    assert.match(stdout, /other: done/);
    assert.equal(rig.read('o.txt'), 'all of other\n');
  });

  it('nor where the system gives no more descriptors', () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  s:
    matrix: { i: [${Array.from({ length: 40 }, (_, at) => at).join(', ')}] }
    cmd: sleep 0.2; echo 1 > out-\${item.i}
    outs: ['out-\${item.i}']
`,
    });
    const bin = path.resolve(import.meta.dirname, '../../../bin/pipeline.js');
    execFileSync(process.execPath, [bin, 'status'], { cwd: rig.root });
    const { status, stdout, stderr } = spawnSync(
      '/bin/sh',
      ['-c', `ulimit -n 64; exec ${process.execPath} ${bin} -j 40 --keep-going`],
      { cwd: rig.root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
    );
    assert.doesNotMatch(stdout + stderr, /TypeError|\n {4}at /);
    assert.equal(status, 1, stdout + stderr);
    assert.match(stdout, /s@\d+: failed: .*EMFILE/);
    assert.match(stdout, /failed: ran \d+, restored 0, fresh 0, failed \d+/);
  });
});

describe('what a shell says of a command that is not for it', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('comes with what to write instead', async () => {
    rig = new Rig({
      'params.yaml': 'args: echo hi there\n',
      'pipeline.yaml': `
vars: [params.yaml]
stages:
  words: { cmd: '\${args}', outs: [a] }
  dash: { cmd: 'exit 2', outs: [b] }
`,
    });
    const { stdout } = await rig.run('--keep-going');
    assert.match(
      stdout,
      /words: failed: exit code 127 \(Command not found\): .*the value is quoted as one word\. Write \$\{raw:NAME\}/,
    );
    assert.match(stdout, /dash: failed: exit code 2\n/);
  });
});

describe('what a command leaves behind', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('does not keep the run waiting, even if it has left the process group with the output open', async function () {
    if (spawnSync('setsid', ['--version']).status !== 0) this.skip();
    rig = new Rig({
      'pipeline.yaml': `
stages:
  s:
    cmd: setsid sh -c 'echo $$ > pid; exec sleep 1000' & while ! test -s pid; do :; done; echo said; echo hi > out
    outs: [out]
`,
    });
    const { code, stdout } = await rig.run();
    assert.equal(code, 0);
    assert.match(stdout, /s \| said\n/);
    process.kill(Number(rig.read('pid')), 'SIGKILL');
  });
});

describe('the output of a command', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('is in the log byte for byte', async () => {
    const text = String.raw`a\r\nb\000\377\nrewritten 1\rrewritten 2\nno newline`;
    rig = new Rig({
      'pipeline.yaml': `stages:\n  s: { cmd: 'printf "${text}"; echo 1 > out', outs: [out] }\n  t: { cmd: 'echo t; echo 1 > out2', outs: [out2] }\n`,
    });
    const { stdout } = await rig.run('-j1');
    assert.match(stdout, /s \| rewritten 2\n/);
    const expected = execFileSync('/bin/sh', ['-c', `printf "${text}"`]);
    assert.deepEqual(readFileSync(path.join(rig.root, '.pipeline/logs/s.log')), expected);
    const bin = path.resolve(import.meta.dirname, '../../../bin/pipeline.js');
    assert.deepEqual(execFileSync(process.execPath, [bin, 'logs', 's'], { cwd: rig.root }), expected);
    assert.match((await rig.run('logs', '*')).stdout, /no newline\n--- t\nt\n/);
  });

  it('of Python comes when it is written, unless the user wants otherwise', async () => {
    rig = new Rig({ 'pipeline.yaml': 'stages:\n  s: { cmd: "echo [$PYTHONUNBUFFERED] > out", outs: [out] }\n' });
    const before = process.env['PYTHONUNBUFFERED'];
    try {
      delete process.env['PYTHONUNBUFFERED'];
      await rig.run();
      assert.equal(rig.read('out'), '[1]\n');
      process.env['PYTHONUNBUFFERED'] = '';
      await rig.run('--force');
      assert.equal(rig.read('out'), '[]\n');
    } finally {
      if (before === undefined) delete process.env['PYTHONUNBUFFERED'];
      else process.env['PYTHONUNBUFFERED'] = before;
    }
  });
});

describe('a stage that calls the pipeline', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const bin = path.resolve(import.meta.dirname, '../../../bin/pipeline.js');

  it('for itself, or for a stage beside it, is told of the circle', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  itself: { cmd: 'node ${bin} --stage itself', outs: [a] }
  second: { cmd: 'node ${bin} --stage third', outs: [b] }
  third: { cmd: cp b c, deps: [b], outs: [c] }
`,
    });
    const { code, stdout } = await rig.run('--keep-going');
    assert.equal(code, 1);
    assert.match(
      stdout,
      /itself \| error: itself cannot be run by its own command: it would wait for itself \(itself -> itself\)/,
    );
    assert.match(stdout, /second \| error: (?:second|third) cannot be run by/);
  });

  it('for another stage, or in another project, runs', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  outer: { cmd: 'node ${bin} --stage inner && cd nested && node ${bin} && cp outer ../a', outs: [a] }
  inner: { cmd: 'echo 1 > b', outs: [b] }
`,
      'nested/pipeline.yaml': "stages:\n  outer: { cmd: 'echo nested > outer', outs: [outer] }\n",
    });
    const { code, stdout } = await rig.run('--stage', 'outer');
    assert.equal(code, 0, stdout);
    assert.equal(rig.read('a'), 'nested\n');
    assert.match(summary(await rig.run()), /fresh 2|up to date/);
  });
});
