/**
 * The records of a `.wandb` file, as Weights & Biases number their fields: those that say what our runs say. A reader
 * of the official format skips nothing it needs, and we skip what others write besides.
 */
import { decode, encode, type Message, type Schema } from './protobuf.ts';

const item = {
  key: { number: 1, type: 'string' },
  /** Used instead of `key` for a key with parts. */
  nested_key: { number: 2, type: 'string', repeated: true },
  value_json: { number: 16, type: 'string' },
} as const satisfies Schema;

const updates = { update: { number: 1, type: item, repeated: true } } as const satisfies Schema;

const timestamp = {
  seconds: { number: 1, type: 'uint' },
  nanos: { number: 2, type: 'uint' },
} as const satisfies Schema;

const git = {
  remote_url: { number: 1, type: 'string' },
  commit: { number: 2, type: 'string' },
} as const satisfies Schema;

const run = {
  run_id: { number: 1, type: 'string' },
  entity: { number: 2, type: 'string' },
  project: { number: 3, type: 'string' },
  config: { number: 4, type: updates },
  run_group: { number: 6, type: 'string' },
  job_type: { number: 7, type: 'string' },
  display_name: { number: 8, type: 'string' },
  notes: { number: 9, type: 'string' },
  tags: { number: 10, type: 'string', repeated: true },
  sweep_id: { number: 12, type: 'string' },
  host: { number: 13, type: 'string' },
  start_time: { number: 17, type: timestamp },
  git: { number: 21, type: git },
} as const satisfies Schema;

const history = {
  item: { number: 1, type: item, repeated: true },
  step: { number: 2, type: { num: { number: 1, type: 'uint' } } },
} as const satisfies Schema;

const file = {
  /** Relative to the run's `files` directory. */
  path: { number: 1, type: 'string' },
  /** When it is uploaded: 0 now, 1 at the end, 2 whenever it changes. */
  policy: { number: 2, type: 'uint' },
  /** 0 other, 1 of W&B itself, 2 media, 3 artifact. */
  type: { number: 3, type: 'uint' },
} as const satisfies Schema;

const manifest = {
  version: { number: 1, type: 'uint' },
  policy: { number: 2, type: 'string' },
  config: {
    number: 3,
    type: { key: { number: 1, type: 'string' }, value_json: { number: 2, type: 'string' } },
    repeated: true,
  },
  contents: {
    number: 4,
    type: {
      path: { number: 1, type: 'string' },
      /** MD5 in base64. */
      digest: { number: 2, type: 'string' },
      size: { number: 4, type: 'uint' },
      local_path: { number: 6, type: 'string' },
    },
    repeated: true,
  },
} as const satisfies Schema;

const artifact = {
  run_id: { number: 1, type: 'string' },
  project: { number: 2, type: 'string' },
  entity: { number: 3, type: 'string' },
  type: { number: 4, type: 'string' },
  name: { number: 5, type: 'string' },
  digest: { number: 6, type: 'string' },
  description: { number: 7, type: 'string' },
  /** JSON. */
  metadata: { number: 8, type: 'string' },
  aliases: { number: 11, type: 'string', repeated: true },
  manifest: { number: 12, type: manifest },
  finalize: { number: 14, type: 'bool' },
  client_id: { number: 15, type: 'string' },
  sequence_client_id: { number: 16, type: 'string' },
  digest_algorithm: { number: 20, type: 'string' },
} as const satisfies Schema;

const record = {
  num: { number: 1, type: 'uint' },
  history: { number: 2, type: history },
  summary: { number: 3, type: updates },
  config: { number: 5, type: updates },
  files: { number: 6, type: { files: { number: 1, type: file, repeated: true } } },
  artifact: { number: 8, type: artifact },
  run: { number: 17, type: run },
  exit: { number: 18, type: { exit_code: { number: 1, type: 'uint' }, runtime: { number: 2, type: 'uint' } } },
  header: {
    number: 21,
    type: {
      version_info: {
        number: 1,
        type: { producer: { number: 1, type: 'string' }, min_consumer: { number: 2, type: 'string' } },
      },
    },
  },
} as const satisfies Schema;

/** One record; of everything but `num` only one field is set. */
export type WandbRecord = Message<typeof record>;
export type RunRecord = Message<typeof run>;
export type ArtifactRecord = Message<typeof artifact>;
export type Item = Message<typeof item>;

export function encodeRecord(value: WandbRecord): Buffer {
  return encode(record, value);
}

/** Throws a ProtobufError where the bytes are no record. */
export function decodeRecord(bytes: Uint8Array): WandbRecord {
  return decode(record, bytes);
}

/** JSON as Python writes it: NaN and the infinities are bare words, wherever they stand. */
export function toWandbJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map((one) => toWandbJson(one ?? null)).join(',')}]`;
  if (ArrayBuffer.isView(value)) return toWandbJson([...(value as unknown as Iterable<number>)]);
  if (typeof value === 'object' && value !== null && !('toJSON' in value)) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined && typeof field !== 'function');
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${toWandbJson(field)}`).join(',')}}`;
  }
  const json: unknown = JSON.stringify(value);
  return typeof json === 'string' ? json : 'null';
}

/** Reads what `toWandbJson` wrote; bare words that JSON lacks become texts, as in the journal. */
export function fromWandbJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(
      text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (word) => (word.startsWith('"') ? word : `"${word}"`)),
    );
  }
}

/** Values as items, one a key. */
export function itemsOf(values: Readonly<Record<string, unknown>>): Item[] {
  return Object.entries(values).map(([key, value]) => ({ key, value_json: toWandbJson(value) }));
}

/** The flat name of an item's key. */
export function keyOf({ key, nested_key }: Item): string {
  return nested_key !== undefined && nested_key.length > 0 ? nested_key.join('.') : (key ?? '');
}
