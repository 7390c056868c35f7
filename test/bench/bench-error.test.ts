import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { PipelineError } from '../../src/engine/yaml/diagnostics.ts';
import { BenchError, isForUser, wholeNumber } from '../../bench/support/bench-error.ts';

describe('mistakes of whoever runs a bench', () => {
  it('are told by the option and what was found', () => {
    assert.equal(wholeNumber('rounds', '3'), 3);
    for (const text of ['0', '-1', '2.5', 'x', '']) {
      assert.throws(() => wholeNumber('rounds', text), { name: 'BenchError', message: /^--rounds .*"/ });
    }
  });

  it('are told apart from faults of the bench', () => {
    assert.ok(isForUser(new BenchError('x')));
    assert.ok(isForUser(new PipelineError([])));
    assert.throws(() => parseArgs({ args: ['--nosuch'], options: {} }), isForUser);
    assert.ok(!isForUser(new TypeError('x')));
    assert.ok(!isForUser('x'));
  });
});
