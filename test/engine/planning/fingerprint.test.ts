import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { canonicalJson, fingerprint, type FingerprintInputs } from '../../../src/engine/planning/fingerprint.ts';
import { hashBytes } from '../../../src/engine/store/contents/digest.ts';

const base: FingerprintInputs = {
  commands: ['tsx train.ts'],
  params: { 'train.rate': 0.001, net: 'A' },
  deps: { '${run}/data': hashBytes('data') },
  code: { 'train.ts': hashBytes('code') },
  outs: ['${run}/model', '${run}/log'],
  env: {},
};

/** The same value with the keys of all objects in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

describe('fingerprint', () => {
  it('does not depend on the order of keys or of outputs', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (params) => {
        const other = { ...base, params: reversed(params) as Record<string, unknown>, outs: [...base.outs].reverse() };
        assert.equal(fingerprint(other), fingerprint({ ...base, params }));
      }),
    );
  });

  it('differs when anything in it differs', () => {
    const variants: FingerprintInputs[] = [
      base,
      { ...base, commands: ['tsx train.ts --fast'] },
      { ...base, commands: ['tsx', 'train.ts'] },
      { ...base, params: { ...base.params, 'train.rate': 0.002 } },
      { ...base, params: { ...base.params, 'train.rate': '0.001' } },
      { ...base, params: { 'train.rate': 0.001 } },
      { ...base, deps: { '${run}/data': hashBytes('other') } },
      { ...base, deps: { '${run}/data': null } },
      { ...base, code: { 'train.ts': hashBytes('other') } },
      { ...base, outs: ['${run}/model'] },
      { ...base, env: { MODE: 'a' } },
      { ...base, env: { MODE: null } },
      { ...base, names: { a: '${run}/data' } },
      { ...base, names: { b: '${run}/data' } },
      { ...base, names: { a: ['${run}/data'] } },
    ];
    assert.equal(new Set(variants.map(fingerprint)).size, variants.length);
  });

  it('writes JSON that reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(canonicalJson(JSON.parse(canonicalJson(value))), canonicalJson(value));
        assert.equal(canonicalJson(reversed(value)), canonicalJson(value));
      }),
    );
  });
});
