import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { statusLines } from '../../../src/engine/console/status-text.ts';
import { colorsFor } from '../../../src/engine/console/format.ts';
import type { InstanceName } from '../../../src/engine/stages/types.ts';
import { commonPattern, groupPlan } from '../../../src/engine/planning/grouped-reasons.ts';
import type { PlanEntry } from '../../../src/engine/planning/plan.ts';
import type { Reason } from '../../../src/engine/planning/reasons.ts';
import { makePipeline } from '../support/make-pipeline.ts';

const folds = Array.from({ length: 480 }, (_, fold) => fold);
const pipeline = makePipeline('/project', {
  prepare: { cmd: 'prepare', outs: ['data'] },
  ...Object.fromEntries(
    folds.map((fold) => [`train@${fold}`, { cmd: `train ${fold}`, deps: ['data'], outs: [`model-${fold}.bin`] }]),
  ),
});

function waiting(name: string, reasons: readonly Reason[]): PlanEntry {
  return { instance: pipeline.instances.get(name as InstanceName)!, action: 'waits', reasons };
}

const colors = colorsFor({}, { NO_COLOR: '1' });

describe('groupPlan', () => {
  it('tells one reason of 480 instances in one group', () => {
    const reason: Reason = { type: 'param-changed', key: 'train.rate', from: 0.1, to: 0.2 };
    const groups = groupPlan(folds.map((fold) => waiting(`train@${fold}`, [reason])));
    assert.equal(groups.length, 1);
    assert.equal(groups[0]!.instances.length, 480);
    assert.deepEqual(groups[0]!.reasons, ['params train.rate changed from 0.1 to 0.2']);
  });

  it('puts paths and commands that differ between instances together, the differing part as a star', () => {
    const groups = groupPlan(
      [1, 2].map((fold) =>
        waiting(`train@${fold}`, [
          { type: 'output-missing', path: `model-${fold}.bin` },
          { type: 'command-changed', from: `train ${fold}`, to: `train ${fold} --fast` },
        ]),
      ),
    );
    assert.deepEqual(
      groups.map(({ reasons }) => reasons),
      [['output model-*.bin is missing', 'command changed from "train *" to "train * --fast"']],
    );
  });

  it('keeps apart what has other reasons, in the order of the plan', () => {
    const groups = groupPlan([
      waiting('train@0', [{ type: 'never-ran' }]),
      waiting('train@1', [{ type: 'forced' }]),
      waiting('train@2', [{ type: 'never-ran' }]),
    ]);
    assert.deepEqual(
      groups.map(({ instances, reasons }) => [instances, reasons]),
      [
        [['train@0', 'train@2'], ['never ran']],
        [['train@1'], ['forced']],
      ],
    );
  });

  it('names the stages that are waited for, not each instance', () => {
    const names = ['prepare', 'train@1', 'train@2'];
    const [group] = groupPlan([waiting('train@3', [{ type: 'upstream', instances: names }])]);
    assert.deepEqual(group!.reasons, ['waits for prepare, train@*']);
  });
});

describe('commonPattern', () => {
  it('keeps what two texts begin and end with', () => {
    assert.equal(commonPattern('a/x.json', 'a/yy.json'), 'a/*.json');
    assert.equal(commonPattern('a/*.json', 'a/b.json'), 'a/*.json');
    assert.equal(commonPattern('same', 'same'), 'same');
    assert.equal(commonPattern('aba', 'abba'), 'ab*a');
  });
});

describe('statusLines', () => {
  it('shows which instances of a matrix are meant, and wraps to the terminal', () => {
    const entries: PlanEntry[] = folds.map((fold) => waiting(`train@${fold}`, fold < 4 ? [{ type: 'never-ran' }] : []));
    const lines = statusLines(entries, { colors, width: 60 });
    assert.deepEqual(lines, [
      'train (4 of 480x): may run',
      '  - never ran',
      '    train@0, train@1, train@2 and 1 more',
      'train (476 of 480x): may run',
      '    train@4, train@5, train@6 and 473 more',
      'would run 0, may run 480, restore 0, fresh 0',
    ]);
  });
});
