import assert from 'node:assert/strict';
import { PipelineError } from '../../../src/engine/yaml/diagnostics.ts';
import { selectInstances } from '../../../src/engine/graph/select.ts';
import { load, text } from './rig.ts';

const PIPELINE = load(text`
  stages:
    prepare: {cmd: x, outs: [p]}
    train:
      matrix: {net: [a, b], fold: [0, 1]}
      cmd: x
      deps: [p]
      outs: ["t/\${item.net}/\${item.fold}"]
    eval:
      matrix: {net: [a, b], fold: [0, 1]}
      cmd: x
      deps: ["t/\${item.net}/\${item.fold}"]
      outs: ["e/\${item.net}/\${item.fold}"]
    tables: {cmd: x, deps: [e]}
    other: {cmd: x}
`);

describe('selecting instances', () => {
  it('takes everything when nothing is named', () => {
    assert.deepEqual(selectInstances(PIPELINE, []), [...PIPELINE.instances.keys()]);
  });

  it('takes all instances of a stage with everything upstream, in the order they run', () => {
    assert.deepEqual(selectInstances(PIPELINE, ['train']), [
      'prepare',
      'train@a-0',
      'train@a-1',
      'train@b-0',
      'train@b-1',
    ]);
  });

  describe('where a stage runs only if it is needed', () => {
    const lazy = load({
      'params.yaml': 'use: {a: [u]}\n',
      ready: '',
      'pipeline.yaml': text`
        stages:
          seed: {cmd: x, outs: [seed], meta: {only_if_needed: true}}
          make:
            foreach: [u, v]
            cmd: x
            deps: [seed]
            outs: ["o/\${item}"]
            meta: {only_if_needed: true}
          use: {cmd: x, deps: [o/u], outs: [used]}
          spare: {cmd: x, deps: [used], meta: {only_if_needed: true}}
          last: {cmd: x, deps: [used]}
      `,
    });

    it('leaves out what nobody needs when nothing is named, with what only that needs', () => {
      assert.deepEqual(selectInstances(lazy, []), ['seed', 'make@u', 'use', 'last']);
      assert.deepEqual(selectInstances(lazy, [], { single: true }), ['seed', 'make@u', 'use', 'last']);
    });

    it('takes it when it is named, by a glob too, with what it needs itself', () => {
      assert.deepEqual(selectInstances(lazy, ['make@v']), ['seed', 'make@v']);
      assert.deepEqual(selectInstances(lazy, ['spare'], { single: true }), ['spare']);
      assert.deepEqual(selectInstances(lazy, ['make@*'], { single: true }), ['make@u', 'make@v']);
    });

    it('leaves it out downstream of what is named, unless it is on the way to something', () => {
      const downstream = { single: true, downstream: true };
      assert.deepEqual(selectInstances(lazy, ['use'], downstream), ['use', 'last']);
      assert.deepEqual(selectInstances(lazy, ['seed'], downstream), ['seed', 'make@u', 'use', 'last']);
      assert.deepEqual(selectInstances(lazy, ['use', 'spare'], downstream), ['use', 'spare', 'last']);
    });
  });

  it('takes one instance with what it needs and nothing else', () => {
    assert.deepEqual(selectInstances(PIPELINE, ['eval@b-1']), ['prepare', 'train@b-1', 'eval@b-1']);
  });

  it('takes only what is named with single', () => {
    assert.deepEqual(selectInstances(PIPELINE, ['eval@b-1', 'prepare'], { single: true }), ['prepare', 'eval@b-1']);
  });

  it('adds what depends on it with downstream, and what that needs', () => {
    assert.deepEqual(selectInstances(PIPELINE, ['train@a-0'], { downstream: true, single: true }), [
      'train@a-0',
      'eval@a-0',
      'tables',
    ]);
    assert.deepEqual(selectInstances(PIPELINE, ['eval'], { downstream: true }), [
      'prepare',
      'train@a-0',
      'train@a-1',
      'train@b-0',
      'train@b-1',
      'eval@a-0',
      'eval@a-1',
      'eval@b-0',
      'eval@b-1',
      'tables',
    ]);
  });

  it('understands globs over instances and over stages', () => {
    const single = { single: true };
    assert.deepEqual(selectInstances(PIPELINE, ['train@*-0'], single), ['train@a-0', 'train@b-0']);
    assert.deepEqual(selectInstances(PIPELINE, ['train@?-1'], single), ['train@a-1', 'train@b-1']);
    assert.deepEqual(selectInstances(PIPELINE, ['*@a-0'], single), ['train@a-0', 'eval@a-0']);
    assert.deepEqual(selectInstances(PIPELINE, ['t*'], single).length, 5);
    assert.deepEqual(selectInstances(PIPELINE, ['tab*', '?ther'], single), ['tables', 'other']);
  });

  it('treats other characters of patterns as themselves', () => {
    assert.throws(() => selectInstances(PIPELINE, ['t.*', '(', 'train@[a]*']), PipelineError);
  });

  it('names every pattern that matches nothing, with a suggestion and what there is', () => {
    assert.throws(
      () => selectInstances(PIPELINE, ['trian', 'eval@c-0', 'train', 'zzzzzz@*']),
      (error) => {
        assert.ok(error instanceof PipelineError);
        assert.equal(
          error.message,
          text`
            error: no stage or instance matches "trian"
              hint: did you mean "train"? (stages: prepare, train, eval, tables, other)

            error: no stage or instance matches "eval@c-0"
              hint: did you mean "eval@a-0"? (instances of "eval": eval@a-0, eval@a-1, eval@b-0, eval@b-1)

            error: no stage or instance matches "zzzzzz@*"
              hint: stages: prepare, train, eval, tables, other
          `.trimEnd(),
        );
        return true;
      },
    );
  });

  it('leaves out stages that params switch off, and says so to whoever names one', () => {
    const files = (params: string) => ({
      'params.yaml': params,
      'pipeline.yaml': text`
        stages:
          train:
            matrix: {net: "\${nets}"}
            cmd: x
            outs: ["t/\${item.net}"]
          tune:
            foreach: "\${nets}"
            do: {cmd: x, outs: ["u/\${item}"]}
          tables: {cmd: x, deps: [{stage: train@*}, {stage: tune}]}
      `,
    });
    const off = load(files('nets: []\n'));
    assert.deepEqual(selectInstances(off, []), ['tables']);
    assert.deepEqual(off.switchedOff, ['train', 'tune']);
    assert.deepEqual(load(files('nets: [a]\n')).switchedOff, []);
    assert.throws(
      () => selectInstances(off, ['train@a']),
      (error) => {
        assert.ok(error instanceof PipelineError);
        assert.equal(
          error.message,
          text`
            error: "train@a" means nothing to run: train has no instance
              hint: params give a list of its foreach or matrix as empty; fill the list, or take another profile with --params
          `.trimEnd(),
        );
        return true;
      },
    );
  });
});
