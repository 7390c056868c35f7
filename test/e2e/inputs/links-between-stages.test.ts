import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

describe('a link inside the project between a stage and what it reads', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig({ in: '1' });
    mkdirSync(path.join(rig.root, 'out'));
    symlinkSync('out', path.join(rig.root, 'data'));
  });
  afterEach(() => rig.close());

  const cases: readonly (readonly [title: string, out: string, dep: string])[] = [
    ['to the folder of an output', 'out/x', 'data/x'],
    ['to a folder that holds an output', 'out/x', 'data'],
    ['to an output', 'out', 'data'],
    ['to the folder in which an output is declared', 'data/x', 'out/x'],
  ];
  for (const [title, out, dep] of cases) {
    it(`is followed: ${title}`, async () => {
      const cmd = out === 'out' ? 'mkdir -p out; cp in out/x' : `cp in ${out}`;
      const a = `stages:\n  a: { cmd: "${cmd}", deps: [in], outs: [${out}] }\n`;
      const b = `  b: { cmd: "cat data/x > p", deps: [${dep}], outs: [p] }\n`;
      rig.write({ 'pipeline.yaml': a });
      assert.match(summary(await rig.run()), /^ok: ran 1,/);
      rig.write({ 'pipeline.yaml': a + b });
      assert.match(summary(await rig.run()), /^ok: ran 1, restored 0, fresh 1/);
      rig.write({ in: '2' });
      assert.match(summary(await rig.run()), /^ok: ran 2, restored 0, fresh 0/);
      assert.equal(rig.read('p'), '2');
      assert.match(summary(await rig.run()), /^ok: ran 0, restored 0, fresh 2/);
      // As in a fresh clone with a shared cache: the plan knows what the link will lead to.
      rig.remove('out');
      rig.remove('p');
      if (out !== 'out') mkdirSync(path.join(rig.root, 'out'));
      assert.match(summary(await rig.run()), /^ok: ran 0, restored 2, fresh 0/);
      assert.equal(rig.read('p'), '2');
      rig.write({ in: '1' });
      assert.match(summary(await rig.run()), /^ok: ran 0, restored 2, fresh 0/);
      assert.equal(rig.read('p'), '1');
    });
  }

  it('gives no output to two stages', async () => {
    rig.write({
      'pipeline.yaml': `stages:
  a: { cmd: echo a > data/x, outs: [data/x] }
  b: { cmd: echo b > out/x, outs: [out/x] }
`,
    });
    const { code, stderr } = await rig.run();
    assert.equal(code, 2);
    assert.match(
      stderr,
      /3:\d+ {2}error: the outputs "out\/x" of "b" and "data\/x" of "a" are one and the same, at "out\/x": a link leads there/,
    );
    assert.equal(rig.exists('out/x'), false);
  });

  it('runs the maker first, so that what it moves aside was read by nobody', async () => {
    rig.write({
      'out/in': 'mine',
      'pipeline.yaml': `stages:
  b: { cmd: cp out/in p, deps: [out/in], outs: [p] }
  a: { cmd: echo made > data/in, outs: [data/in] }
`,
    });
    const result = await rig.run();
    assert.match(summary(result), /^ok: ran 2/);
    assert.match(result.stdout, /kept aside: data\/in \(now \.pipeline\/replaced\//);
    assert.equal(rig.read('p'), 'made\n');
  });
});
