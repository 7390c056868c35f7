import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig } from '../support/rig.ts';

describe('a value of this run only, and a stage that depends on the params file', () => {
  let rig: Rig;
  afterEach(() => rig.close());
  const project = (stage: string): void => {
    rig = new Rig({
      'params.yaml': 'lr: 1\nepochs: 2\n',
      'conf/more.yaml': 'depth: 3\n',
      'mine.yaml': 'lr: 7\n',
      'pipeline.yaml': `vars: [params.yaml, conf/more.yaml]\nstages:\n  s: ${stage}\n`,
    });
  };
  const warnings = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('warning: '));

  it('are told apart in one line, in a run, a dry run and the status, where the stage names no such key', async () => {
    project('{ cmd: grep lr params.yaml > o, deps: [params.yaml], outs: [o] }');
    assert.deepEqual(warnings((await rig.run()).stdout), []);
    const expected = [
      "warning: s: it depends on params.yaml, where lr has another value than in this run, which it does not see; name the key in the stage's params",
    ];
    for (const how of [
      ['-S', 'lr=5'],
      ['--params', 'mine.yaml'],
    ]) {
      for (const command of ['run', 'status']) {
        assert.deepEqual(warnings((await rig.run(command, ...how)).stdout), expected, [command, ...how].join(' '));
      }
      assert.deepEqual(warnings((await rig.run('--dry-run', ...how)).stdout), expected);
    }
    const { stdout } = await rig.run('status', '--json', '-S', 'lr=5', '-S', 'epochs=9');
    const { notes } = JSON.parse(stdout) as { notes: unknown[] };
    assert.deepEqual(notes, [
      {
        stage: 's',
        type: 'overridden',
        files: ['params.yaml'],
        keys: ['lr', 'epochs'],
        text: 's: it depends on params.yaml, where lr, epochs have another value than in this run, which it does not see',
      },
    ]);
  });

  for (const [title, stage, set] of [
    ['the command carries the value', '{ cmd: "echo ${lr} > o", deps: [params.yaml], outs: [o] }', 'lr=5'],
    ['the value is that of the file', '{ cmd: grep lr params.yaml > o, deps: [params.yaml], outs: [o] }', 'lr=1'],
    ['it depends on another file', '{ cmd: cp conf/more.yaml o, deps: [conf/more.yaml], outs: [o] }', 'lr=5'],
    [
      'its program is said to read what it is given',
      '{ cmd: cp params.yaml o, deps: [params.yaml], outs: [o], meta: { reads_given_params: true } }',
      'lr=5',
    ],
  ] as const) {
    it(`are no matter where ${title}`, async () => {
      project(stage);
      await rig.run();
      assert.deepEqual(warnings((await rig.run('-S', set)).stdout), []);
    });
  }

  it('are told as well where it depends on the folder of the file', async () => {
    project('{ cmd: cp -r conf o, deps: [conf], outs: [o] }');
    await rig.run();
    assert.match(
      warnings((await rig.run('-S', 'depth=4')).stdout).join(),
      /s: it depends on conf\/more\.yaml, where depth has/,
    );
  });
});
