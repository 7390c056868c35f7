import assert from 'node:assert/strict';
import { load } from '../graph/rig.ts';
import type { Files } from '../graph/rig.ts';

const PARAMS = 'lr: 0.01\ntrain: {a: 1, b: {c: 2}}\nlist: [1, 2]\nopen: {}\nf: 1.0\n';

function hidden(stage: string, set: readonly string[], files: Files = {}): unknown {
  const all = { 'params.yaml': PARAMS, ...files, 'pipeline.yaml': `stages:\n  a: ${stage}\n` };
  const found = load(all, { set }).hiddenParams?.values() ?? [];
  return [...found].flat().map(({ key, value, inFile }) => [key, value, inFile]);
}

describe('params that a program would find with another value in its file', () => {
  it('are those that the stage names, in whole or in part', () => {
    const changed = ['lr=0.5', 'train.b.c=3'];
    assert.deepEqual(hidden('{cmd: x, params: [lr]}', changed), [['lr', 0.5, 0.01]]);
    assert.deepEqual(hidden('{cmd: x, params: [train]}', changed), [['train.b.c', 3, 2]]);
    assert.deepEqual(hidden('{cmd: x, params: [train.b.c]}', changed), [['train.b.c', 3, 2]]);
    assert.deepEqual(hidden('{cmd: x, params: [train.a, f]}', changed), []);
    assert.deepEqual(hidden('{cmd: x, params: [open]}', ['open.x=1']), [['open.x', 1, undefined]]);
    assert.deepEqual(hidden('{cmd: x, params: [{params.yaml: [lr]}]}', changed), [['lr', 0.5, 0.01]]);
    assert.deepEqual(hidden('{cmd: x}', changed), []);
  });

  it('are none where the value is that of the file all the same', () => {
    assert.deepEqual(hidden('{cmd: x, params: [lr, list, train]}', ['lr=0.01', 'list=[1, 2]', 'train={a: 1}']), []);
  });

  it('are not those that the command carries', () => {
    assert.deepEqual(hidden('{cmd: "x ${lr}", params: [lr, train]}', ['lr=1', 'train.a=2']), [['train.a', 2, 1]]);
    assert.deepEqual(hidden('{cmd: "x ${train}", params: [train]}', ['train.b.c=2', 'train.a=5']), []);
    assert.deepEqual(hidden('{foreach: "${list}", do: {cmd: "x ${item}", params: [list]}}', ['list=[3]']), []);
    assert.deepEqual(hidden('{cmd: x, params: [lr], outs: ["${lr}"]}', ['lr=1']), [['lr', 1, 0.01]]);
  });

  it('are no matter where the stage takes what it is given', () => {
    assert.deepEqual(hidden('{cmd: x, params: [lr], meta: {reads_given_params: true}}', ['lr=1']), []);
  });

  it('come from a profile just as well, and never from a file that no profile reaches', () => {
    const files = { 'big.yaml': 'lr: 9\n', 'own.yaml': 'lr: 3\n' };
    const all = {
      'params.yaml': PARAMS,
      ...files,
      'pipeline.yaml': 'stages:\n  a: {cmd: x, params: [{own.yaml: [lr]}]}\n  b: {cmd: x, params: [lr]}\n',
    };
    assert.deepEqual([...(load(all, { profiles: ['big.yaml'] }).hiddenParams?.keys() ?? [])], ['b']);
  });
});

describe('the params of a stage as a file', () => {
  it('are nested as in params, with numbers as they are written, and nothing besides', () => {
    const pipeline = load({ 'params.yaml': `${PARAMS}g: 1e-7\nh i: "x"\n`, 'pipeline.yaml': 'stages: {}\n' });
    const paramsText = (keys: readonly string[]): string | undefined => pipeline.paramsText?.(keys);
    assert.equal(
      paramsText(['train.b.c', 'f', 'g', 'h i', 'list[0]']),
      '{"train": {"b": {"c": 2}}, "f": 1.0, "g": 1.0e-07, "h i": "x", "list": [1, 2]}',
    );
    assert.equal(paramsText(['train.a', 'train']), '{"train": {"a": 1, "b": {"c": 2}}}');
    assert.equal(paramsText(['train', 'train.a']), '{"train": {"a": 1, "b": {"c": 2}}}');
    assert.equal(paramsText([]), '{}');
  });
});
