import type { Code, FunctionBuilder, FunctionSource, Lanes, Local } from './assembler.ts';
import { VECTOR, SCALAR, advance, get, i32, loopWhileBelow, repeat, set } from './assembler.ts';

/**
 * Kernels over a matrix [rows, channels]: per-channel sums, and maps whose coefficients are per channel. Batch
 * normalisation, bias gradients and reductions over all axes but the last are these.
 */

/** Rows summed before they join the total: keeps a sum of a million floats as exact as one of a thousand. */
const BLOCK = 64;

interface Matrix {
  readonly rows: Local;
  readonly channels: Local;
  /** Address of an element of this lane width: `pointer` + row and channel. `step` counts widths to the right. */
  readonly element: (pointer: Local) => Code;
  /** Address of a per-channel coefficient. */
  readonly coefficient: (pointer: Local) => Code;
}

/**
 * The column sums of `values` (computed at each element, side effects welcome) into `outputs`. Panels of several
 * vectors side by side use whole cache lines.
 */
export function columnSums(
  builder: FunctionBuilder,
  { rows, channels }: { rows: Local; channels: Local },
  outputs: readonly Local[],
  panel: number,
  values: (lanes: Lanes, matrix: Matrix, step: number) => readonly Code[],
): Code {
  const [channel, offset, rowBytes, left, block, counter] = builder.locals(6, 'i32') as Six;
  const size = outputs.length * panel;
  const registers = {
    v128: { parts: builder.locals(size, 'v128'), totals: builder.locals(size, 'v128') },
    f32: { parts: builder.locals(outputs.length, 'f32'), totals: builder.locals(outputs.length, 'f32') },
  };
  const matrix: Matrix = {
    rows,
    channels,
    element: (pointer) => i32.add(get(pointer), get(offset)),
    coefficient: (pointer) => i32.add(get(pointer), get(channel)),
  };
  const columns = (lanes: Lanes, width: number): Code => {
    const { parts, totals } = registers[lanes.type];
    const steps = Array.from({ length: width }, (_, step) => step);
    const slots = steps.flatMap((step) => outputs.map((_, output) => step * outputs.length + output));
    const reset = (locals: readonly Local[]): Code =>
      slots.map((slot) => set(locals[slot] as Local, lanes.constant(0)));
    const accumulate = steps.map((step) =>
      values(lanes, matrix, step).map((value, output) => {
        const part = parts[step * outputs.length + output] as Local;
        return set(part, lanes.add(get(part), value));
      }),
    );
    return [
      reset(totals),
      set(offset, get(channel)),
      set(left, get(rows)),
      [get(left), 0x04, 0x40],
      [0x03, 0x40],
      set(block, i32.min(get(left), i32.constant(BLOCK))),
      reset(parts),
      repeat(counter, get(block), [accumulate, advance(offset, get(rowBytes))]),
      slots.map((slot) => {
        const total = totals[slot] as Local;
        return set(total, lanes.add(get(total), get(parts[slot] as Local)));
      }),
      set(left, i32.sub(get(left), get(block))),
      [get(left), 0x0d, 0x00],
      [0x0b, 0x0b],
      steps.map((step) =>
        outputs.map((output, index) => {
          const total = totals[step * outputs.length + index] as Local;
          return lanes.store(matrix.coefficient(output), get(total), step * lanes.bytes);
        }),
      ),
    ];
  };
  const wholeBytes = (floats: number): Code => i32.and(get(rowBytes), i32.constant(-4 * floats));
  return [
    set(rowBytes, i32.shiftLeft(get(channels), 2)),
    set(channel, i32.constant(0)),
    loopWhileBelow(channel, wholeBytes(4 * panel), i32.constant(16 * panel), columns(VECTOR, panel)),
    loopWhileBelow(channel, wholeBytes(4), i32.constant(16), columns(VECTOR, 1)),
    loopWhileBelow(channel, get(rowBytes), i32.constant(4), columns(SCALAR, 1)),
  ];
}

/** Runs `statements` at every element, row by row. */
export function forEachElement(
  builder: FunctionBuilder,
  { rows, channels }: { rows: Local; channels: Local },
  statements: (lanes: Lanes, matrix: Matrix) => Code,
): Code {
  const [channel, rowStart, offset, rowBytes, counter] = builder.locals(5, 'i32') as Five;
  const matrix: Matrix = {
    rows,
    channels,
    element: (pointer) => i32.add(get(pointer), get(offset)),
    coefficient: (pointer) => i32.add(get(pointer), get(channel)),
  };
  const across = (lanes: Lanes, end: Code): Code =>
    loopWhileBelow(channel, end, i32.constant(lanes.bytes), [
      set(offset, i32.add(get(rowStart), get(channel))),
      statements(lanes, matrix),
    ]);
  return [
    set(rowBytes, i32.shiftLeft(get(channels), 2)),
    set(rowStart, i32.constant(0)),
    repeat(counter, get(rows), [
      set(channel, i32.constant(0)),
      across(VECTOR, i32.and(get(rowBytes), i32.constant(-16))),
      across(SCALAR, get(rowBytes)),
      advance(rowStart, get(rowBytes)),
    ]),
  ];
}

/** dy times the slope of a sign-keeping activation, read off its output: 1 above 0, `alpha` elsewhere. */
function throughActivation(lanes: Lanes, dy: Code, y: Code, alpha: Local): Code {
  return lanes.selectGreater(y, lanes.constant(0), dy, lanes.mul(dy, lanes.splat(get(alpha))));
}

/** sums[channel] of x. Parameters: x, sums, rows, channels. */
export const channelSum: FunctionSource = (builder) => {
  const [x, sums, rows, channels] = builder.parameters(4) as Four;
  return columnSums(builder, { rows, channels }, [sums], 4, (lanes, matrix, step) => [
    lanes.load(matrix.element(x), step * lanes.bytes),
  ]);
};

/** sums[channel] of (x - mean)^2. Parameters: x, mean, sums, rows, channels. */
export const channelSquares: FunctionSource = (builder) => {
  const [x, mean, sums, rows, channels] = builder.parameters(5) as Five;
  const centred = { v128: builder.local('v128'), f32: builder.local('f32') };
  return columnSums(builder, { rows, channels }, [sums], 4, (lanes, matrix, step) => {
    const local = centred[lanes.type];
    const offset = step * lanes.bytes;
    const value = lanes.sub(lanes.load(matrix.element(x), offset), lanes.load(matrix.coefficient(mean), offset));
    // The value is stored and used in one expression: set, then square.
    return [[set(local, value), lanes.mul(get(local), get(local))]];
  });
};

/**
 * y = activation(x * scale + shift), scale and shift per channel; alpha is the activation's slope below zero (1: none).
 * Parameters: x, scale, shift, y, rows, channels, alpha.
 */
export const channelAffine: FunctionSource = (builder) => {
  const [x, scale, shift, y, rows, channels] = builder.parameters(6) as Six;
  const alpha = builder.parameter('f32');
  const value = { v128: builder.local('v128'), f32: builder.local('f32') };
  return forEachElement(builder, { rows, channels }, (lanes, matrix) => {
    const local = value[lanes.type];
    const scaled = lanes.mul(lanes.load(matrix.element(x)), lanes.load(matrix.coefficient(scale)));
    return [
      set(local, lanes.add(scaled, lanes.load(matrix.coefficient(shift)))),
      lanes.store(matrix.element(y), throughActivation(lanes, get(local), get(local), alpha)),
    ];
  });
};

/**
 * dz = dy through the activation whose output was y; sums[channel] of dz.
 * Parameters: dy, y, dz, sums, rows, channels, alpha.
 */
export const activationBiasGradient: FunctionSource = (builder) => {
  const [dy, y, dz, sums, rows, channels] = builder.parameters(6) as Six;
  const alpha = builder.parameter('f32');
  const value = { v128: builder.local('v128'), f32: builder.local('f32') };
  return columnSums(builder, { rows, channels }, [sums], 4, (lanes, matrix, step) => {
    const local = value[lanes.type];
    const offset = step * lanes.bytes;
    const gradient = lanes.load(matrix.element(dy), offset);
    return [
      [
        set(local, throughActivation(lanes, gradient, lanes.load(matrix.element(y), offset), alpha)),
        lanes.store(matrix.element(dz), get(local), offset),
        get(local),
      ],
    ];
  });
};

/**
 * For the gradient of batch normalisation: sums of dz and of dz * (x - mean), dz being dy through the activation.
 * Parameters: dy, y, x, mean, sums, products, rows, channels, alpha.
 */
export const batchNormSums: FunctionSource = (builder) => {
  const [dy, y, x, mean, sums, products, rows, channels] = builder.parameters(8) as Eight;
  const alpha = builder.parameter('f32');
  const value = { v128: builder.local('v128'), f32: builder.local('f32') };
  return columnSums(builder, { rows, channels }, [sums, products], 2, (lanes, matrix, step) => {
    const local = value[lanes.type];
    const offset = step * lanes.bytes;
    const gradient = lanes.load(matrix.element(dy), offset);
    const centred = lanes.sub(lanes.load(matrix.element(x), offset), lanes.load(matrix.coefficient(mean), offset));
    return [
      [set(local, throughActivation(lanes, gradient, lanes.load(matrix.element(y), offset), alpha)), get(local)],
      lanes.mul(get(local), centred),
    ];
  });
};

/**
 * dx = dz * a + x * b + c with per-channel coefficients, dz being dy through the activation.
 * Parameters: dy, y, x, a, b, c, dx, rows, channels, alpha.
 */
export const batchNormGradient: FunctionSource = (builder) => {
  const [dy, y, x, a, b, c, dx, rows, channels] = builder.parameters(9) as Nine;
  const alpha = builder.parameter('f32');
  return forEachElement(builder, { rows, channels }, (lanes, matrix) => {
    const dz = throughActivation(lanes, lanes.load(matrix.element(dy)), lanes.load(matrix.element(y)), alpha);
    const fromGradient = lanes.mul(dz, lanes.load(matrix.coefficient(a)));
    const fromInput = lanes.mul(lanes.load(matrix.element(x)), lanes.load(matrix.coefficient(b)));
    const sum = lanes.add(lanes.add(fromGradient, fromInput), lanes.load(matrix.coefficient(c)));
    return lanes.store(matrix.element(dx), sum);
  });
};

type Four = [Local, Local, Local, Local];
type Five = [...Four, Local];
type Six = [...Five, Local];
type Eight = [...Four, ...Four];
type Nine = [...Eight, Local];
