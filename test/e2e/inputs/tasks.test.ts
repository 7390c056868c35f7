import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, stageContext, summary } from '../support/rig.ts';

const train = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { defineStage } from ${stageContext};
export default defineStage(import.meta.url, async (context) => {
  const { task, net = 'no net', fold } = context.args;
  appendFileSync(context.root + '/ran.txt', context.name + '\\n');
  const read = (name: string): string => name + ' ' + readFileSync(context.dep(name), 'utf8').trim();
  writeFileSync(context.out(), [task, net, fold, ...context.depNames().map(read)].join(', ') + '\\n');
});
`;

const files = {
  'params.yaml': `
corpora: { drawn: { frames: 1 }, spare: { frames: 2 } }
tasks:
  faces: { nets: [A, B], folds: [0, 1], corpora: { first: data/one, second: data/one, third: null } }
  wild: { nets: null, folds: [0], corpora: { first: out/drawn, second: data/one } }
`,
  'data/one': 'one\n',
  'train.ts': train,
  'pipeline.yaml': `
stages:
  draw:
    foreach: { drawn: [corpora.drawn.frames], spare: [corpora.spare] }
    cmd: echo \${key} > out/\${key}; echo draw-\${key} >> ran.txt
    params: ["\${item}"]
    outs: ["out/\${key}"]
    meta: { only_if_needed: true }
  prepare:
    foreach: \${tasks}
    cmd: tsx train.ts --task \${key} --fold prepared
    deps: \${item.corpora}
    outs: ["out/prepared-\${key}"]
  train:
    foreach: \${tasks}
    matrix: { net: "\${item.nets}", fold: "\${item.folds}" }
    cmd: tsx train.ts --task \${key} \${matrix}
    deps: { prepared: { same: prepare } }
    outs: ["out/\${key}/\${cell}"]
`,
};

describe('one stage for several tasks', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('runs each cell with its own inputs by name, and draws only what one of them reads', async () => {
    rig = new Rig(files);
    const first = await rig.run();
    assert.equal(summary(first), 'ok: ran 8, restored 0, fresh 0, failed 0', first.stderr);
    assert.deepEqual(rig.ran().sort(), [
      'draw-drawn',
      'prepare@faces',
      'prepare@wild',
      'train@faces-A-0',
      'train@faces-A-1',
      'train@faces-B-0',
      'train@faces-B-1',
      'train@wild-0',
    ]);
    assert.equal(rig.read('out/prepared-faces'), 'faces, no net, prepared, first one, second one\n');
    assert.equal(rig.read('out/prepared-wild'), 'wild, no net, prepared, first drawn, second one\n');
    assert.equal(rig.read('out/faces/B-1'), `faces, B, 1, prepared ${rig.read('out/prepared-faces')}`);
    assert.equal(rig.read('out/wild/0'), `wild, no net, 0, prepared ${rig.read('out/prepared-wild')}`);
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 8, failed 0');

    assert.equal(summary(await rig.run('--stage', 'draw@spare')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.deepEqual(rig.ran(), ['draw-spare']);
    // What nothing needs is not judged either.
    const { stdout } = await rig.run('status', '-S', 'corpora.spare.frames=3', '--exit-code');
    assert.equal(stdout, 'Everything is up to date (8 instances).\n');
  });

  it('runs again, with the reason, when two names change their paths, although no content did', async () => {
    rig = new Rig(files);
    await rig.run('--stage', 'prepare');
    const swapped = files['params.yaml'].replace(
      'first: out/drawn, second: data/one',
      'first: data/one, second: out/drawn',
    );
    rig.write({ 'params.yaml': swapped });
    assert.match(
      (await rig.run('status', '--stage', 'prepare')).stdout,
      /prepare@wild: would run\n {2}- dep named first changed from out\/drawn to data\/one\n {2}- dep named second changed from data\/one to out\/drawn\n/,
    );
    rig.ran();
    await rig.run('--stage', 'prepare');
    assert.deepEqual(rig.ran(), ['prepare@wild']);
    assert.equal(rig.read('out/prepared-wild'), 'wild, no net, prepared, first one, second drawn\n');
  });

  it('says in one message what a program asked for that has no such name', async () => {
    rig = new Rig({ ...files, 'train.ts': train.replace('context.dep(name)', "context.dep('third')") });
    const { code, stdout } = await rig.run('--stage', 'prepare@faces');
    assert.equal(code, 1);
    assert.match(
      stdout,
      /stage prepare@faces asks for the dependency "third"\. The names in its deps in pipeline\.yaml: first, second\./,
    );
    assert.doesNotMatch(stdout, /at .*\.ts:\d+/);
  });
});
