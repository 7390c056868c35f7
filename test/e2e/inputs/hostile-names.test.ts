import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig } from '../support/rig.ts';

const pipelineFile = `
vars: [params.yaml]
stages:
  "a":
    foreach: \${names}
    do:
      cmd: "printf '{}' > '\\e[31m\${item}.json'; cat missing \${item}; test \${item} != bad"
      params: [rate]
      metrics: ["\\e[31m\${item}.json"]
`;

describe('names and values with control characters', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('reach the terminal through no command', async () => {
    rig = new Rig({
      'pipeline.yaml': pipelineFile,
      'params.yaml': 'rate: "\\e[2J\\x9b1m"\nnames: ["good\\e]0;title\\x07", bad]\n',
      '.pipeline/running/x': JSON.stringify({ id: 'x', pid: 1, host: 'h\u001b[2J', since: '\u001b[5m', birth: null }),
    });
    const commands = [
      ['run', '--dry-run'],
      ['run', '-k'],
      ['status'],
      ['status', '--full'],
      ['status', '-S', 'rate=\u001b[31m'],
      ['dag', '--full'],
      ['dag', '--full', '--format', 'svg'],
      ['metrics', 'show'],
      ['metrics', 'show', '--md'],
      ['metrics', 'show', '-k', 'x\u001b[31m'],
      ['params', 'show'],
      ['diff'],
      ['doctor'],
      ['gc', '--dry-run'],
      ['runs'],
      ['logs', 'no\u001b[31m'],
      ['run', '--stage', 'no\u001b[31m'],
      ['run', '--params', 'no\u001b[31m.yaml'],
      ['no\u001b[31m'],
      ['diff', '--with', 'no\u001b[31m'],
      ['sweep', 'no\u001b[31m.yaml'],
      ['push'],
      ['__complete', '--stage', 'a@'],
    ];
    for (const words of commands) {
      const { stdout, stderr } = await rig.run(...words);
      assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\t\n]/u, words.join(' '));
      assert.doesNotMatch(stderr, /\n {4}at /, words.join(' '));
    }
    assert.match((await rig.run('params', 'show', 'rate')).stdout, /\\e\[2J\\x9b1m/);
  });
});
