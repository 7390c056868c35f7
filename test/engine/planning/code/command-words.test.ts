import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { asTsxCommand, codeOfCommand, commandWords } from '../../../../src/engine/planning/code/command-words.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

describe('the words of a command', () => {
  afterEach(removeTemporary);

  it('are those that a shell would pass on', () => {
    const piece = fc.constantFrom(
      'a',
      'b1',
      '--net',
      ' ',
      '  ',
      "'x y'",
      '"p q"',
      "''",
      '""',
      'k=v',
      '-',
      '/',
      '\t',
      'ü',
    );
    const print = 'for word in "$@"; do printf "%s\\n" "$word"; done';
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const command = pieces.join('');
        const shell = execFileSync('/bin/sh', ['-c', `set -- ${command}\n${print}`], { encoding: 'utf8' });
        assert.deepEqual(commandWords(command), shell.split('\n').slice(0, -1));
      }),
      { numRuns: 60 },
    );
  });

  it('are left to the shell where it would do more than split', () => {
    for (const command of [
      'a | b',
      'a > b',
      'a; b',
      'a && b',
      'a $X',
      'a `b`',
      'a "$X"',
      'a *.txt',
      "a 'b",
      'a \\ b',
      '~/a',
      'a # b',
    ]) {
      assert.equal(commandWords(command), null, command);
    }
  });

  it('tell a command that a warm host can run from one that it cannot', () => {
    const root = temporaryDirectory({ 'stages/train.ts': '' });
    assert.deepEqual(asTsxCommand("tsx stages/train.ts --net 'VGG 13'", root), {
      file: 'stages/train.ts',
      args: ['--net', 'VGG 13'],
    });
    for (const command of [
      'tsx stages/missing.ts',
      'node stages/train.ts',
      'tsx stages/train.ts > log',
      'X=1 tsx stages/train.ts',
    ]) {
      assert.equal(asTsxCommand(command, root), null, command);
    }
  });

  it('name the program of node or tsx, and tell whether there is more to the command', () => {
    const files = ['a.ts', './a.ts', 'b.mjs', 'tsx.md'];
    const program = (command: string): ReturnType<typeof codeOfCommand> =>
      codeOfCommand(command, (file) => files.includes(file));
    assert.deepEqual(program('tsx ./a.ts --x 1'), { file: 'a.ts', plain: true });
    assert.deepEqual(program('node --import tsx b.mjs > out.txt'), { file: 'b.mjs', plain: false });
    assert.equal(program('python3 a.ts'), null);
    assert.equal(program('node missing.js'), null);
  });
});
