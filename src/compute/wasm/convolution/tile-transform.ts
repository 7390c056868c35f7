import type { Code, FunctionBuilder, FunctionSource, Local } from '../assembler.ts';
import { VECTOR, advance, get, i32, loopWhileBelow, repeat, set } from '../assembler.ts';
import { transposed } from './winograd-matrices.ts';
import type { Matrix } from './winograd-matrices.ts';

/**
 * Programs that multiply small square tiles d by a constant matrix L from both sides, L d L', four channels at a time.
 * A tile may lie anywhere: in a picture, where a step to the right is a pixel, or in planes, one an entry of the tile.
 */
interface Parameters {
  /** Pairs of byte offsets of tiles in `from` and `to`. */
  readonly list: Local;
  readonly count: Local;
  readonly from: Local;
  readonly to: Local;
  /** A multiple of 4. */
  readonly channels: Local;
  /** Bytes from row to row and from column to column of a tile in `from`, and in `to`. */
  readonly rowFrom: Local;
  readonly columnFrom: Local;
  readonly rowTo: Local;
  readonly columnTo: Local;
}

function declare(builder: FunctionBuilder): Parameters {
  return {
    list: builder.parameter('i32'),
    count: builder.parameter('i32'),
    from: builder.parameter('i32'),
    to: builder.parameter('i32'),
    channels: builder.parameter('i32'),
    rowFrom: builder.parameter('i32'),
    columnFrom: builder.parameter('i32'),
    rowTo: builder.parameter('i32'),
    columnTo: builder.parameter('i32'),
  };
}

/** L d L' for every tile of the list. Parameters: see above. */
export function tileTransform(matrix: Matrix): FunctionSource {
  return (builder) => {
    const parameters = declare(builder);
    return overTiles(builder, matrix, parameters, builder.local('i32'), (value) => value);
  };
}

/**
 * activation(L d L' + bias), the activation being the identity above zero and `alpha` times it below. Parameters: those
 * above, the address of a bias a channel, alpha.
 */
export function tileTransformWithBias(matrix: Matrix): FunctionSource {
  return (builder) => {
    const parameters = declare(builder);
    const bias = builder.parameter('i32');
    const alpha = builder.parameter('f32');
    const channel = builder.local('i32');
    const [sum, slope, shift] = builder.locals(3, 'v128') as Three;
    return overTiles(
      builder,
      matrix,
      parameters,
      channel,
      (value) => [
        set(sum, VECTOR.add(value, get(shift))),
        VECTOR.selectGreater(get(sum), VECTOR.constant(0), get(sum), VECTOR.mul(get(sum), get(slope))),
      ],
      [set(slope, VECTOR.splat(get(alpha))), set(shift, VECTOR.load(i32.add(get(bias), get(channel))))],
    );
  };
}

/** `finish` is the last thing done to a value, `prepare` what it needs for the channels at `channel` (in bytes). */
function overTiles(
  builder: FunctionBuilder,
  matrix: Matrix,
  parameters: Parameters,
  channel: Local,
  finish: (value: Code) => Code,
  prepare: Code = [],
): Code {
  const { list, count, from, to, channels, rowFrom, columnFrom, rowTo, columnTo } = parameters;
  const [counter, source, target, start, at, channelBytes] = builder.locals(6, 'i32') as Six;
  const [rows, columns] = [matrix.length, matrix[0]?.length ?? 0];
  const line = builder.locals(columns, 'v128');
  const half = builder.locals(rows * columns, 'v128');
  const combine = combination(builder, matrix);
  const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
  const across = range(columns).map((row) => [
    set(at, get(start)),
    line.map((value, column) => [
      set(value, VECTOR.load(get(at))),
      column + 1 < columns ? advance(at, get(columnFrom)) : [],
    ]),
    combine.code(line, (column, value) => set(half[row * rows + column] as Local, value)),
    row + 1 < columns ? advance(start, get(rowFrom)) : [],
  ]);
  const down = range(rows).map((column) => {
    const lines = range(columns).map((row) => half[row * rows + column] as Local);
    return [
      set(at, get(start)),
      combine.code(lines, (row, value) => [
        VECTOR.store(get(at), finish(value)),
        row + 1 < rows ? advance(at, get(rowTo)) : [],
      ]),
      column + 1 < rows ? advance(start, get(columnTo)) : [],
    ];
  });
  return [
    combine.constants,
    set(channelBytes, i32.shiftLeft(get(channels), 2)),
    repeat(counter, get(count), [
      set(source, i32.add(get(from), i32.load(get(list)))),
      set(target, i32.add(get(to), i32.load(get(list), 4))),
      set(channel, i32.constant(0)),
      loopWhileBelow(channel, get(channelBytes), i32.constant(16), [
        prepare,
        set(start, i32.add(get(source), get(channel))),
        across,
        set(start, i32.add(get(target), get(channel))),
        down,
      ]),
      advance(list, i32.constant(8)),
    ]),
  ];
}

interface Combination {
  /** Sets the locals that hold the matrix's entries; a constant in place would be put together at every use. */
  readonly constants: Code;
  /** The matrix times a vector of locals; `emit` gets each entry of the result once, in order. */
  code(inputs: readonly Local[], emit: (row: number, value: Code) => Code): Code;
}

/** Multiplies by a constant matrix, with the arithmetic that its opposite rows or columns have in common done once. */
function combination(builder: FunctionBuilder, matrix: Matrix): Combination {
  const entries = matrix.flat().map(Math.abs);
  const factors = new Map(
    [...new Set(entries)].filter((value) => value !== 0 && value !== 1).map((value) => [value, builder.local('v128')]),
  );
  const constants = [...factors].map(([value, local]) => set(local, VECTOR.constant(value)));
  const [even, odd] = builder.locals(2, 'v128') as [Local, Local];
  const columnPairs = pairsOf(transposed(matrix));
  const rowPairs = pairsOf(matrix);
  const halves = columnPairs.map(() => builder.locals(2, 'v128') as [Local, Local]);

  const sum = (terms: readonly Term[]): Code => {
    const used = terms.filter(({ factor }) => factor !== 0);
    const first = used.find(({ factor }) => factor > 0) ?? used[0];
    if (first === undefined) return VECTOR.constant(0);
    const scaled = ({ factor, value }: Term): Code => {
      const by = factors.get(Math.abs(factor));
      return by === undefined ? get(value) : VECTOR.mul(get(value), get(by));
    };
    const start = first.factor > 0 ? scaled(first) : VECTOR.sub(VECTOR.constant(0), scaled(first));
    return used
      .filter((term) => term !== first)
      .reduce((code, term) => (term.factor > 0 ? VECTOR.add : VECTOR.sub)(code, scaled(term)), start);
  };

  const code = (inputs: readonly Local[], emit: (row: number, value: Code) => Code): Code => {
    const sums = columnPairs.map((column, index) => {
      const [plus, minus] = halves[index] as [Local, Local];
      const [a, b] = [get(inputs[column] as Local), get(inputs[column + 1] as Local)];
      return [set(plus, VECTOR.add(a, b)), set(minus, VECTOR.sub(a, b))];
    });
    const termsOf = (row: readonly number[]): Term[] =>
      row.flatMap((factor, column): Term[] => {
        if (columnPairs.includes(column - 1)) return [];
        const pair = columnPairs.indexOf(column);
        if (pair < 0) return [{ factor, value: inputs[column] as Local }];
        const [plus, minus] = halves[pair] as [Local, Local];
        return [{ factor, value: row[column + 1] === factor ? plus : minus }];
      });
    const rows = matrix.map((row, index) => {
      if (rowPairs.includes(index - 1)) return [];
      if (!rowPairs.includes(index)) return emit(index, sum(termsOf(row)));
      const isSame = (column: number): boolean => row[column] === matrix[index + 1]?.[column];
      const part = (same: boolean): Term[] =>
        row.flatMap((factor, column) => (isSame(column) === same ? [{ factor, value: inputs[column] as Local }] : []));
      return [
        set(even, sum(part(true))),
        set(odd, sum(part(false))),
        emit(index, VECTOR.add(get(even), get(odd))),
        emit(index + 1, VECTOR.sub(get(even), get(odd))),
      ];
    });
    return [sums, rows];
  };
  return { constants, code };
}

interface Term {
  readonly factor: number;
  readonly value: Local;
}

/** The first of each two neighbouring rows that differ in nothing but some signs. */
function pairsOf(matrix: Matrix): number[] {
  const pairs: number[] = [];
  for (let row = 0; row + 1 < matrix.length; row++) {
    const [a, b] = [matrix[row] as readonly number[], matrix[row + 1] as readonly number[]];
    const areOpposite =
      a.every((value, index) => Math.abs(value) === Math.abs(b[index] as number)) &&
      a.some((value, index) => value !== b[index]);
    if (areOpposite) pairs.push(row++);
  }
  return pairs;
}

type Three = [Local, Local, Local];
type Six = [...Three, ...Three];
