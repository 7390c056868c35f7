import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import { makePlan } from '../../../src/engine/planning/plan.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../support/temporary.ts';

/** The fingerprints of all instances that can have one before anything runs. */
async function fingerprints(root: string, env: NodeJS.ProcessEnv = {}): Promise<Record<string, string>> {
  const pipeline = loadPipeline({ root });
  const plan = await makePlan(pipeline, pipeline.instances.keys(), { lockFile: 'pipeline.lock', env });
  return Object.fromEntries(
    [...plan.entries.values()].flatMap((entry) =>
      'evaluation' in entry ? [[entry.instance.name, entry.evaluation.fingerprint]] : [],
    ),
  );
}

describe('fingerprints', () => {
  afterEach(removeTemporary);

  it('of stages without additions are those that locks have held since the first release', async () => {
    const root = temporaryDirectory();
    writeFiles(root, {
      'params.yaml': 'rate: 0.1\nnets: [A, B]\nprofile: demo\n',
      'data/in.txt': 'in\n',
      'data/more/b.txt': 'b\n',
      'train.mjs': '// a comment\nconsole.log(1);\n',
      'pipeline.yaml': [
        'vars: [{run: "runs/${profile}"}]',
        'stages:',
        '  train:',
        '    matrix: {net: "${nets}"}',
        '    cmd: ["node train.mjs --net ${item.net}", "touch ${run}/${item.net}"]',
        '    deps: [data/in.txt, data/more]',
        '    params: [rate]',
        '    outs: ["${run}/${item.net}"]',
        '  plain: {cmd: "true"}',
        '',
      ].join('\n'),
    });
    assert.deepEqual(await fingerprints(root), {
      'train@A': 'a02327168d7142822df6e4a9b6325f58f1749a39fad8a71334ce9810d5550d13',
      'train@B': '7ed87b273f03340c0ed941d9624f9269f6fb74925aee8549d34d22448965c895',
      plain: '40edf93395f422a410439fbbfeec1599c6176b36c54ecb8c79b747168f826620',
    });
  });
});
