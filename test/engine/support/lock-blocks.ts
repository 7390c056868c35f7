import fc from 'fast-check';
import type { LockBlock } from '../../../src/engine/planning/lock-format.ts';
import type { Value } from '../../../src/engine/yaml/values.ts';
import { hashBytes } from '../../../src/engine/store/contents/digest.ts';

const key = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text !== '__proto__');
const digest = fc.string().map(hashBytes);
const artifact = fc.record({ digest, size: fc.nat() });
const value = fc.jsonValue() as fc.Arbitrary<Value>;
const block: fc.Arbitrary<LockBlock> = fc.record(
  {
    fingerprint: digest,
    commands: fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 3 }),
    params: fc.dictionary(key, value, { maxKeys: 4 }),
    code: fc.dictionary(key, digest, { maxKeys: 3 }),
    deps: fc.dictionary(key, artifact, { maxKeys: 3 }),
    outs: fc.dictionary(key, artifact, { maxKeys: 3 }),
    wdir: fc.string({ minLength: 1, unit: 'grapheme' }),
    names: fc.dictionary(key, fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 2 })), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    }),
    env: fc.dictionary(key, fc.option(fc.string({ unit: 'grapheme' })), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    }),
  },
  { requiredKeys: ['fingerprint', 'commands', 'params', 'code', 'deps', 'outs'] },
);

/** Blocks by instance name, with whatever texts and values a lock can hold. */
export const lockBlocks = fc.dictionary(key, block, { maxKeys: 3 });
