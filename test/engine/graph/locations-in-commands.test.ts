import assert from 'node:assert/strict';
import { instance, load } from './rig.ts';

/** The canonical command of a stage with `run: runs/x` and these paths. */
function canonical(cmd: string, more = 'outs: ["${run}/m/a.txt"]', run = 'runs/x'): string | undefined {
  const text = `vars: [{run: ${run}}]\nstages:\n  a: {cmd: ${JSON.stringify(cmd)}, ${more}}\n`;
  return instance(load({ 'runs/x/in/1.csv': '', 'd/runs/x/in': '', 'pipeline.yaml': text }), 'a').canonicalCommands[0];
}

describe('a location variable in a command', () => {
  it('stays in place where it is part of a path that the stage reads or writes', () => {
    for (const cmd of [
      'x ${run}/m/a.txt',
      'x --out=${run}/m/a.txt > ${run}/m/a.txt',
      'x "${run}/m/a.txt"',
      'x --dir ${run}/m',
      'x ./${run}/m/../m/a.txt',
      'x $PWD/${run}/m/a.txt',
      'x ${run}/',
      'mkdir -p ${run}; x ${run}/m/a.txt',
    ]) {
      assert.equal(canonical(cmd), cmd);
    }
    const inDirectory = 'x ${run}/m/deep/b.txt';
    assert.equal(canonical(inDirectory, 'outs: ["${run}/m"]'), inDirectory);
    assert.equal(canonical('x ${run}', 'outs: ["${run}"]'), 'x ${run}');
    assert.equal(canonical('x ${run}/in/1.csv', 'deps: ["${run}/in/*.csv"]'), 'x ${run}/in/1.csv');
    assert.equal(canonical('x ${run}/in', 'wdir: d, deps: ["${run}/in"]'), 'x ${run}/in');
    const spaced = "x '${run}/my dir/a'";
    assert.equal(canonical(spaced, 'outs: ["${run}/my dir/a"]'), spaced);
    assert.equal(canonical('x ${run}-a.txt', 'outs: ["${run}-a.txt"]'), 'x ${run}-a.txt');
  });

  it('counts with its value where it is used in another way', () => {
    assert.equal(canonical('echo mode ${run} > out.txt', 'outs: [out.txt]'), 'echo mode runs/x > out.txt');
    assert.equal(
      canonical('x --mode ${run} --out ${run}/m/a.txt', undefined, 'fast'),
      'x --mode fast --out fast/m/a.txt',
    );
    assert.equal(canonical('x --mode=${run}', undefined, 'fast'), 'x --mode=fast');
    assert.equal(canonical('x --mode ${run}', 'outs: [o]'), 'x --mode runs/x');
    assert.equal(canonical('x ${run}/other.txt'), 'x runs/x/other.txt');
    assert.equal(canonical('x ${run}/m/a.txt.bak'), 'x runs/x/m/a.txt.bak');
    assert.equal(canonical('x ${run}y/m/a.txt'), 'x runs/xy/m/a.txt');
    assert.equal(canonical('x \\${run} ${run}', 'outs: [o]'), 'x \\${run} runs/x');
  });

  it('is seen through other variables, and through the item of a matrix', () => {
    const pipeline = load({
      'pipeline.yaml': [
        'vars: [{run: runs/x}, {mode: "${run}"}, {out: "${run}/o"}]',
        'stages:',
        '  a: {matrix: {m: ["${mode}"]}, cmd: "x ${item.m}", outs: ["${out}"]}',
        '  b: {cmd: "x ${mode}"}',
        '  c: {cmd: "x ${out}/f", outs: ["${out}/f"]}',
        '',
      ]
        .join('\n')
        .replace('outs: ["${out}"]', 'outs: [a]'),
    });
    assert.deepEqual(
      Array.from(pipeline.instances.values(), ({ canonicalCommands: [first] }) => first),
      ['x runs/x', 'x runs/x', 'x ${run}/o/f'],
    );
  });

  it('is a variable like any other when it is no text', () => {
    const pipeline = load(
      'vars: [{run: 4}, {reports: {kind: short}}]\nstages:\n  a: {cmd: "x ${run} ${reports.kind}", outs: ["o${run}"]}\n',
    );
    const { canonicalCommands, outs } = instance(pipeline, 'a');
    assert.deepEqual([canonicalCommands, outs[0]?.canonical], [['x 4 short'], 'o4']);
  });
});
