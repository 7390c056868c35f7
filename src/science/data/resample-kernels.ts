import type { Code, FunctionSource, Local } from '../tensor/wasm-kernels/assembler.ts';
import { VECTOR, advance, assemble, f64, f64x2, get, i32, repeat, set } from '../tensor/wasm-kernels/assembler.ts';
import { createMemory, exportsOf, type WasmMemory } from '../tensor/wasm-kernels/web-assembly.ts';

/**
 * The two loops of resampling, in WebAssembly: its arithmetic is exact IEEE 754 and never fuses a product with a sum, so
 * the bytes that come out do not depend on the machine. Sums begin at 0 and take one weighted value after the other.
 */

/** Turns the loop over taps takes at once. */
const UNROLLED = 4;

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
 * Narrows rows of bytes. Parameters: to (f64, `gap` bytes more after each row), from (bytes), rows, rowBytes; starts
 * (i32 [values]: where in a row the first tap lies), weights (f64 [values, count]); values, count, and step, the bytes
 * from tap to tap.
 */
const narrowRows: FunctionSource = (builder) => {
  const [to, from, rows, rowBytes, starts] = builder.parameters(5) as [Local, Local, Local, Local, Local];
  const [weights, values, count, step, gap] = builder.parameters(5) as [Local, Local, Local, Local, Local];
  const [row, value, tap] = builder.locals(3, 'i32') as [Local, Local, Local];
  const [start, weight, at] = builder.locals(3, 'i32') as [Local, Local, Local];
  const sum = builder.local('f64');
  const addTap = (ahead: number): Code => [
    set(sum, f64.add(get(sum), f64.mul(f64.load(get(weight), 8 * ahead), f64.fromUnsigned(i32.loadByte(get(at)))))),
    advance(at, get(step)),
  ];
  return repeat(row, get(rows), [
    set(start, get(starts)),
    set(weight, get(weights)),
    repeat(value, get(values), [
      set(sum, f64.zero),
      set(at, i32.add(get(from), i32.load(get(start)))),
      forEachTap(tap, count, addTap, (taps) => advance(weight, i32.constant(8 * taps))),
      f64.store(get(to), get(sum)),
      advance(start, i32.constant(4)),
      advance(to, i32.constant(8)),
    ]),
    advance(from, get(rowBytes)),
    advance(to, get(gap)),
  ]);
};

/**
 * Adds up weighted rows. Parameters: to (f64 [2 * pairs]), from (f64, rows `stride` bytes apart), weights (f64 [count]);
 * pairs of values, count and stride.
 */
const addRows: FunctionSource = (builder) => {
  const [to, from, weights] = builder.parameters(3) as [Local, Local, Local];
  const [pairs, count, stride] = builder.parameters(3) as [Local, Local, Local];
  const [pair, tap, at, weight] = builder.locals(4, 'i32') as [Local, Local, Local, Local];
  const sum = builder.local('v128');
  const addTap = (ahead: number): Code => [
    set(sum, f64x2.add(get(sum), f64x2.mul(f64x2.loadSplat(get(weight), 8 * ahead), VECTOR.load(get(at))))),
    advance(at, get(stride)),
  ];
  return repeat(pair, get(pairs), [
    set(sum, VECTOR.constant(0)),
    set(at, get(from)),
    set(weight, get(weights)),
    forEachTap(tap, count, addTap, (taps) => advance(weight, i32.constant(8 * taps))),
    VECTOR.store(get(to), get(sum)),
    advance(to, i32.constant(16)),
    advance(from, i32.constant(16)),
  ]);
};

type Kernel = (...parameters: readonly number[]) => void;

/** The loops above with their memory. */
export interface ResampleKernels {
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
  const programs = exportsOf(assemble({ narrowRows, addRows }), memory) as { narrowRows: Kernel; addRows: Kernel };
  return { memory, narrowRows: programs.narrowRows, addRows: programs.addRows };
}
