import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const rigs: Rig[] = [];
let folder: string;

/** A project that has its cache, its remote, or both in a folder that it shares with others. */
function project(settings: string, data: string): Rig {
  const rig = new Rig({
    'pipeline.yaml': `
stages:
  # What the command runs is not told by its text.
  data: { cmd: 'sh $(printf make).sh > data.csv', outs: [data.csv] }
  model: { cmd: 'sh train.sh > model.txt', deps: [data.csv], outs: [model.txt] }
`,
    'make.sh': `echo ${data}\n`,
    'train.sh': 'cat data.csv\n',
    '.pipeline/config.yaml': settings,
  });
  rigs.push(rig);
  return rig;
}

describe('a stage with neither dependencies nor code', () => {
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'pipeline-shared-'))));
  afterEach(() => {
    for (const rig of rigs.splice(0)) rig.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gets nothing from other projects through a shared cache, and its own results all the same', async () => {
    const settings = `cache: { dir: ${folder} }\n`;
    const [one, other] = [project(settings, '1'), project(settings, '2')];
    assert.match(summary(await one.run()), /^ok: ran 2/);
    assert.match(summary(await other.run()), /^ok: ran 2/);
    assert.equal(other.read('model.txt'), '2\n');
    for (const file of ['data.csv', 'model.txt', 'pipeline.lock']) one.remove(file);
    assert.match(summary(await one.run()), /^ok: ran 0, restored 2/);
    assert.equal(one.read('model.txt'), '1\n');
    assert.equal((await one.run('logs', 'data')).code, 2, 'it printed nothing');
    // Others share what content tells apart.
    const third = project(settings, '1');
    assert.match(summary(await third.run()), /^ok: ran 1, restored 1/);
  });

  it('nor through a remote, except by its own lock', async () => {
    const settings = `cache: { remote: ${folder} }\n`;
    const [one, other] = [project(settings, '1'), project(settings, '2')];
    await one.run();
    assert.match((await one.run('push')).stdout, /; 1 runs/);
    assert.match(summary(await other.run('--pull')), /^ok: ran 2/);
    const clone = project(settings, '1');
    clone.write({ 'pipeline.lock': one.read('pipeline.lock') });
    assert.match((await clone.run('pull')).stdout, /put in place: data\.csv, model\.txt/);
    assert.match((await clone.run()).stdout, /fresh 2|up to date/);
  });
});

describe('a program outside the project', () => {
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'pipeline-shared-'))));
  afterEach(() => {
    for (const rig of rigs.splice(0)) rig.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A project in a folder `p`, with a program and what it imports in `tools` beside it. */
  function projectBeside(answer: string): Rig {
    const rig = new Rig({
      'p/pipeline.yaml': `
stages:
  beside: { cmd: 'python3 ../tools/x.py in > a', deps: [in], outs: [a] }
  below: { cmd: 'cd ../tools && python3 x.py ../p/in > ../p/b', deps: [in], outs: [b] }
`,
      'p/in': '1\n',
      'p/.pipeline/config.yaml': `cache: { dir: ${folder} }\n`,
      'tools/x.py': 'from answer import answer\nprint(answer)\n',
      'tools/answer.py': `answer = ${answer}\n`,
    });
    rig.starter = ['sh', '-c', 'cd p && exec "$@"', 'sh'];
    rigs.push(rig);
    return rig;
  }

  it('counts by its content, with what it imports, in its own project and in others', async () => {
    const [one, other] = [projectBeside('11'), projectBeside('22')];
    assert.match(summary(await one.run()), /^ok: ran 2/);
    assert.match(summary(await other.run()), /^ok: ran 2/);
    assert.equal(other.read('p/a'), '22\n');
    assert.equal(other.read('p/b'), '22\n');
    assert.match(summary(await projectBeside('11').run()), /^ok: ran 0, restored 2/);
    one.write({ 'tools/answer.py': 'answer = 333\n' });
    const { stdout } = await one.run('status');
    assert.match(stdout, /code \.\.\/tools\/answer\.py changed \(imported by \.\.\/tools\/x\.py\)/);
    assert.match(summary(await one.run()), /^ok: ran 2/);
    assert.equal(one.read('p/b'), '333\n');
  });

  it('is a dependency alone where the stage has it, or its folder, in deps', async () => {
    const rig = projectBeside('11');
    rig.write({
      'p/pipeline.yaml': "stages:\n  s: { cmd: 'python3 ../tools/x.py > a', deps: [../tools], outs: [a] }\n",
    });
    assert.match(summary(await rig.run()), /^ok: ran 1/);
    assert.doesNotMatch(rig.read('p/pipeline.lock'), /code:/);
    assert.doesNotMatch((await rig.run('status')).stdout, /warning/);
  });

  it('and data there, which nobody tracks, is noted', async () => {
    const rig = projectBeside('11');
    rig.write({
      'p/pipeline.yaml': "stages:\n  s: { cmd: 'cat in ../d.csv > a', deps: [in], outs: [a] }\n",
      'd.csv': '',
    });
    assert.match((await rig.run('status')).stdout, /warning: s: its command names \.\.\/d\.csv, which nobody tracks/);
  });
});
