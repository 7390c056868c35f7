import type { Code, FunctionSource, Local } from './assembler.ts';
import { SCALAR, VECTOR, advance, get, i32, loopWhileBelow, repeat, set } from './assembler.ts';

/**
 * The gradient of one row of maxima: each window's gradient goes to its first pixel that holds the maximum.
 * Parameters: x, y, dy, dx (addresses of the first window's first pixel, and of the first output); windows, the bytes
 * from one window to the next; a window's rows and columns, the bytes of a row of x; channels.
 */
export const maxPoolGradient: FunctionSource = (builder) => {
  const [x, y, dy, dx, windows, windowBytes, rows, columns, rowBytes] = builder.parameters(9) as Nine;
  const channels = builder.parameter('i32');
  const [window, row, column, channel, pixelBytes, offset, rowOffset] = builder.locals(7, 'i32') as Seven;
  const registers = {
    v128: builder.locals(3, 'v128') as Three,
    f32: builder.locals(3, 'f32') as Three,
  };
  const at = (pointer: Local, by: Local): Code => i32.add(get(pointer), get(by));
  const across = [VECTOR, SCALAR].map((lanes) => {
    const [maximum, left, value] = registers[lanes.type];
    const zero = lanes.constant(0);
    // What is left of the gradient after a hit is zero, so that only the first one counts.
    const pixel = [
      set(value, lanes.load(at(x, offset))),
      lanes.store(
        at(dx, offset),
        lanes.add(lanes.load(at(dx, offset)), lanes.selectEqual(get(value), get(maximum), get(left), zero)),
      ),
      set(left, lanes.selectEqual(get(value), get(maximum), zero, get(left))),
      advance(offset, get(pixelBytes)),
    ];
    return loopWhileBelow(channel, i32.and(get(pixelBytes), i32.constant(-lanes.bytes)), i32.constant(lanes.bytes), [
      set(maximum, lanes.load(at(y, channel))),
      set(left, lanes.load(at(dy, channel))),
      set(rowOffset, get(channel)),
      repeat(row, get(rows), [
        set(offset, get(rowOffset)),
        repeat(column, get(columns), pixel),
        advance(rowOffset, get(rowBytes)),
      ]),
    ]);
  });
  return [
    set(pixelBytes, i32.shiftLeft(get(channels), 2)),
    repeat(window, get(windows), [
      set(channel, i32.constant(0)),
      across,
      advance(x, get(windowBytes)),
      advance(dx, get(windowBytes)),
      advance(y, get(pixelBytes)),
      advance(dy, get(pixelBytes)),
    ]),
  ];
};

type Three = [Local, Local, Local];
type Seven = [...Three, ...Three, Local];
type Nine = [...Three, ...Three, ...Three];
