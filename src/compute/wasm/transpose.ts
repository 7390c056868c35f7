import type { Code, FunctionSource, Local } from './assembler.ts';
import { SCALAR, VECTOR, advance, get, i32, loopWhileBelow, set, shuffle } from './assembler.ts';

/** to[column, row] = from[row, column]. Parameters: from, to, rows, columns. Four by four as far as both allow. */
export const transpose: FunctionSource = (builder) => {
  const [from, to, rows, columns] = builder.parameters(4) as Four;
  const [row, column, rowBytes, columnBytes] = builder.locals(4, 'i32') as Four;
  const [source, target] = builder.locals(2, 'i32') as [Local, Local];
  const lines = builder.locals(4, 'v128') as Four;
  const [low, high, lowNext, highNext] = builder.locals(4, 'v128') as Four;
  const [a, b, c, d] = lines;
  const place = [
    set(source, i32.add(get(from), i32.add(i32.mul(get(row), get(rowBytes)), i32.shiftLeft(get(column), 2)))),
    set(target, i32.add(get(to), i32.add(i32.mul(get(column), get(columnBytes)), i32.shiftLeft(get(row), 2)))),
  ];
  const storeLine = (first: Local, second: Local, lanes: readonly [number, number, number, number]): Code => [
    VECTOR.store(get(target), shuffle(get(first), get(second), lanes)),
    advance(target, get(columnBytes)),
  ];
  const square = [
    place,
    lines.map((line) => [set(line, VECTOR.load(get(source))), advance(source, get(rowBytes))]),
    set(low, shuffle(get(a), get(b), [0, 4, 1, 5])),
    set(high, shuffle(get(a), get(b), [2, 6, 3, 7])),
    set(lowNext, shuffle(get(c), get(d), [0, 4, 1, 5])),
    set(highNext, shuffle(get(c), get(d), [2, 6, 3, 7])),
    storeLine(low, lowNext, [0, 1, 4, 5]),
    storeLine(low, lowNext, [2, 3, 6, 7]),
    storeLine(high, highNext, [0, 1, 4, 5]),
    storeLine(high, highNext, [2, 3, 6, 7]),
  ];
  const single = [place, SCALAR.store(get(target), SCALAR.load(get(source)))];
  const whole = (count: Local): Code => i32.and(get(count), i32.constant(-4));
  const one = i32.constant(1);
  const four = i32.constant(4);
  return [
    set(rowBytes, i32.shiftLeft(get(columns), 2)),
    set(columnBytes, i32.shiftLeft(get(rows), 2)),
    set(row, i32.constant(0)),
    loopWhileBelow(row, whole(rows), four, [
      set(column, i32.constant(0)),
      loopWhileBelow(column, whole(columns), four, square),
    ]),
    // The rows below the last square, then the columns to its right.
    loopWhileBelow(row, get(rows), one, [
      set(column, i32.constant(0)),
      loopWhileBelow(column, get(columns), one, single),
    ]),
    set(row, i32.constant(0)),
    loopWhileBelow(row, whole(rows), one, [
      set(column, whole(columns)),
      loopWhileBelow(column, get(columns), one, single),
    ]),
  ];
};

type Four = [Local, Local, Local, Local];
