import type { Code, FunctionSource, Local } from './assembler.ts';
import { VECTOR, advance, get, i32, loopWhileBelow, repeat, set } from './assembler.ts';

/** Rows that are multiplied at once. */
export const ROWS = 4;

/**
 * Matrix products plane by plane: to[plane] = a[plane] b[plane], [rows, inner] times [inner, columns]. b lies in panels
 * of eight columns, each [inner, 8]; four that remain have a panel [inner, 4]. `rows` and `columns` are multiples of 4.
 *
 * Parameters: a, b, to (addresses); rows, inner, columns, planes; then the bytes from plane to plane of a, b and to.
 */
export const planeProduct: FunctionSource = (builder) => {
  const [a, b, to, rows, inner, columns, planes] = builder.parameters(7) as Seven;
  const [planeA, planeB, planeTo] = builder.parameters(3) as Three;
  const [plane, row, step, column, panel, weight, target] = builder.locals(7, 'i32') as Seven;
  const [innerBytes, columnBytes, panelBytes, start] = builder.locals(4, 'i32') as Four;
  const pointers = builder.locals(ROWS, 'i32') as Four;
  const sums = builder.locals(2 * ROWS, 'v128');
  const factors = builder.locals(2, 'v128');
  const one = builder.local('v128');
  const sum = (y: number, x: number): Local => sums[2 * y + x] as Local;
  const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

  const block = (width: number): Code => {
    const vectors = range(width);
    // One step a turn: with more, the compiler runs out of registers and the product takes half as long again.
    const multiplyAdd: Code = [
      vectors.map((x) => set(factors[x] as Local, VECTOR.load(get(weight), 16 * x))),
      pointers.map((pointer, y) => [
        set(one, VECTOR.loadSplat(get(pointer))),
        vectors.map((x) => set(sum(y, x), VECTOR.add(get(sum(y, x)), VECTOR.mul(get(one), get(factors[x] as Local))))),
        advance(pointer, i32.constant(4)),
      ]),
      advance(weight, i32.constant(16 * width)),
    ];
    return [
      pointers.map((pointer, y) =>
        set(pointer, y === 0 ? get(start) : i32.add(get(pointers[y - 1] as Local), get(innerBytes))),
      ),
      set(start, i32.add(get(pointers[ROWS - 1] as Local), get(innerBytes))),
      set(weight, get(panel)),
      sums.map((local) => set(local, VECTOR.constant(0))),
      repeat(step, get(inner), multiplyAdd),
      pointers.map((_, y) => [
        vectors.map((x) => VECTOR.store(get(target), get(sum(y, x)), 16 * x)),
        advance(target, get(columnBytes)),
      ]),
    ];
  };

  /** All rows of the current panel. */
  const down = (width: number): Code => [
    set(start, get(a)),
    set(target, i32.add(get(to), get(column))),
    repeat(row, i32.shiftRight(get(rows), 2), block(width)),
  ];

  return [
    set(innerBytes, i32.shiftLeft(get(inner), 2)),
    set(columnBytes, i32.shiftLeft(get(columns), 2)),
    set(panelBytes, i32.shiftLeft(get(innerBytes), 3)),
    repeat(plane, get(planes), [
      set(panel, get(b)),
      set(column, i32.constant(0)),
      loopWhileBelow(column, i32.and(get(columnBytes), i32.constant(-32)), i32.constant(32), [
        down(2),
        advance(panel, get(panelBytes)),
      ]),
      loopWhileBelow(column, get(columnBytes), i32.constant(16), down(1)),
      advance(a, get(planeA)),
      advance(b, get(planeB)),
      advance(to, get(planeTo)),
    ]),
  ];
};

type Three = [Local, Local, Local];
type Four = [...Three, Local];
type Seven = [...Four, ...Three];
