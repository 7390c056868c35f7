import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { describeExit } from '../../../src/engine/executors/executor.ts';
import { exitHint } from '../../../src/engine/executors/exit-hints.ts';

const hint = (code: number, ...tail: string[]): string => exitHint({ type: 'exited', code }, tail) ?? '';

describe('the hint behind an exit code', () => {
  it('says what to write where a command is for another shell', () => {
    assert.match(hint(127, '/bin/sh: 1: [[: not found'), /^write \[ \.\.\. \]: commands run in \/bin\/sh/);
    assert.match(hint(127, 'sh: line 3: source: command not found'), /^write "\. \.\/FILE"/);
    assert.match(hint(127, '/bin/sh: shopt: not found'), /^commands run in \/bin\/sh/);
    assert.match(hint(2, '/bin/sh: 1: Syntax error: "(" unexpected'), /bash -c/);
    assert.match(hint(2, '/bin/sh: 1: Bad substitution'), /bash -c/);
  });

  it('says that a value was quoted', () => {
    assert.match(
      hint(127, 'x', '/bin/sh: 1: echo hi there: not found'),
      /name "echo hi there": the value is quoted as one word/,
    );
  });

  it('is the same where the shell may not look into a folder of PATH', () => {
    assert.match(hint(127, '/bin/sh: 1: echo hi there: Permission denied'), /the value is quoted as one word/);
    assert.equal(hint(126, '/bin/sh: 1: ./a b: Permission denied'), '');
  });

  it('is none where the words say nothing', () => {
    for (const [code, line] of [
      [127, '/bin/sh: 1: pyhton: not found'],
      [127, ''],
      [1, '/bin/sh: 1: [[: not found'],
      [2, 'usage: x'],
    ] as const) {
      assert.equal(hint(code, line), '');
    }
    assert.equal(exitHint({ type: 'killed', signal: 'SIGKILL' }, ['/bin/sh: 1: [[: not found']), null);
  });
});

describe('an exit in words', () => {
  it('gives a meaning only to codes that have one', () => {
    assert.equal(describeExit({ type: 'exited', code: 2 }), 'exit code 2');
    assert.equal(describeExit({ type: 'exited', code: 127 }), 'exit code 127 (Command not found)');
    assert.equal(describeExit({ type: 'exited', code: 143 }), 'exit code 143 (killed by SIGTERM)');
  });
});
