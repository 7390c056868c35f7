/**
 * A small assembler for WebAssembly with 128-bit vectors: expressions are trees of bytes, a function is one list of
 * statements. It covers what our kernels use and nothing else. WebAssembly's arithmetic is exact IEEE 754 and its
 * vectors do the same on every machine, so the kernels' results do not depend on where they run.
 */

/** Instructions, nested as the expressions are. */
export type Code = readonly (number | Code)[];
export type ValueType = 'i32' | 'f32' | 'v128';

export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

const TYPE_BYTE: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };
const VECTOR_PREFIX = 0xfd;
const EMPTY_BLOCK = 0x40;

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

function floatBytes(value: number): number[] {
  return [...new Uint8Array(new Float32Array([value]).buffer)];
}

export const get = (local: Local): Code => [0x20, unsigned(local.index)];
export const set = (local: Local, value: Code): Code => [value, 0x21, unsigned(local.index)];

/** 32-bit integers: addresses and counts. */
export const i32 = {
  constant: (value: number): Code => [0x41, signed(value)],
  add: (a: Code, b: Code): Code => [a, b, 0x6a],
  sub: (a: Code, b: Code): Code => [a, b, 0x6b],
  mul: (a: Code, b: Code): Code => [a, b, 0x6c],
  and: (a: Code, b: Code): Code => [a, b, 0x71],
  shiftLeft: (a: Code, bits: number): Code => [a, i32.constant(bits), 0x74],
  shiftRight: (a: Code, bits: number): Code => [a, i32.constant(bits), 0x76],
  load: (address: Code, offset = 0): Code => [address, memory([0x28], offset)],
  /** Addresses are unsigned: the heap may pass 2 GiB. */
  below: (a: Code, b: Code): Code => [a, b, 0x49],
  /** The smaller of two values that can be evaluated twice. */
  min: (a: Code, b: Code): Code => [a, b, a, b, 0x49, 0x1b],
} as const;

/** Adds to a local in place. */
export const advance = (local: Local, by: Code): Code => set(local, i32.add(get(local), by));

/** `while (counter < end) { body; counter += step }`, tested before the first turn. */
export function loopWhileBelow(counter: Local, end: Code, step: Code, body: Code): Code {
  const condition = i32.below(get(counter), end);
  return [
    [condition, 0x04, EMPTY_BLOCK],
    [0x03, EMPTY_BLOCK, body, advance(counter, step), condition, 0x0d, 0x00, 0x0b],
    0x0b,
  ];
}

/** `counter` times from `count` down to 1; nothing when it is 0. The body may not change `counter`. */
export function repeat(counter: Local, count: Code, body: Code): Code {
  const one = i32.constant(1);
  return [
    set(counter, count),
    [get(counter), 0x04, EMPTY_BLOCK],
    [0x03, EMPTY_BLOCK, body, set(counter, i32.sub(get(counter), one)), get(counter), 0x0d, 0x00, 0x0b],
    0x0b,
  ];
}

/** Arithmetic on one or four floats, so that a kernel's body is written once for the vectors and the rest. */
export interface Lanes {
  readonly count: 1 | 4;
  readonly bytes: 4 | 16;
  readonly type: 'f32' | 'v128';
  readonly load: (address: Code, offset?: number) => Code;
  readonly store: (address: Code, value: Code, offset?: number) => Code;
  /** One float from memory in every lane. */
  readonly loadSplat: (address: Code, offset?: number) => Code;
  readonly splat: (value: Code) => Code;
  readonly constant: (value: number) => Code;
  readonly add: (a: Code, b: Code) => Code;
  readonly sub: (a: Code, b: Code) => Code;
  readonly mul: (a: Code, b: Code) => Code;
  readonly div: (a: Code, b: Code) => Code;
  readonly sqrt: (a: Code) => Code;
  /** Per lane: where a > b the value of `yes`, elsewhere `no`. */
  readonly selectGreater: (a: Code, b: Code, yes: Code, no: Code) => Code;
  /** Per lane: where a equals b the value of `yes`, elsewhere `no`. */
  readonly selectEqual: (a: Code, b: Code, yes: Code, no: Code) => Code;
}

const memory = (opcode: readonly number[], offset = 0): Code => [opcode, 2, unsigned(offset)];
const vector = (opcode: number): number[] => [VECTOR_PREFIX, ...unsigned(opcode)];

export const f32Constant = (value: number): Code => [0x43, floatBytes(value)];

export const SCALAR: Lanes = {
  count: 1,
  bytes: 4,
  type: 'f32',
  load: (address, offset) => [address, memory([0x2a], offset)],
  store: (address, value, offset) => [address, value, memory([0x38], offset)],
  loadSplat: (address, offset) => [address, memory([0x2a], offset)],
  splat: (value) => value,
  constant: f32Constant,
  add: (a, b) => [a, b, 0x92],
  sub: (a, b) => [a, b, 0x93],
  mul: (a, b) => [a, b, 0x94],
  div: (a, b) => [a, b, 0x95],
  sqrt: (a) => [a, 0x91],
  selectGreater: (a, b, yes, no) => [yes, no, a, b, 0x5e, 0x1b],
  selectEqual: (a, b, yes, no) => [yes, no, a, b, 0x5b, 0x1b],
};

export const VECTOR: Lanes = {
  count: 4,
  bytes: 16,
  type: 'v128',
  load: (address, offset) => [address, memory(vector(0x00), offset)],
  store: (address, value, offset) => [address, value, memory(vector(0x0b), offset)],
  loadSplat: (address, offset) => [address, memory(vector(0x09), offset)],
  splat: (value) => [value, vector(0x13)],
  constant: (value) => [VECTOR_PREFIX, 0x0c, [0, 1, 2, 3].map(() => floatBytes(value))],
  add: (a, b) => [a, b, vector(0xe4)],
  sub: (a, b) => [a, b, vector(0xe5)],
  mul: (a, b) => [a, b, vector(0xe6)],
  div: (a, b) => [a, b, vector(0xe7)],
  sqrt: (a) => [a, vector(0xe3)],
  selectGreater: (a, b, yes, no) => [yes, no, a, b, vector(0x44), vector(0x52)],
  selectEqual: (a, b, yes, no) => [yes, no, a, b, vector(0x41), vector(0x52)],
};

/** Two 64-bit floats, what byte pictures are added up in; loading and storing both are those of VECTOR. */
export const f64x2 = {
  constant: (value: number): Code => [0x44, [...new Uint8Array(new Float64Array([value]).buffer)], vector(0x14)],
  loadSplat: (address: Code, offset = 0): Code => [address, memory(vector(0x0a), offset)],
  storeLane: (address: Code, value: Code, lane: 0 | 1): Code => [address, value, memory(vector(0x5b)), lane],
  add: (a: Code, b: Code): Code => [a, b, vector(0xf0)],
  sub: (a: Code, b: Code): Code => [a, b, vector(0xf1)],
  mul: (a: Code, b: Code): Code => [a, b, vector(0xf2)],
  div: (a: Code, b: Code): Code => [a, b, vector(0xf3)],
  ceil: (a: Code): Code => [a, vector(0x74)],
  /** Lanes of ones where a > b, else zeros. */
  greater: (a: Code, b: Code): Code => [a, b, vector(0x4a)],
  and: (a: Code, b: Code): Code => [a, b, vector(0x4e)],
  /** From the first two of four 32-bit integers, and back (the last two become 0). */
  fromSigned: (a: Code): Code => [a, vector(0xfe)],
  toSigned: (a: Code): Code => [a, vector(0xfc)],
} as const;

/** Vectors of unsigned bytes, and of the 16-bit shorts and 32-bit words that they widen to. */
export const byteLanes = {
  /** Eight bytes, then zeros. */
  loadEight: (address: Code): Code => [address, memory(vector(0x5d))],
  /** Stores one byte. */
  storeLane: (address: Code, value: Code, lane: number, offset: number): Code => [
    ...[address, value, vector(0x58)],
    ...[0, unsigned(offset), lane],
  ],
  /** The first eight bytes of a and b in turn. */
  interleave: (a: Code, b: Code): Code => [
    ...[a, b, vector(0x0d)],
    [0, 1, 2, 3, 4, 5, 6, 7].map((byte) => [byte, 16 + byte]),
  ],
  lowToShorts: (a: Code): Code => [a, vector(0x89)],
  highToShorts: (a: Code): Code => [a, vector(0x8a)],
  shortsLowToWords: (a: Code): Code => [a, vector(0xa9)],
  shortsHighToWords: (a: Code): Code => [a, vector(0xaa)],
} as const;

/** Four floats picked from a's (0-3) and b's (4-7). */
export function shuffle(a: Code, b: Code, lanes: readonly [number, number, number, number]): Code {
  return [a, b, vector(0x0d), lanes.map((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))];
}

/** (lane 0 + lane 1) + (lane 2 + lane 3). */
export function sumOfLanes(value: Local): Code {
  const lane = (index: number): Code => [get(value), vector(0x1f), index];
  return SCALAR.add(SCALAR.add(lane(0), lane(1)), SCALAR.add(lane(2), lane(3)));
}

/** One exported function under construction: its parameters and locals. */
export class FunctionBuilder {
  readonly #parameters: ValueType[] = [];
  readonly #locals: ValueType[] = [];

  parameter(type: 'i32' | 'f32'): Local {
    if (this.#locals.length > 0) throw new Error('parameters come before locals');
    this.#parameters.push(type);
    return { index: this.#parameters.length - 1, type };
  }

  parameters(count: number, type: 'i32' | 'f32' = 'i32'): Local[] {
    return Array.from({ length: count }, () => this.parameter(type));
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.#parameters.length + this.#locals.length - 1, type };
  }

  locals(count: number, type: ValueType): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  /** The function's type without results. */
  signature(): number[] {
    return [0x60, ...list(this.#parameters.map((type) => [TYPE_BYTE[type]])), 0];
  }

  body(code: Code): number[] {
    const bytes = [...list(this.#locals.map((type) => [1, TYPE_BYTE[type]])), ...flatten(code), 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  }
}

/** Writes one function: declares parameters, then locals, and returns its statements. */
export type FunctionSource = (builder: FunctionBuilder) => Code;

function flatten(code: Code): number[] {
  const bytes: number[] = [];
  const visit = (part: number | Code): void => {
    if (typeof part === 'number') bytes.push(part);
    else part.forEach(visit);
  };
  visit(code);
  return bytes;
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  return list([...Buffer.from(value)].map((byte) => [byte]));
}

/** Assembles functions into a module that imports its memory as `env.memory` and exports each under its name. */
export function assemble(sources: Readonly<Record<string, FunctionSource>>): Uint8Array<ArrayBuffer> {
  const functions = Object.entries(sources).map(([name, source]) => {
    const builder = new FunctionBuilder();
    const code = source(builder);
    return { name, signature: builder.signature(), body: builder.body(code) };
  });
  const importedMemory = [...text('env'), ...text('memory'), 2, 0, 0];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(functions.map(({ signature }) => signature))),
    ...section(2, list([importedMemory])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(7, list(functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]))),
    ...section(10, list(functions.map(({ body }) => body))),
  ]);
}
