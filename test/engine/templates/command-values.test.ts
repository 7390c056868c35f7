import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { instance, load, mistakes } from '../graph/rig.ts';

/** The command that a stage runs, with these params. */
function commandOf(params: string, cmd: string): string | undefined {
  const files = { 'params.yaml': params, 'pipeline.yaml': `stages:\n  a:\n    cmd: ${cmd}\n` };
  return instance(load(files), 'a').commands[0];
}

const OPTIONS = 'opts: {foo: a b, bar: 1, "on": true, off: false, list: [1, x y], nested: {foo: "$(rm)"}}\n';

describe('maps in a command', () => {
  it('are unpacked as options, as dvc does: true is a flag, false is nothing', () => {
    assert.equal(
      commandOf(OPTIONS, 'train ${opts}'),
      "train --foo 'a b' --bar 1 --on --list 1 'x y' --nested.foo '$(rm)'",
    );
  });

  it('reach the program word by word, whatever they hold', () => {
    const command = commandOf('opts: {"a;b": "x\'y", c: "$HOME `id`\\n"}\n', "printf '%s|' ${opts}") ?? '';
    assert.equal(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }), "--a;b|x'y|--c|$HOME `id`\n|");
  });

  it('have no meaning inside quotes, nor with nothing or lists of lists in them', () => {
    const report = (params: string, cmd: string): string =>
      mistakes({ 'params.yaml': params, 'pipeline.yaml': `stages:\n  a:\n    cmd: ${cmd}\n` });
    assert.match(report(OPTIONS, '\'x "${opts}"\''), /"opts" is a map; inside text only/);
    assert.match(report('opts: {a: null}\n', 'x ${opts}'), /is nothing \(null\)/);
    assert.match(report('opts: {a: [[1]]}\n', 'x ${opts}'), /is a list/);
  });
});

describe('raw values in a command', () => {
  it('are shell code, while all others are quoted', () => {
    assert.equal(commandOf('f: "--a 1 | sort"\n', 'x ${raw:f} ${f}'), "x --a 1 | sort '--a 1 | sort'");
  });

  it('cannot change how the rest of the command is read', () => {
    for (const value of ["'", '"', '`', '$(', '(', 'a #', '\\', '$']) {
      const files = {
        'params.yaml': `f: ${JSON.stringify(value)}\nn: x\n`,
        'pipeline.yaml': 'stages:\n  a: {cmd: "x ${raw:f} ${n}"}\n',
      };
      assert.match(mistakes(files), /the raw value of "f" leaves a quote, a bracket or a comment open/, value);
    }
  });

  it('are known in commands only', () => {
    const files = { 'params.yaml': 'f: x\n', 'pipeline.yaml': 'stages:\n  a: {cmd: x, outs: ["${raw:f}"]}\n' };
    assert.match(mistakes(files), /2:23 {2}error: "raw:" has a meaning in "cmd" only; write \$\{f\}/);
  });
});
