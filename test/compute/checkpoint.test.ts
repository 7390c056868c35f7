import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { readSafetensors, writeSafetensors } from '../../src/compute/checkpoint.ts';
import type { StoredTensor } from '../../src/compute/checkpoint.ts';

const tensor: fc.Arbitrary<StoredTensor> = fc
  .tuple(
    fc.constantFrom('float32', 'int32', 'uint8'),
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    fc.infiniteStream(fc.integer()),
  )
  .map(([dtype, shape, numbers]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const array = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[dtype];
    return { dtype, shape, data: array.from([...numbers.take(size)]) };
  });

/** A file by hand: header text and data bytes. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

describe('checkpoint', () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'checkpoint-'));
    file = path.join(directory, 'weights.safetensors');
  });

  afterEach(() => rm(directory, { recursive: true }));

  it('gives back every tensor and the metadata bit for bit', async () => {
    const names = fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__' && name !== '__proto__');
    const property = fc.asyncProperty(
      fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 6 }),
      fc.dictionary(names, fc.string(), { noNullPrototype: true }),
      async (entries, metadata) => {
        await writeSafetensors(file, new Map(entries), metadata);
        const { tensors, metadata: read } = await readSafetensors(file);
        assert.deepEqual(new Map([...tensors].sort()), new Map(entries.sort()));
        assert.deepEqual(read, metadata);
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });

  it('writes the same bytes for the same tensors in another order', async () => {
    const a: StoredTensor = { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) };
    const b: StoredTensor = { dtype: 'float32', shape: [1, 2], data: Float32Array.of(0.5, -2) };
    await writeSafetensors(file, new Map([['a', a], ['b', b]]), { x: '1', y: '2' }); // prettier-ignore
    const first = await readFile(file);
    await writeSafetensors(file, new Map([['b', b], ['a', a]]), { y: '2', x: '1' }); // prettier-ignore
    assert.deepEqual(await readFile(file), first);
  });

  it('lays the file out as the format says, aligned and padded with spaces', async () => {
    const small: StoredTensor = { dtype: 'uint8', shape: [1], data: Uint8Array.of(7) };
    const wide: StoredTensor = { dtype: 'float32', shape: [2], data: Float32Array.of(1, -2) };
    await writeSafetensors(file, new Map([['a', small], ['b', wide]]), { epoch: '3' }); // prettier-ignore
    const bytes = await readFile(file);
    const headerLength = Number(bytes.readBigUInt64LE(0));
    assert.equal(headerLength % 8, 0);
    const header = bytes.toString('utf8', 8, 8 + headerLength);
    assert.match(header, /^\{.*\} *$/);
    assert.deepEqual(JSON.parse(header), {
      __metadata__: { epoch: '3' },
      b: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      a: { dtype: 'U8', shape: [1], data_offsets: [8, 9] },
    });
    assert.deepEqual([...bytes.subarray(8 + headerLength)], [0, 0, 128, 63, 0, 0, 0, 192, 7]);
  });

  it('refuses a tensor whose data does not fit its shape, and keeps the old file', async () => {
    const good: StoredTensor = { dtype: 'uint8', shape: [1], data: Uint8Array.of(7) };
    await writeSafetensors(file, new Map([['good', good]]));
    const before = await readFile(file);
    const bad: StoredTensor = { dtype: 'float32', shape: [3], data: Float32Array.of(1) };
    await assert.rejects(writeSafetensors(file, new Map([['bad', bad]])), /bad is declared as float32 \[3\].*1 values/);
    await assert.rejects(writeSafetensors(file, new Map([['__metadata__', good]])), /cannot be called __metadata__/);
    assert.deepEqual(await readFile(file), before);
    assert.deepEqual(await readdir(directory), ['weights.safetensors']);
  });

  it('says so when the file is missing', async () => {
    await assert.rejects(readSafetensors(file), /cannot be read \(ENOENT\)/);
  });

  it('says so at any place where the file is cut', async () => {
    const values = Float32Array.of(1, 2, 3);
    await writeSafetensors(file, new Map([['w', { dtype: 'float32', shape: [3], data: values }]]));
    const whole = await readFile(file);
    for (let length = 0; length < whole.length; length++) {
      await writeFile(file, whole.subarray(0, length));
      await assert.rejects(readSafetensors(file), {
        name: 'CheckpointError',
        message: /is not a complete safetensors file/,
      });
    }
  });

  const f32 = (shape: unknown, data_offsets: unknown, dtype: unknown = 'F32'): object => ({
    dtype,
    shape,
    data_offsets,
  });
  const hostile: [string, Buffer, RegExp][] = [
    [
      'a header longer than the file',
      Buffer.from([255, 255, 255, 255, 255, 255, 255, 127, 1]),
      /announces a header of/,
    ],
    ['a header that is not JSON', fileOf('{"w":'), /header is not JSON/],
    ['a header that is a list', fileOf([]), /not a JSON object/],
    ['an entry that is a number', fileOf({ w: 3 }), /tensor w has the type undefined/],
    ['an unknown type', fileOf({ w: f32([1], [0, 8], 'F64') }, new Uint8Array(8)), /"F64", not F32, I32, U8/],
    [
      'the name of an inherited property as type',
      fileOf({ w: f32([1], [0, 4], 'constructor') }, new Uint8Array(4)),
      /"constructor"/,
    ],
    ['a shape with a negative length', fileOf({ w: f32([-1], [0, 4]) }, new Uint8Array(4)), /shape of the tensor w/],
    ['offsets the wrong way round', fileOf({ w: f32([1], [4, 0]) }, new Uint8Array(4)), /no valid data_offsets/],
    [
      'offsets beyond the file',
      fileOf({ w: f32([2], [0, 8]) }, new Uint8Array(4)),
      /ends at byte 8 of the data, which has 4/,
    ],
    [
      'a shape that needs more than its bytes',
      fileOf({ w: f32([2], [0, 4]) }, new Uint8Array(4)),
      /needs 8 bytes and has 4/,
    ],
    [
      'a shape whose size overflows',
      fileOf({ w: f32([2 ** 40, 2 ** 40], [0, 4]) }, new Uint8Array(4)),
      /needs .* bytes and has 4/,
    ],
    ['tensors that overlap', fileOf({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, new Uint8Array(4)), /b overlaps/],
    [
      'a hole between tensors',
      fileOf({ a: f32([1], [4, 8]) }, new Uint8Array(8)),
      /4 bytes before the tensor a belong to none/,
    ],
    ['bytes behind the last tensor', fileOf({ a: f32([1], [0, 4]) }, new Uint8Array(6)), /2 bytes at its end/],
    ['metadata that is not text', fileOf({ __metadata__: { epoch: 3 } }), /not a map of strings/],
  ];
  for (const [what, bytes, message] of hostile) {
    it(`refuses ${what}`, async () => {
      await writeFile(file, bytes);
      await assert.rejects(readSafetensors(file), { name: 'CheckpointError', message });
    });
  }
});
