import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { differences, fileDifferences } from '../../../src/engine/comparing/difference.ts';
import { flatten, placedValues } from '../../../src/engine/comparing/flat-values.ts';
import { fromValue } from '../../../src/engine/yaml/node.ts';
import type { Value } from '../../../src/engine/yaml/values.ts';

const documents = fc.jsonValue({ maxDepth: 3 }).map((value) => ({ top: value as Value }));

describe('flatten', () => {
  it('gives dotted keys, and takes lists and empty maps as values', () => {
    assert.deepEqual(
      [...flatten({ a: { b: 1, c: [1, { d: 2 }] }, e: {} })],
      [
        ['a.b', 1],
        ['a.c', [1, { d: 2 }]],
        ['e', {}],
      ],
    );
  });

  it('finds the same keys and values as the walk over nodes', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const placed = placedValues(fromValue(document, null)).map(({ key, value }) => [key, value] as const);
        assert.deepEqual(new Map(placed), flatten(document));
      }),
    );
  });
});

describe('differences', () => {
  it('is empty for a document and itself, whatever the order of keys', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const turned = new Map([...flatten(document)].reverse());
        assert.deepEqual(differences(flatten(document), turned), []);
      }),
    );
  });

  it('gives the change of numbers, and what one side lacks as undefined', () => {
    const before = flatten({ rate: 0.5, name: 'a', gone: 1 });
    const after = flatten({ rate: 2, name: 'b', fresh: true });
    assert.deepEqual(differences(before, after), [
      { key: 'rate', old: 0.5, new: 2, change: 1.5 },
      { key: 'name', old: 'a', new: 'b', change: null },
      { key: 'fresh', old: undefined, new: true, change: null },
      { key: 'gone', old: 1, new: undefined, change: null },
    ]);
  });

  it('compares lists by their items', () => {
    assert.deepEqual(differences(flatten({ a: [1, { b: 2 }] }), flatten({ a: [1, { b: 2 }] })), []);
    assert.equal(differences(flatten({ a: [1, 2] }), flatten({ a: [2, 1] })).length, 1);
  });
});

describe('fileDifferences', () => {
  it('names files that only one side has instead of taking them apart', () => {
    const before = new Map([
      ['same.json', flatten({ a: 1 })],
      ['old.json', flatten({ a: 1 })],
      ['b.json', flatten({ a: 1 })],
    ]);
    const after = new Map([
      ['b.json', flatten({ a: 3 })],
      ['same.json', flatten({ a: 1 })],
      ['new.json', flatten({ a: 1 })],
    ]);
    assert.deepEqual(fileDifferences(before, after), {
      common: [{ path: 'b.json', key: 'a', old: 1, new: 3, change: 2 }],
      onlyOld: ['old.json'],
      onlyNew: ['new.json'],
    });
  });
});
