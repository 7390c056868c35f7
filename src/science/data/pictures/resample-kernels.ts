import type { Code, FunctionSource, Local } from '../../../compute/wasm/assembler.ts';
import { VECTOR, advance, assemble, byteLanes, f64x2, get } from '../../../compute/wasm/assembler.ts';
import { i32, repeat, set, shuffle } from '../../../compute/wasm/assembler.ts';
import { createMemory, exportsOf, type WasmMemory } from '../../../compute/wasm/web-assembly.ts';

/**
 * The loops of resampling, in WebAssembly: its arithmetic is exact IEEE 754 and never fuses a product with a sum, so
 * the bytes that come out do not depend on the machine. Each lane of a vector holds a sum of its own, which begins at 0
 * and takes one weighted value after the other.
 */

/** Turns the loop over taps takes at once. */
const UNROLLED = 4;

/** Values of two rows that are spread at once. */
export const SPREAD = 8;

/** `body` for each tap, several at a time; it is given how many taps further than the pointers it is. */
function forEachTap(
  counter: Local,
  count: Local,
  body: (ahead: number) => Code,
  advanceBy: (taps: number) => Code,
): Code {
  const ahead = Array.from({ length: UNROLLED }, (_, tap) => tap);
  return [
    repeat(counter, i32.shiftRight(get(count), 2), [ahead.map(body), advanceBy(UNROLLED)]),
    repeat(counter, i32.and(get(count), i32.constant(UNROLLED - 1)), [body(0), advanceBy(1)]),
  ];
}

/**
 * Spreads two rows of bytes. Parameters: to (f64 [values, 2], a value of one row beside that of the other), from (bytes),
 * rowBytes, and turns of 8 values.
 */
const spreadRows: FunctionSource = (builder) => {
  const [to, from, rowBytes, turns] = builder.parameters(4) as [Local, Local, Local, Local];
  const turn = builder.local('i32');
  const [bytes, words] = builder.locals(2, 'v128') as [Local, Local];
  const below = i32.add(get(from), get(rowBytes));
  const storeTwo = (four: Code, offset: number): Code => [
    set(words, four),
    VECTOR.store(get(to), f64x2.fromSigned(get(words)), offset),
    VECTOR.store(get(to), f64x2.fromSigned(shuffle(get(words), get(words), [2, 3, 2, 3])), offset + 16),
  ];
  const storeFour = (eight: Code, offset: number): Code => [
    set(bytes, eight),
    storeTwo(byteLanes.shortsLowToWords(get(bytes)), offset),
    storeTwo(byteLanes.shortsHighToWords(get(bytes)), offset + 32),
  ];
  const both = builder.local('v128');
  return repeat(turn, get(turns), [
    set(both, byteLanes.interleave(byteLanes.loadEight(get(from)), byteLanes.loadEight(below))),
    storeFour(byteLanes.lowToShorts(get(both)), 0),
    storeFour(byteLanes.highToShorts(get(both)), 64),
    advance(from, i32.constant(SPREAD)),
    advance(to, i32.constant(16 * SPREAD)),
  ]);
};

/**
 * Narrows two spread rows. Parameters: to and below (f64 [values], one for each row); starts (i32 [values]: the address
 * of the first tap), weights (f64 [values, count]); values, count, and step, the bytes from tap to tap.
 */
const narrowRows: FunctionSource = (builder) => {
  const [to, below, starts, weights] = builder.parameters(4) as [Local, Local, Local, Local];
  const [values, count, step] = builder.parameters(3) as [Local, Local, Local];
  const [value, tap, at] = builder.locals(3, 'i32') as [Local, Local, Local];
  const sums = builder.local('v128');
  const addTap = (ahead: number): Code => [
    set(sums, f64x2.add(get(sums), f64x2.mul(f64x2.loadSplat(get(weights), 8 * ahead), VECTOR.load(get(at))))),
    advance(at, get(step)),
  ];
  return repeat(value, get(values), [
    set(sums, VECTOR.constant(0)),
    set(at, i32.load(get(starts))),
    forEachTap(tap, count, addTap, (taps) => advance(weights, i32.constant(8 * taps))),
    f64x2.storeLane(get(to), get(sums), 0),
    f64x2.storeLane(get(below), get(sums), 1),
    advance(starts, i32.constant(4)),
    advance(to, i32.constant(8)),
    advance(below, i32.constant(8)),
  ]);
};

/**
 * Adds up weighted rows to one row of bytes. Parameters: to (bytes [2 * pairs]), from (f64, rows `stride` bytes apart),
 * weights (f64 [count]), divisors (f64 [2]: each sum is divided by one, then by the other, and rounded); pairs of values,
 * count and stride.
 */
const addRows: FunctionSource = (builder) => {
  const [to, from, weights, divisors] = builder.parameters(4) as [Local, Local, Local, Local];
  const [pairs, count, stride] = builder.parameters(3) as [Local, Local, Local];
  const [pair, tap, at, weight] = builder.locals(4, 'i32') as [Local, Local, Local, Local];
  const [sums, above] = builder.locals(2, 'v128') as [Local, Local];
  const addTap = (ahead: number): Code => [
    set(sums, f64x2.add(get(sums), f64x2.mul(f64x2.loadSplat(get(weight), 8 * ahead), VECTOR.load(get(at))))),
    advance(at, get(stride)),
  ];
  const divide = (offset: number): Code => set(sums, f64x2.div(get(sums), f64x2.loadSplat(get(divisors), offset)));
  // As Math.round: a half goes up, and nothing below a half does, which adding 0.5 would not keep.
  const tooHigh = f64x2.greater(f64x2.sub(get(above), f64x2.constant(0.5)), get(sums));
  const rounded = f64x2.sub(get(above), f64x2.and(tooHigh, f64x2.constant(1)));
  return repeat(pair, get(pairs), [
    set(sums, VECTOR.constant(0)),
    set(at, get(from)),
    set(weight, get(weights)),
    forEachTap(tap, count, addTap, (taps) => advance(weight, i32.constant(8 * taps))),
    divide(0),
    divide(8),
    set(above, f64x2.ceil(get(sums))),
    set(above, f64x2.toSigned(rounded)),
    byteLanes.storeLane(get(to), get(above), 0, 0),
    byteLanes.storeLane(get(to), get(above), 4, 1),
    advance(to, i32.constant(2)),
    advance(from, i32.constant(16)),
  ]);
};

type Kernel = (...parameters: readonly number[]) => void;

/** The loops above with their memory. */
export interface ResampleKernels {
  readonly spreadRows: Kernel;
  readonly narrowRows: Kernel;
  readonly addRows: Kernel;
  readonly memory: WasmMemory;
}

const PAGE = 65536;
let kernels: ResampleKernels | undefined;

/** The loops with at least `bytes` of memory, whose content is left over. */
export function resampleKernels(bytes: number): ResampleKernels {
  kernels ??= instantiate();
  const missing = bytes - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE));
  return kernels;
}

function instantiate(): ResampleKernels {
  const memory = createMemory();
  const programs = exportsOf(assemble({ spreadRows, narrowRows, addRows }), memory);
  return { memory, ...(programs as Pick<ResampleKernels, 'spreadRows' | 'narrowRows' | 'addRows'>) };
}
