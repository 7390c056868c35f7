import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import {
  type ContextData,
  createStageContext,
  describeFailure,
  StageError,
  StopRequest,
} from '../../src/engine/stage-context.ts';
import { removeTemporary, temporaryDirectory } from './support/temporary.ts';

const data: ContextData = {
  name: 'train@A',
  root: '/project',
  invocation: 'now',
  journal: '/project/.pipeline/journal/now/train@A.jsonl',
  scratch: '/project/.pipeline/scratch/reports/train@A/0123',
  cpus: 2,
  params: { seed: 7, train: { rate: 0.1, steps: { first: 3 } }, 'nets.A': null },
  deps: ['runs/demo/prepared/faces', 'runs/demo/models/e/A/weights', 'data.csv'],
  outs: ['runs/demo/train/A'],
};
const context = createStageContext(data, [], new StopRequest());

describe('the context of a stage', () => {
  afterEach(removeTemporary);

  it('reads options in all their forms', () => {
    const { args } = createStageContext(data, ['--net', 'A', '--fast', '--rate=0.5', '--last'], new StopRequest());
    assert.deepEqual(args, { net: 'A', fast: 'true', rate: '0.5', last: 'true' });
    assert.throws(() => createStageContext(data, ['net'], new StopRequest()), /expected options.*found "net"/);
  });

  it('gives declared params and what is inside them', () => {
    assert.equal(context.param('seed'), 7);
    assert.equal(context.param('train.steps.first'), 3);
    assert.equal(context.param('nets.A'), null);
  });

  it('gives all declared params at once, nested as in a params file, and nothing besides', () => {
    assert.deepEqual(context.params(), { seed: 7, train: { rate: 0.1, steps: { first: 3 } }, nets: { A: null } });
    assert.deepEqual(context.paramKeys, ['seed', 'train', 'nets.A']);
    const paramsOf = (params: ContextData['params']) =>
      createStageContext({ ...data, params }, [], new StopRequest()).params();
    const train = { rate: 0.1, steps: 3 };
    assert.deepEqual(paramsOf({ 'train.rate': 0.1, 'train.deep.b': [1], 'train.deep.a': 2 }), {
      train: { rate: 0.1, deep: { b: [1], a: 2 } },
    });
    assert.deepEqual(paramsOf({ 'train.rate': 0.1, train }), { train });
    assert.deepEqual(paramsOf({ train, 'train.rate': 0.1 }), { train });
    assert.deepEqual(paramsOf({ 'setup.json:train.seed': 1, 'rates[0]': 2 }), {
      'setup.json:train.seed': 1,
      'rates[0]': 2,
    });
    assert.equal(JSON.stringify(paramsOf({ '__proto__.x': 1 })), '{"__proto__":{"x":1}}');
    assert.deepEqual(paramsOf({}), {});
  });

  it('refuses params that are not declared, and says what to write', () => {
    assert.throws(() => context.param('epochs'), /reads param epochs, which it does not declare\. Add "- epochs"/);
    assert.throws(() => context.param('train.speed'), /train has no "speed"/);
    assert.throws(() => context.param('nets'), StageError);
  });

  it('finds named dependencies by their names alone, each its own path, even where two names mean one', () => {
    const named: ContextData = {
      ...data,
      deps: ['data/shared', 'data/oulu-casia', 'out/a', 'out/b'],
      names: { 'ck-plus': ['data/shared'], again: ['data/shared'], ck: ['data/oulu-casia'], all: ['out/a', 'out/b'] },
    };
    const by = createStageContext(named, [], new StopRequest());
    assert.deepEqual(
      ['ck-plus', 'again', 'ck'].map((name) => by.dep(name)),
      ['/project/data/shared', '/project/data/shared', '/project/data/oulu-casia'],
    );
    assert.deepEqual(by.depNames(), ['ck-plus', 'again', 'ck', 'all']);
    assert.deepEqual(by.deps('all'), ['/project/out/a', '/project/out/b']);
    assert.deepEqual(by.deps().length, 4);
    // A part of a path is no name: a corpus that is not in use must not get the folder of another.
    assert.throws(
      () => by.dep('oulu-casia'),
      /asks for the dependency "oulu-casia".*names.*: ck-plus, again, ck, all\./,
    );
    assert.throws(
      () => by.dep('all'),
      /asks for "all" as one path, and it has 2: out\/a, out\/b\. Use context\.deps\('all'\)/,
    );
    assert.throws(() => by.deps('toString'), StageError);
    assert.deepEqual(context.depNames(), []);
    assert.throws(() => context.deps('prepared'), /names in its deps in pipeline\.yaml: none/);
  });

  it('finds a dependency by a segment of its path or by its whole path', () => {
    assert.equal(context.dep('prepared'), '/project/runs/demo/prepared/faces');
    assert.equal(context.dep('data.csv'), '/project/data.csv');
    const named = {
      ...data,
      deps: ['runs/train/prepared/faces', 'runs/train/train/faces-0', 'runs/train/other/train'],
    };
    const clash = createStageContext(named, [], new StopRequest());
    assert.equal(clash.dep('train'), '/project/runs/train/other/train', 'the last segment counts before others');
    assert.equal(clash.dep('prepared'), '/project/runs/train/prepared/faces');
    assert.throws(() => context.dep('demo'), /asks for "demo" among its deps; expected exactly one match, found 2/);
    assert.throws(() => context.dep('missing'), /found 0\. Its deps in pipeline\.yaml: runs\/demo\/prepared\/faces, /);
  });

  it('names its only output without being asked which, in a directory that exists', () => {
    const root = temporaryDirectory();
    const out = createStageContext({ ...data, root }, [], new StopRequest()).out();
    assert.equal(out, path.join(root, 'runs/demo/train/A'));
    assert.ok(existsSync(path.dirname(out)) && !existsSync(out));
    const two = { ...data, root, outs: ['a', 'b'] };
    assert.throws(() => createStageContext(two, [], new StopRequest()).out(), /found 2/);
  });

  it('asks only a stage that watches its signal to stop by itself', () => {
    const unwatched = new StopRequest();
    assert.equal(unwatched.stop(), false);
    const watched = new StopRequest();
    const { signal } = createStageContext(data, [], watched);
    assert.equal(watched.stop(), true);
    assert.equal(signal.aborted, true);
  });

  it('shows the message of a StageError alone, and where any other error came from', () => {
    assert.equal(describeFailure(new StageError('no faces')), 'no faces');
    const told = Object.assign(new Error('the corpus is empty'), { forUser: true });
    assert.equal(describeFailure(told), 'the corpus is empty');
    assert.match(describeFailure(new TypeError('bug')), /^TypeError: bug\n\s+at /);
    assert.equal(describeFailure('text'), 'text');
  });
});
