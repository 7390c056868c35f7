/**
 * Reads `.wandb` files from what is published of their format, and shares no code with the writer: a checksum by
 * polynomial division, chunks by hand, and protobuf without any schema.
 */

/** A message as numbered fields, each with everything that was said under its number. */
export type RawMessage = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

/** The payloads of all records that are whole; reading ends at the first damage, as it does at a lost tail. */
export function readPayloads(file: Buffer): Buffer[] {
  if (file.toString('latin1', 0, 4) !== ':W&B' || file.readUInt16LE(4) !== 0xbee1 || file[6] !== 0) {
    throw new Error('this is no .wandb file');
  }
  const payloads: Buffer[] = [];
  let collected: Buffer[] = [];
  let position = 7;
  while (position < file.length) {
    const leftInBlock = 32768 - (position % 32768);
    if (leftInBlock <= 6) {
      if (file.subarray(position, position + leftInBlock).some((byte) => byte !== 0)) throw new Error('dirty padding');
      position += leftInBlock;
      continue;
    }
    if (position + 7 > file.length) break;
    const [crc, size, type] = [file.readUInt32LE(position), file.readUInt16LE(position + 4), file[position + 6]!];
    if (size > leftInBlock - 7) throw new Error(`a chunk at ${position} leaves its block`);
    const body = file.subarray(position + 7, position + 7 + size);
    if (body.length < size || crc32(file.subarray(position + 6, position + 7 + size)) !== crc) break;
    const opens = type === 1 || type === 2;
    if (opens !== (collected.length === 0)) throw new Error(`a chunk of type ${type} at ${position} is out of order`);
    collected.push(body);
    if (type === 1 || type === 4) {
      payloads.push(Buffer.concat(collected));
      collected = [];
    }
    position += 7 + size;
  }
  return payloads;
}

function crc32(bytes: Buffer): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return (remainder ^ 0xffffffff) >>> 0;
}

export function parseMessage(bytes: Buffer): RawMessage {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const number = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(number());
    const list = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, list);
    if ((tag & 7) === 0) {
      list.push(number());
    } else if ((tag & 7) === 2) {
      const size = Number(number());
      list.push(bytes.subarray(at, at + size));
      at += size;
    } else {
      throw new Error(`no record of ours has wire type ${tag & 7}`);
    }
  }
  return fields;
}

export const texts = (message: RawMessage, field: number): string[] =>
  (message.get(field) ?? []).map((value) => value.toString());
export const text = (message: RawMessage, field: number): string | undefined => texts(message, field)[0];
export const messages = (message: RawMessage, field: number): RawMessage[] =>
  (message.get(field) ?? []).map((value) => parseMessage(value as Buffer));
export const message = (parent: RawMessage, field: number): RawMessage => messages(parent, field)[0] ?? new Map();

/** Items (key = 1, value_json = 16) as an object; what JSON lacks (NaN) stays text. */
export function itemsOf(parent: RawMessage, field: number): Record<string, unknown> {
  const parse = (json: string): unknown => (/^-?(NaN|Infinity)$/.test(json) ? json : JSON.parse(json));
  return Object.fromEntries(messages(parent, field).map((item) => [text(item, 1)!, parse(text(item, 16)!)]));
}

/** What the records of a run say, by the field numbers of the published format. */
export interface ReadRun {
  readonly numbers: readonly number[];
  readonly kinds: readonly string[];
  readonly run: RawMessage;
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly Readonly<Record<string, unknown>>[];
  readonly summary: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
  readonly artifacts: readonly RawMessage[];
  /** Null: the run crashed. */
  readonly exitCode: number | null;
}

const KINDS: Readonly<Record<number, string>> = {
  2: 'history',
  3: 'summary',
  5: 'config',
  6: 'files',
  8: 'artifact',
  17: 'run',
  18: 'exit',
  21: 'header',
};

export function readRun(file: Buffer): ReadRun {
  const records = readPayloads(file).map(parseMessage);
  const all = (field: number) => records.flatMap((record) => messages(record, field));
  const run = all(17)[0] ?? new Map();
  const exit = all(18)[0];
  return {
    numbers: records.map((record) => Number(text(record, 1))),
    kinds: records.map((record) => KINDS[[...record.keys()].find((key) => key !== 1)!] ?? '?'),
    run,
    config: itemsOf(message(run, 4), 1),
    history: all(2).map((row) => itemsOf(row, 1)),
    summary: Object.assign({}, ...all(3).map((summary) => itemsOf(summary, 1))) as Record<string, unknown>,
    files: all(6).flatMap((files) => messages(files, 1).map((one) => text(one, 1)!)),
    artifacts: all(8),
    exitCode: exit === undefined ? null : Number(text(exit, 1) ?? 0),
  };
}
