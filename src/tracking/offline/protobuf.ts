/**
 * Protocol Buffers for messages described by a table of fields: the small part of the encoding that the records of
 * Weights & Biases use. Unknown fields are skipped, as the format asks.
 */

/** The type of a field's value: a text, a whole number from 0, a truth value, or another message. */
export type FieldType = 'string' | 'uint' | 'bool' | Schema;

export interface Field {
  readonly number: number;
  readonly type: FieldType;
  readonly repeated?: true;
}

/** Fields of a message by name. */
export interface Schema {
  readonly [name: string]: Field;
}

type ValueOf<T extends FieldType> = T extends 'string'
  ? string
  : T extends 'uint'
    ? number
    : T extends 'bool'
      ? boolean
      : T extends Schema
        ? Message<T>
        : never;

/** The values of a message. A field that is absent has its default: '', 0, false, no message, an empty list. */
export type Message<S extends Schema> = {
  readonly [Name in keyof S]?: S[Name] extends { readonly repeated: true }
    ? readonly ValueOf<S[Name]['type']>[]
    : ValueOf<S[Name]['type']>;
};

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Bytes that are not a message: cut, or of another format. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** The bytes of a message. Throws a RangeError for a number that is not whole, or beyond 2^53. */
export function encode<S extends Schema>(schema: S, message: Message<S>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, field] of Object.entries(schema)) {
    const value: unknown = message[name];
    if (value === undefined) continue;
    for (const one of field.repeated === true ? (value as readonly unknown[]) : [value]) {
      parts.push(...encodeField(field, one));
    }
  }
  return Buffer.concat(parts);
}

function encodeField({ number, type }: Field, value: unknown): readonly Buffer[] {
  if (type === 'uint' || type === 'bool') return [varint(number * 8 + VARINT), varint(Number(value))];
  const bytes = type === 'string' ? Buffer.from(value as string) : encode(type, value as Message<Schema>);
  return [varint(number * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes];
}

/** Seven bits a byte, the lowest first; all but the last with the highest bit set. */
function varint(value: number): Buffer {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`expected a whole number from 0, found ${value}`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Reads a message. Throws a ProtobufError where the bytes are none. */
export function decode<S extends Schema>(schema: S, bytes: Uint8Array): Message<S> {
  const byNumber = new Map(Object.entries(schema).map(([name, field]) => [field.number, { name, field }]));
  const cursor = new Cursor(bytes);
  const message: Record<string, unknown> = {};
  while (!cursor.atEnd) {
    const tag = cursor.varint();
    const wire = cursor.value(tag % 8);
    const known = byNumber.get(Math.floor(tag / 8));
    if (known === undefined || wire === null) continue;
    const value = decodeValue(known.field.type, wire);
    if (known.field.repeated === true) {
      message[known.name] = [...((message[known.name] as unknown[] | undefined) ?? []), value];
    } else {
      message[known.name] = value;
    }
  }
  return message as Message<S>;
}

function decodeValue(type: FieldType, wire: number | Uint8Array): unknown {
  if (type === 'uint' || type === 'bool') {
    if (typeof wire !== 'number') throw new ProtobufError('expected a number, found bytes');
    return type === 'bool' ? wire !== 0 : wire;
  }
  if (typeof wire === 'number') throw new ProtobufError('expected bytes, found a number');
  return type === 'string' ? Buffer.from(wire).toString('utf8') : decode(type, wire);
}

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new ProtobufError('the message is cut');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new ProtobufError('a number is longer than 64 bits');
  }

  /** The value that follows a tag; null where none of our types is stored that way. */
  value(wireType: number): number | Uint8Array | null {
    switch (wireType) {
      case VARINT:
        return this.varint();
      case LENGTH_DELIMITED:
        return this.#take(this.varint());
      case FIXED_64:
        this.#take(8);
        return null;
      case FIXED_32:
        this.#take(4);
        return null;
      default:
        throw new ProtobufError(`unknown wire type ${wireType}`);
    }
  }

  #take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    if (taken.length < count) throw new ProtobufError('the message is cut');
    this.#at += count;
    return taken;
  }
}
