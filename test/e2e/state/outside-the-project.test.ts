import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
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
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

function git(rig: Rig, ...args: string[]): void {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...identity, ...args], { cwd: rig.root, stdio: 'ignore' });
}

/** A project of one stage and a folder beside it that is nobody's business. */
class Beside {
  readonly rig: Rig;
  readonly outside = mkdtempSync(path.join(tmpdir(), 'outside-'));

  constructor(stage: string, files: Readonly<Record<string, string>> = {}) {
    this.rig = new Rig({ 'pipeline.yaml': `stages:\n  s: ${stage}\n`, ...files });
    mkdirSync(path.join(this.outside, 'x'));
    writeFileSync(path.join(this.outside, 'x/keep'), 'precious');
  }

  untouched(): boolean {
    return (
      readFileSync(path.join(this.outside, 'x/keep'), 'utf8') === 'precious' &&
      readdirSync(this.outside, { recursive: true }).length === 2
    );
  }

  close(): void {
    this.rig.close();
    rmSync(this.outside, { recursive: true, force: true });
  }
}

describe('an output that a link leads out of the project', () => {
  for (const [title, link, to, out] of [
    ['by the folder that it lies in', 'data', '.', 'data/x'],
    ['by a folder further up', 'data', '.', 'data/new/folder/x'],
    ['by itself', 'x', 'x', 'x'],
    ['to a place that does not exist yet', 'x', 'not-yet', 'x'],
  ] as const) {
    it(`is refused before anything is touched: ${title}`, async () => {
      for (const cmd of [`mkdir -p ${out} && echo new > ${out}/new`, 'exit 1']) {
        const beside = new Beside(`{cmd: "${cmd}", outs: [${out}]}`);
        try {
          symlinkSync(path.join(beside.outside, to), path.join(beside.rig.root, link));
          const { code, stderr } = await beside.rig.run();
          assert.equal(code, 2, stderr);
          assert.match(
            stderr,
            /pipeline\.yaml:2:\d+ {2}error: the output ".*" of "s" really lies outside the project, at /,
          );
          assert.ok(beside.untouched());
        } finally {
          beside.close();
        }
      }
    });
  }

  it('is refused when a stage before it makes the link', async () => {
    const beside = new Beside('{cmd: "echo > done", outs: [done]}');
    try {
      beside.rig.write({
        'pipeline.yaml': `stages:
  link: {cmd: "rm -rf data && ln -s ${beside.outside} data && echo > done", outs: [done]}
  s: {cmd: "echo > data/x/new", deps: [done], outs: [data/x]}
`,
      });
      const { code, stdout } = await beside.rig.run();
      assert.equal(code, 1);
      assert.match(stdout, /output data\/x really lies outside the project/);
      assert.ok(beside.untouched());
    } finally {
      beside.close();
    }
  });

  it('may lie on another disk through a link to the project itself', async () => {
    const rig = new Rig({ 'pipeline.yaml': 'stages:\n  s: {cmd: "echo 1 > o", outs: [o]}\n' });
    const alias = `${rig.root}-alias`;
    try {
      symlinkSync(rig.root, alias);
      assert.match(summary(await rig.run('--stage', 's')), /^ok: ran 1/);
      const env = { ...process.env, NO_COLOR: '1' };
      const bin = path.resolve(import.meta.dirname, '../../../bin/pipeline.js');
      const text = execFileSync(process.execPath, [bin], { cwd: alias, env, encoding: 'utf8' });
      assert.match(text, /fresh 1/);
    } finally {
      rmSync(alias, { force: true });
      rig.close();
    }
  });
});

describe('an output that holds what the project needs', () => {
  const project = {
    'params.yaml': 'a: 1\n',
    'conf/p.yaml': 'b: 1\n',
    'src/a.mjs': "import './b.mjs'; import { writeFileSync } from 'node:fs'; writeFileSync('o', '1');\n",
    'src/b.mjs': '',
  };
  for (const [stage, expected] of [
    ['{cmd: "true", outs: [.git]}', /2:\d+ {2}error: the output "\.git" lies in \.git/],
    ['{cmd: "true", outs: [.GIT/hooks/post-checkout]}', /lies in \.git/],
    ['{cmd: "true", outs: [vendor/lib/.git]}', /lies in \.git/],
    ['{cmd: "true", outs: [.pipeline]}', /the output "\.pipeline" lies in \.pipeline/],
    ['{cmd: "true", outs: [.pipeline/store]}', /lies in \.pipeline/],
    ['{cmd: "true", outs: [pipeline.yaml]}', /the output "pipeline\.yaml" is the pipeline file/],
    ['{cmd: "true", outs: [pipeline.lock]}', /the output "pipeline\.lock" is the lock file/],
    ['{cmd: "true", outs: [params.yaml]}', /the output "params\.yaml" is the params file/],
    ['{cmd: "true", outs: [conf], vars: [conf/p.yaml]}', /the output "conf" holds the params file "conf\/p\.yaml"/],
    ['{cmd: "true", outs: ["${dir}"], vars: [{dir: conf}, conf/p.yaml]}', /"conf" holds the params file/],
    ['{cmd: "true", outs: [src], code: [src/a.mjs]}', /the output "src" holds "src\/a\.mjs", the code of its stage/],
    ['{cmd: "echo > o", wdir: src, outs: [../src]}', /the output "src" holds the folder that its stage runs in/],
  ] as const) {
    it(`is refused at its place in pipeline.yaml: ${stage}`, async () => {
      const rig = new Rig({ ...project, 'pipeline.yaml': `stages:\n  s: ${stage}\n` });
      try {
        git(rig, 'init', '-q');
        const { code, stderr } = await rig.run();
        assert.equal(code, 2, stderr);
        assert.match(stderr, expected);
        assert.ok(existsSync(path.join(rig.root, '.git/HEAD')));
        for (const [file, text] of Object.entries(project)) assert.equal(rig.read(file), text);
      } finally {
        rig.close();
      }
    });
  }

  it('is refused when its command names the code, or that code imports what lies there', async () => {
    for (const out of ['src', 'src/b.mjs']) {
      const rig = new Rig({ ...project, 'pipeline.yaml': `stages:\n  s: {cmd: node src/a.mjs, outs: [${out}]}\n` });
      try {
        const { code, stdout } = await rig.run();
        assert.equal(code, 1, stdout);
        assert.match(stdout, /holds src\/[ab]\.mjs, the code of the stage itself; nothing was touched/);
        for (const [file, text] of Object.entries(project)) assert.equal(rig.read(file), text);
      } finally {
        rig.close();
      }
    }
  });

  it('is refused when git tracks what is there, but not once the stage has made it', async () => {
    const rig = new Rig({
      'data/raw.csv': 'by hand\n',
      'pipeline.yaml': 'stages:\n  s: {cmd: "mkdir -p data && echo made > data/raw.csv", outs: [data]}\n',
    });
    try {
      git(rig, 'init', '-q');
      git(rig, 'add', '.');
      const refused = await rig.run();
      assert.equal(refused.code, 1);
      assert.match(
        refused.stdout,
        /output data is there already with data\/raw\.csv, which git tracks; nothing was touched/,
      );
      assert.match(refused.stdout, /git rm -r --cached data/);
      assert.equal(rig.read('data/raw.csv'), 'by hand\n');
      git(rig, 'rm', '-r', '-q', '--cached', 'data');
      assert.match(summary(await rig.run()), /^ok: ran 1/);
      git(rig, 'add', '-f', 'data');
      assert.match(summary(await rig.run('--force')), /^ok: ran 1/);
    } finally {
      rig.close();
    }
  });

  it('takes the place of a tracked metrics file, which is meant for git', async () => {
    const rig = new Rig({
      'm.json': '{"a": 1}\n',
      'pipeline.yaml': 'stages:\n  s: {cmd: "echo \'{}\' > m.json", metrics: [m.json]}\n',
    });
    try {
      git(rig, 'init', '-q');
      git(rig, 'add', '.');
      assert.match(summary(await rig.run()), /^ok: ran 1/);
    } finally {
      rig.close();
    }
  });
});

describe('what was in the place of an output before a stage ever made it', () => {
  const stage = 'stages:\n  s: {cmd: "mkdir -p o && echo made > o/f && exit ${code}", outs: [o]}\n';

  it('is kept aside, with a note that says where', async () => {
    const rig = new Rig({ 'pipeline.yaml': stage, 'params.yaml': 'code: 0\n', 'o/by-hand': 'hours of work' });
    try {
      const { stdout } = await rig.run();
      const place = /kept aside: o \(now ([^)]+)\)/.exec(stdout)?.[1];
      assert.ok(place !== undefined, stdout);
      assert.equal(rig.read(`${place}/by-hand`), 'hours of work');
      assert.deepEqual(readdirSync(path.join(rig.root, 'o')), ['f']);
      assert.doesNotMatch((await rig.run('--force')).stdout, /kept aside/);
    } finally {
      rig.close();
    }
  });

  it('is none of what a failed or killed run of the stage left', async () => {
    const rig = new Rig({ 'pipeline.yaml': stage, 'params.yaml': 'code: 1\n' });
    try {
      assert.equal((await rig.run()).code, 1);
      rig.write({ 'pipeline.yaml': stage.replace('exit ${code}', 'kill -9 $PPID && sleep 60') });
      await rig.run();
      rig.write({ 'pipeline.yaml': stage, 'params.yaml': 'code: 0\n' });
      const { code, stdout } = await rig.run();
      assert.equal(code, 0);
      assert.doesNotMatch(stdout, /kept aside/);
    } finally {
      rig.close();
    }
  });
});

describe('pull', () => {
  let rig: Rig;
  let remote: string;
  beforeEach(() => {
    remote = mkdtempSync(path.join(tmpdir(), 'remote-'));
    rig = new Rig({
      'pipeline.yaml': 'stages:\n  s: {cmd: "mkdir d && echo 1 > d/f", outs: [d]}\n',
      '.pipeline/config.yaml': `cache: { remote: ${remote} }\n`,
    });
  });
  afterEach(() => {
    rig.close();
    rmSync(remote, { recursive: true, force: true });
  });

  it('puts in place what pipeline.yaml declares, whatever a lock file says', async () => {
    await rig.run();
    await rig.run('push');
    const lock = rig.read('pipeline.lock');
    const line = /^ {6}d: .*$/m.exec(lock)?.[0] ?? '';
    const names = [
      ...['.git/hooks/post-checkout', '../elsewhere', '/elsewhere', 'd/../../elsewhere', '__proto__', 'other', '.'],
      ...fc
        .sample(fc.array(fc.constantFrom('..', '.', 'd', '.git', 'x', ''), { minLength: 1, maxLength: 5 }), 40)
        .map((segments) => segments.join('/')),
    ].filter((name) => name !== 'd' && name !== '');
    const added = [...new Set(names)].map((name) => line.replace('d:', `${JSON.stringify(name)}:`)).join('\n');
    const stranger = lock.slice(lock.indexOf('  s:')).replace('  s:', '  stranger:').replace('      d:', '      e:');
    rig.write({ 'pipeline.lock': `${lock.replace(line, `${line}\n${added}`)}${stranger}` });
    rig.remove('d');
    rig.remove('.pipeline/store');
    const before = readdirSync(rig.root).sort();
    const around = readdirSync(path.dirname(rig.root)).filter((name) => name === 'elsewhere');
    const pulled = await rig.run('pull');
    assert.equal(pulled.code, 0, pulled.stderr);
    assert.match(pulled.stdout, /put in place: d\n/);
    assert.deepEqual(readdirSync(rig.root).sort(), [...before, 'd'].sort());
    assert.deepEqual(
      readdirSync(path.dirname(rig.root)).filter((name) => name === 'elsewhere'),
      around,
    );
  });

  it('does not follow a link that somebody committed in the place of an output', async () => {
    await rig.run();
    await rig.run('push');
    rig.remove('d');
    const outside = mkdtempSync(path.join(tmpdir(), 'outside-'));
    try {
      symlinkSync(path.join(outside, 'x'), path.join(rig.root, 'd'));
      const { code, stderr } = await rig.run('pull');
      assert.equal(code, 2);
      assert.match(stderr, /really lies outside the project/);
      assert.deepEqual(readdirSync(outside), []);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });
});
