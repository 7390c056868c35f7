import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const pipelineFile = `
stages:
  a: { cmd: node work.mjs a folder/a.txt source.txt, deps: [source.txt], outs: [folder] }
  b: { cmd: node work.mjs b b.txt folder/a.txt, deps: [folder], outs: [b.txt] }
`;

/** What only saves time, each with something in its place that cannot be replaced. */
const inTheWay = {
  '.pipeline/parsed': 'a file',
  '.pipeline/closures': 'a file',
  '.pipeline/stat-index.json/x': 'in a folder',
  '.pipeline/stat-index-inside.json/x': 'in a folder',
  '.pipeline/directory-stamps.json/x': 'in a folder',
  '.pipeline/code-index.json/x': 'in a folder',
  '.pipeline/durations.json/x': 'in a folder',
};

describe('files that only save time', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('fail no stage and no command where they cannot be written; a run says so once', async () => {
    rig = new Rig({ 'pipeline.yaml': pipelineFile, 'source.txt': 's', ...inTheWay });
    const first = await rig.run();
    assert.deepEqual([first.code, first.stderr], [0, ''], first.stdout);
    assert.equal(summary(first), 'ok: ran 2, restored 0, fresh 0, failed 0');
    const warnings = first.stdout.split('\n').filter((line) => line.startsWith('warning:'));
    assert.equal(warnings.length, 1, first.stdout);
    assert.match(
      warnings[0]!,
      /^warning: \.pipeline\/[\w/.-]+ could not be written \(E\w+\)\. No result depends on it/,
    );
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 2, failed 0');
    for (const command of [['status'], ['logs', 'a'], ['metrics', 'show'], ['diff'], ['run', '--dry-run']]) {
      const { stdout, stderr } = await rig.run(...command);
      assert.doesNotMatch(stdout + stderr, /\n {4}at |EISDIR|ENOTDIR/, command.join(' '));
    }
    rig.write({ 'source.txt': 'other' });
    assert.equal(summary(await rig.run('-q')), 'ok: ran 2, restored 0, fresh 0, failed 0');
  });

  it('fail no stage where its log cannot be kept in the cache', async () => {
    rig = new Rig({
      'pipeline.yaml': 'stages: { a: { cmd: "echo said; rm -rf .pipeline/logs; echo a > a.txt", outs: [a.txt] } }\n',
    });
    assert.equal(summary(await rig.run()), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
  });
});
