import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProtobufError } from '../../../src/tracking/offline/protobuf.ts';
import { decodeRecord, encodeRecord, fromWandbJson, toWandbJson } from '../../../src/tracking/offline/records.ts';
import { itemsOf, message, parseMessage, text } from '../support/wandb-reader.ts';

describe('wandb records', () => {
  it('survive encoding, whatever the texts and numbers', () => {
    const item = fc.record(
      { key: fc.string({ unit: 'binary' }), value_json: fc.string({ unit: 'binary' }) },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.array(item, { minLength: 1 }), fc.maxSafeNat(), (num, items, step) => {
        const record = { num, history: { item: items, step: { num: step } } };
        assert.deepEqual(decodeRecord(encodeRecord(record)), record);
      }),
    );
  });

  it('are numbered as the official format numbers them', () => {
    const raw = parseMessage(
      encodeRecord({
        num: 300,
        history: { item: [{ key: 'loss', value_json: '0.5' }], step: { num: 7 } },
      }),
    );
    assert.equal(raw.get(1)?.[0], 300n);
    assert.deepEqual(itemsOf(message(raw, 2), 1), { loss: 0.5 });
    assert.equal(text(message(message(raw, 2), 2), 1), '7');
  });

  it('skip fields that other writers add', () => {
    // Field 200 as bytes and field 201 as a fixed number, beside num = 5.
    const bytes = Buffer.from([0xc2, 0x0c, 2, 1, 2, 0xc9, 0x0c, 1, 2, 3, 4, 5, 6, 7, 8, 0x08, 5]);
    assert.deepEqual(decodeRecord(bytes), { num: 5 });
  });

  it('say that bytes are cut instead of inventing the rest', () => {
    const bytes = encodeRecord({ num: 1, run: { run_id: 'abcdefgh' } });
    assert.throws(() => decodeRecord(bytes.subarray(0, -1)), ProtobufError);
  });

  it('refuse numbers that the format would bend', () => {
    assert.throws(() => encodeRecord({ num: -1 }), /expected a whole number from 0, found -1/);
    assert.throws(() => encodeRecord({ num: 0.5 }), RangeError);
  });

  it('write NaN and infinities as bare words, and big numbers and typed arrays as what they are', () => {
    const value = {
      loss: NaN,
      rates: [Infinity, -Infinity, 1],
      steps: 12n,
      weights: Float32Array.of(0.5, 2),
      no: undefined,
    };
    assert.equal(toWandbJson(value), '{"loss":NaN,"rates":[Infinity,-Infinity,1],"steps":12,"weights":[0.5,2]}');
  });

  it('read what they wrote; texts that look like numbers stay texts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        assert.deepEqual(fromWandbJson(toWandbJson(value)), JSON.parse(JSON.stringify(value))),
      ),
    );
    assert.deepEqual(fromWandbJson('{"a":NaN,"b":"NaN, Infinity \\" -Infinity","c":-Infinity}'), {
      a: 'NaN',
      b: 'NaN, Infinity " -Infinity',
      c: '-Infinity',
    });
  });

  it('leave what was logged as it was', () => {
    const logged = Object.freeze({ loss: 1, nested: Object.freeze({ list: Object.freeze([1, NaN]) }) });
    assert.equal(toWandbJson(logged), '{"loss":1,"nested":{"list":[1,NaN]}}');
  });
});
