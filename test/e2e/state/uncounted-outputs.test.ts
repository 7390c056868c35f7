import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

describe('a directory that a stage makes and of which nothing counts', () => {
  let rig: Rig;
  afterEach(() => rig.close());
  const project = (ignored: string): void => {
    rig = new Rig({
      '.pipelineignore': `${ignored}\n`,
      in: '1',
      'pipeline.yaml': `stages:
  a: { cmd: "mkdir build; cp in build/x.bin; cp in build/y.txt", deps: [in], outs: [build] }
  b: { cmd: cat build/x.bin > p, deps: [build], outs: [p] }
`,
    });
  };
  const warnings = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('warning: '));

  it('is named with the stage that depends on it, which it does not make run', async () => {
    project('*.bin\n*.txt');
    await rig.run();
    rig.write({ in: '2' });
    assert.match(summary(await rig.run()), /^ok: ran 1, restored 0, fresh 1/);
    const expected = [
      'warning: b: it depends on build, of which no file counts (.pipelineignore): what stages make there runs nothing; take the files back with a line "!PATTERN" in .pipelineignore, or name them in the deps',
    ];
    assert.deepEqual(warnings((await rig.run('status')).stdout), expected);
    assert.deepEqual(warnings((await rig.run('--dry-run')).stdout), expected);
  });

  it('is no matter while some of it counts', async () => {
    project('*.bin');
    await rig.run();
    assert.deepEqual(warnings((await rig.run('status')).stdout), []);
  });
});
