import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Checkpoints in safetensors: eight bytes with the header's length (little-endian), a JSON header
 * `{name: {dtype, shape, data_offsets}, __metadata__: {..}}`, then the tensors' bytes without gaps. PyTorch reads these
 * files with `safetensors.torch.load_file`. Numbers are little-endian, as on every processor Node supports in practice.
 */

export interface StoredTensor {
  readonly dtype: 'float32' | 'int32' | 'uint8';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that is no checkpoint, or tensors that cannot be one; the message names the file and what is wrong. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
}

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
/** The safetensors library refuses longer headers. */
const MAX_HEADER_BYTES = 100_000_000;

const CODES = { float32: 'F32', int32: 'I32', uint8: 'U8' } as const;
const TYPES = {
  F32: { dtype: 'float32', array: Float32Array },
  I32: { dtype: 'int32', array: Int32Array },
  U8: { dtype: 'uint8', array: Uint8Array },
} as const;

function isKnownType(dtype: unknown): dtype is keyof typeof TYPES {
  return typeof dtype === 'string' && Object.hasOwn(TYPES, dtype);
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/**
 * Writes a checkpoint so that the file is either the old one or the complete new one. The same tensors and metadata
 * give the same bytes in whatever order they come.
 *
 * @throws CheckpointError for a tensor whose data does not fit its shape or type, and for a reserved name
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    for (const part of serialize(file, tensors, metadata)) await handle.writeFile(part);
    await handle.sync();
    await handle.close();
    await rename(temporary, file);
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
  // The new name is on the disk only when its directory is.
  const directory = await open(path.dirname(file), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function serialize(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const sortedMetadata = Object.entries(metadata).sort(([a], [b]) => byCodeUnits(a, b));
  const header: [string, unknown][] = sortedMetadata.length > 0 ? [[METADATA, Object.fromEntries(sortedMetadata)]] : [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  // Types of four bytes come before those of one, so that every tensor is aligned.
  const sorted = [...tensors].sort(
    ([a, { data: first }], [b, { data: second }]) =>
      second.BYTES_PER_ELEMENT - first.BYTES_PER_ELEMENT || byCodeUnits(a, b),
  );
  for (const [name, { dtype, shape, data }] of sorted) {
    if (name === METADATA) throw new CheckpointError(`${file}: a tensor cannot be called ${METADATA}.`);
    if (!(data instanceof TYPES[CODES[dtype]].array) || data.length !== sizeOf(shape)) {
      throw new CheckpointError(
        `${file}: the tensor ${name} is declared as ${dtype} [${shape.join(', ')}], ` +
          `but its data is a ${data.constructor.name} of ${data.length} values.`,
      );
    }
    header.push([name, { dtype: CODES[dtype], shape, data_offsets: [offset, offset + data.byteLength] }]);
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)), 'utf8');
  const padded = Buffer.alloc(Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES, ' ');
  json.copy(padded);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [length, padded, ...parts];
}

/**
 * Reads a checkpoint. The tensors' data is copied out of the file.
 *
 * @throws CheckpointError for a file that is missing, cut, or not a well-formed safetensors file
 */
export async function readSafetensors(file: string): Promise<Checkpoint> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new CheckpointError(
      `The checkpoint ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). ` +
        'Check the path, or run the stage that writes it.',
      { cause: error },
    );
  }
  return parse(file, bytes);
}

function damaged(file: string, what: string): CheckpointError {
  return new CheckpointError(
    `${file} is not a complete safetensors file: ${what}. Delete it and run the stage that writes it again.`,
  );
}

function parse(file: string, bytes: Buffer): Checkpoint {
  if (bytes.length < LENGTH_BYTES) throw damaged(file, `it has ${bytes.length} bytes, fewer than its own length field`);
  const length = bytes.readBigUInt64LE(0);
  const room = bytes.length - LENGTH_BYTES;
  if (length > BigInt(Math.min(room, MAX_HEADER_BYTES))) {
    throw damaged(file, `it announces a header of ${length} bytes, but ${room} bytes follow`);
  }
  const dataStart = LENGTH_BYTES + Number(length);
  const header = parseHeader(file, bytes.toString('utf8', LENGTH_BYTES, dataStart));
  const data = bytes.subarray(dataStart);
  const tensors = new Map<string, StoredTensor>();
  let metadata: Readonly<Record<string, string>> = {};
  const ranges: { name: string; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      metadata = checkMetadata(file, entry);
      continue;
    }
    const { dtype, shape, begin, end } = checkEntry(file, name, entry, data.length);
    const { array } = TYPES[dtype];
    ranges.push({ name, begin, end });
    const copy = new Uint8Array(data.subarray(begin, end)).buffer;
    tensors.set(name, { dtype: TYPES[dtype].dtype, shape, data: new array(copy) });
  }
  checkCoverage(file, ranges, data.length);
  return { tensors, metadata };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseHeader(file: string, text: string): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw damaged(file, 'its header is not JSON');
  }
  if (!isRecord(header)) throw damaged(file, 'its header is not a JSON object');
  return header;
}

function checkMetadata(file: string, entry: unknown): Readonly<Record<string, string>> {
  if (!isRecord(entry) || Object.values(entry).some((value) => typeof value !== 'string')) {
    throw damaged(file, `${METADATA} is not a map of strings`);
  }
  return entry as Readonly<Record<string, string>>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function checkEntry(
  file: string,
  name: string,
  entry: unknown,
  available: number,
): { dtype: keyof typeof TYPES; shape: readonly number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (!isKnownType(dtype)) {
    throw damaged(
      file,
      `the tensor ${name} has the type ${JSON.stringify(dtype)}, not ${Object.keys(TYPES).join(', ')}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw damaged(file, `the shape of the tensor ${name} is not a list of whole numbers`);
  }
  const [begin, end] = (Array.isArray(offsets) && offsets.length === 2 ? offsets : []) as unknown[];
  if (!isCount(begin) || !isCount(end) || begin > end) {
    throw damaged(file, `the tensor ${name} has no valid data_offsets`);
  }
  if (end > available) {
    throw damaged(file, `the tensor ${name} ends at byte ${end} of the data, which has ${available} (was it cut?)`);
  }
  const expected = sizeOf(shape) * TYPES[dtype].array.BYTES_PER_ELEMENT;
  if (end - begin !== expected) {
    throw damaged(
      file,
      `the tensor ${name}, ${dtype} [${shape.join(', ')}], needs ${expected} bytes and has ${end - begin}`,
    );
  }
  return { dtype, shape, begin, end };
}

/** The tensors lie side by side and fill the data, as the format demands. */
function checkCoverage(file: string, ranges: { name: string; begin: number; end: number }[], available: number): void {
  let position = 0;
  for (const { name, begin, end } of ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < position) throw damaged(file, `the tensor ${name} overlaps the one before it`);
    if (begin > position) throw damaged(file, `${begin - position} bytes before the tensor ${name} belong to none`);
    position = end;
  }
  if (position < available) throw damaged(file, `${available - position} bytes at its end belong to no tensor`);
}
