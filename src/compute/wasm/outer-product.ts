import type { Code, FunctionSource, Lanes, Local } from './assembler.ts';
import { VECTOR, SCALAR, advance, get, i32, loopWhileBelow, repeat, set } from './assembler.ts';

/**
 * result[i, j] += sum over positions of a[position, i] * b[position, j]: the gradient of a filter tap, and a matrix
 * product with its first operand transposed. Positions are images x rows x columns, each with its own stride, so that
 * any stride, padding and dilation of a convolution is a matter of the caller's pointers.
 *
 * Parameters: a, b, result (addresses); countA, countB (channels); images, rows, columns; then the strides in bytes
 * of an image, a row and a column of a, and of b.
 */
export const outerProduct: FunctionSource = (builder) => {
  const [a, b, result, countA, countB, images, rows, columns] = builder.parameters(8) as Eight;
  const [imageA, rowA, columnA, imageB, rowB, columnB] = builder.parameters(6) as Six;
  const [i, j, image, row, column, atImageA, atImageB, atRowA, atRowB] = builder.locals(9, 'i32') as Nine;
  const [atA, atB, target] = builder.locals(3, 'i32') as Three;
  const registers = {
    v128: { sums: builder.locals(8, 'v128'), factors: builder.locals(4, 'v128'), one: builder.local('v128') },
    f32: { sums: builder.locals(4, 'f32'), factors: builder.locals(1, 'f32'), one: builder.local('f32') },
  };

  /** `height` channels of a by `width` times `lanes.count` channels of b, summed in registers. */
  const tile = (lanes: Lanes, height: number, width: number): Code => {
    const { sums, factors, one } = registers[lanes.type];
    const sum = (y: number, x: number): Local => sums[y * width + x] as Local;
    const factor = (x: number): Local => factors[x] as Local;
    const ys = range(height);
    const xs = range(width);
    const multiplyAdd = (y: number, x: number): Code =>
      set(sum(y, x), lanes.add(get(sum(y, x)), lanes.mul(get(one), get(factor(x)))));
    const position = [
      xs.map((x) => set(factor(x), lanes.load(get(atB), x * lanes.bytes))),
      ys.map((y) => [set(one, lanes.loadSplat(get(atA), 4 * y)), xs.map((x) => multiplyAdd(y, x))]),
      advance(atA, get(columnA)),
      advance(atB, get(columnB)),
    ];
    const oneRow = [
      set(atA, get(atRowA)),
      set(atB, get(atRowB)),
      repeat(column, get(columns), position),
      advance(atRowA, get(rowA)),
      advance(atRowB, get(rowB)),
    ];
    const oneImage = [
      set(atRowA, get(atImageA)),
      set(atRowB, get(atImageB)),
      repeat(row, get(rows), oneRow),
      advance(atImageA, get(imageA)),
      advance(atImageB, get(imageB)),
    ];
    const addToResult = (y: number): Code => [
      xs.map((x) => {
        const old = lanes.load(get(target), x * lanes.bytes);
        return lanes.store(get(target), lanes.add(old, get(sum(y, x))), x * lanes.bytes);
      }),
      advance(target, i32.shiftLeft(get(countB), 2)),
    ];
    return [
      ys.map((y) => xs.map((x) => set(sum(y, x), lanes.constant(0)))),
      set(atImageA, i32.add(get(a), i32.shiftLeft(get(i), 2))),
      set(atImageB, i32.add(get(b), i32.shiftLeft(get(j), 2))),
      repeat(image, get(images), oneImage),
      set(target, i32.add(get(result), i32.shiftLeft(i32.add(i32.mul(get(i), get(countB)), get(j)), 2))),
      ys.map(addToResult),
    ];
  };

  /** All of b's channels, in steps as wide as is left. `j` goes on from one loop to the next. */
  const acrossB = (height: number, widest: number): Code => [
    set(j, i32.constant(0)),
    ...[widest, 2, 1].map((width) => {
      const whole = i32.and(get(countB), i32.constant(-4 * width));
      return loopWhileBelow(j, whole, i32.constant(4 * width), tile(VECTOR, height, width));
    }),
    loopWhileBelow(j, get(countB), i32.constant(1), tile(SCALAR, height, 1)),
  ];

  return [
    set(i, i32.constant(0)),
    loopWhileBelow(i, i32.and(get(countA), i32.constant(-4)), i32.constant(4), acrossB(4, 2)),
    // A single channel has too few sums to hide an addition's latency behind, so it takes them wider.
    loopWhileBelow(i, get(countA), i32.constant(1), acrossB(1, 4)),
  ];
};

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

type Three = [Local, Local, Local];
type Six = [...Three, ...Three];
type Eight = [...Six, Local, Local];
type Nine = [...Six, ...Three];
