import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCkPlus } from '../../src/synthetic/write-corpus.ts';
import { ProjectCopy } from './project-copy.ts';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** The params file and the command of README's section, as a reader copies them. */
function ownData(): { readonly params: string; readonly words: readonly string[] } {
  const section = /^## Your own data$([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
  const params = /```yaml\n(# params\/mine\.yaml\n[\s\S]*?)```/.exec(section)?.[1];
  const command = /```\n(npm run pipeline -- [^\n]*)\n```/.exec(section)?.[1];
  if (params === undefined || command === undefined) throw new Error('README has no params file or command there');
  return { params, words: command.replace('npm run pipeline -- ', '').split(' ') };
}

describe('“Your own data” of the README', function () {
  this.timeout(240_000);
  const { params, words } = ownData();
  const project = new ProjectCopy('own');
  const outside = mkdtempSync(path.join(tmpdir(), 'corpora-'));
  const corpus = path.join(outside, 'CK+ (mine) überall');
  const env = { HOME: outside };
  const write = (root: string): void =>
    writeFileSync(path.join(project.root, 'params/mine.yaml'), params.replace('/path/to/CK+', root));
  const prepare = (): { code: number | null; output: string } =>
    project.run([...words, '--stage', 'prepare@faces'], env);
  const subjects = (): unknown =>
    (JSON.parse(readFileSync(path.join(project.root, 'runs/mine/prepared/faces/index.json'), 'utf8')) as Index).corpora;

  before(async () => {
    await writeCkPlus(corpus, {
      subjects: 5,
      scale: 0.1,
      frames: { min: 8, max: 9 },
      difficulty: {
        ...{ peakIntensity: { min: 0.7, max: 1 }, weakShare: { min: 0.35, max: 0.6 }, expressivitySpread: 0 },
        ...{ idiosyncrasy: 0, blend: 0, restingFace: 0, pose: 0, light: 0, noise: 0, blur: 0 },
      },
      seed: 1,
    });
  });

  after(() => {
    project.remove();
    rmSync(outside, { recursive: true, force: true });
  });

  it('plans the whole experiment with a corpus that lies outside the project', () => {
    write(corpus);
    const { code, output } = project.run([...words, '--dry-run'], env);
    assert.equal(code, 0, output);
    assert.match(output, /^prepare@faces: /m);
    assert.doesNotMatch(output, /synthesize@oulu-casia/);
    assert.match(output, /^tables: /m);
  });

  it('prepares it, whatever is in its path, and knows it again', () => {
    const first = prepare();
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /prepare@faces\s.*ck-plus: \d+ sequences of 5 subjects/);
    assert.deepEqual(
      (subjects() as { subjects: number }[]).map((one) => one.subjects),
      [5],
    );
    assert.match(prepare().output, /nothing to do|up to date|fresh/);
  });

  it('finds it below the home directory and through a link, and computes nothing twice', () => {
    symlinkSync(corpus, path.join(outside, 'linked'));
    for (const root of ['~/CK+ (mine) überall', path.join(outside, 'linked'), '~/linked']) {
      write(root);
      const { code, output } = prepare();
      assert.equal(code, 0, output);
      assert.match(output, /prepare/);
    }
  });

  it('says in one message that it is missing, closed or empty', () => {
    const empty = path.join(outside, 'empty');
    mkdirSync(empty);
    write(path.join(outside, 'CK'));
    const missing = prepare();
    assert.equal(missing.code, 2, missing.output);
    assert.match(missing.output, /error: "[^"]*\/CK" does not exist, and no stage makes it/);
    assert.match(missing.output, /params\/mine\.yaml:\d+:\d+/);
    write(empty);
    const nothing = prepare();
    assert.equal(nothing.code, 1, nothing.output);
    assert.match(nothing.output, /empty/);
    for (const { output } of [missing, nothing]) assert.doesNotMatch(output, /^\s+at .*:\d+:\d+\)?$/m, 'a stack trace');
  });

  it('says in one message that it may not be read', function () {
    // Root reads everything; an ordinary user runs this.
    if (process.getuid?.() === 0) this.skip();
    const closed = path.join(outside, 'closed');
    mkdirSync(closed, { mode: 0o000 });
    try {
      write(closed);
      const { code, output } = prepare();
      assert.notEqual(code, 0);
      assert.match(output, /closed.*may not be read/);
    } finally {
      chmodSync(closed, 0o700);
    }
  });
});

interface Index {
  readonly corpora: readonly { readonly corpus: string; readonly subjects: number }[];
}
