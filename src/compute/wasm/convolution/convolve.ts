import type { Code, FunctionBuilder, FunctionSource, Lanes, Local } from '../assembler.ts';
import { SCALAR, VECTOR, advance, get, i32, loopWhileBelow, repeat, set, sumOfLanes } from '../assembler.ts';

/**
 * The inner loops of convolutions and matrix products. Pixels are [.., channels] with any padding already in memory,
 * so one row of a filter meets `run` = filter width x channels floats in a row, and a position is one address. The
 * caller lists the positions: pairs of byte offsets into x and y. Any stride is a matter of that list, and so is
 * writing every second pixel, as a strided gradient does.
 *
 * y[position, j] = activation(bias[j] + sum over filter rows and run of x * weights), the activation being the
 * identity above zero and `alpha` times it below.
 */
interface Parameters {
  readonly positions: Local;
  readonly count: Local;
  readonly x: Local;
  readonly y: Local;
  readonly weights: Local;
  readonly bias: Local;
  readonly filterRows: Local;
  /** Bytes from one row of x to the next. */
  readonly rowBytes: Local;
  readonly run: Local;
  readonly alpha: Local;
}

function declare(builder: FunctionBuilder): Parameters {
  return {
    positions: builder.parameter('i32'),
    count: builder.parameter('i32'),
    x: builder.parameter('i32'),
    y: builder.parameter('i32'),
    weights: builder.parameter('i32'),
    bias: builder.parameter('i32'),
    filterRows: builder.parameter('i32'),
    rowBytes: builder.parameter('i32'),
    run: builder.parameter('i32'),
    alpha: builder.parameter('f32'),
  };
}

const PAIR_BYTES = 8;

/** A tile's walk over the list: several positions at once, the rest one by one. */
function overPositions({ positions, count }: Parameters, at: Local, end: Local, tile: (height: number) => Code): Code {
  const bytes = (height: number): Code => i32.constant(height * PAIR_BYTES);
  const whole = i32.and(get(count), i32.constant(-HEIGHT));
  return [
    set(at, get(positions)),
    set(end, i32.add(get(positions), i32.mul(whole, i32.constant(PAIR_BYTES)))),
    loopWhileBelow(at, get(end), bytes(HEIGHT), tile(HEIGHT)),
    set(end, i32.add(get(positions), i32.mul(get(count), i32.constant(PAIR_BYTES)))),
    loopWhileBelow(at, get(end), bytes(1), tile(1)),
  ];
}

/** Positions a tile works on at once; eight sums and what they need fit the processor's sixteen registers. */
const HEIGHT = 4;

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function activated(lanes: Lanes, value: Local, alpha: Local): Code {
  const below = lanes.mul(get(value), lanes.splat(get(alpha)));
  return lanes.selectGreater(get(value), lanes.constant(0), get(value), below);
}

/**
 * A panel of `width` x `lanes.count` output channels. The weights are [filter rows, run, channels] with
 * `weightBytes` from one entry of the run to the next. Parameters: those above, and weightBytes at the end.
 */
function panel(lanes: Lanes, width: number): FunctionSource {
  return (builder) => {
    const parameters = declare(builder);
    const weightBytes = builder.parameter('i32');
    const { x, y, weights, bias, filterRows, rowBytes, run, alpha } = parameters;
    const [at, end, row, counter, offset, weight, target] = builder.locals(7, 'i32') as Seven;
    const pixels = builder.locals(HEIGHT, 'i32');
    const sums = builder.locals(HEIGHT * width, lanes.type);
    const factors = builder.locals(width, lanes.type);
    const one = builder.local(lanes.type);
    const pixel = (position: number): Local => pixels[position] as Local;
    const sum = (position: number, step: number): Local => sums[position * width + step] as Local;
    const factor = (step: number): Local => factors[step] as Local;
    const steps = range(width);

    const tile = (height: number): Code => {
      const entry = [
        steps.map((step) => set(factor(step), lanes.load(get(weight), step * lanes.bytes))),
        range(height).map((position) => [
          set(one, lanes.loadSplat(i32.add(get(pixel(position)), get(offset)))),
          steps.map((step) =>
            set(sum(position, step), lanes.add(get(sum(position, step)), lanes.mul(get(one), get(factor(step))))),
          ),
        ]),
        advance(weight, get(weightBytes)),
        advance(offset, i32.constant(4)),
      ];
      return [
        range(height).map((position) => [
          set(pixel(position), i32.add(get(x), i32.load(get(at), position * PAIR_BYTES))),
          steps.map((step) => set(sum(position, step), lanes.load(get(bias), step * lanes.bytes))),
        ]),
        set(weight, get(weights)),
        repeat(row, get(filterRows), [
          set(offset, i32.constant(0)),
          repeat(counter, get(run), entry),
          range(height).map((position) => advance(pixel(position), get(rowBytes))),
        ]),
        range(height).map((position) => [
          set(target, i32.add(get(y), i32.load(get(at), position * PAIR_BYTES + 4))),
          steps.map((step) =>
            lanes.store(get(target), activated(lanes, sum(position, step), alpha), step * lanes.bytes),
          ),
        ]),
      ];
    };
    return overPositions(parameters, at, end, tile);
  };
}

export const convolveEight = panel(VECTOR, 2);
export const convolveFour = panel(VECTOR, 1);
export const convolveOne = panel(SCALAR, 1);

/**
 * One output channel whose run is a multiple of four: the vectors lie along the run. The weights are [filter rows,
 * run].
 */
export const convolveDot: FunctionSource = (builder) => {
  const parameters = declare(builder);
  const { x, y, weights, bias, filterRows, rowBytes, run, alpha } = parameters;
  const [at, end, row, offset, weight, runBytes] = builder.locals(6, 'i32') as Six;
  const pixels = builder.locals(HEIGHT, 'i32');
  const sums = builder.locals(HEIGHT, 'v128');
  const factor = builder.local('v128');
  const total = builder.local('f32');
  const tile = (height: number): Code => {
    const positions = range(height).map((position) => ({
      position,
      pixel: pixels[position] as Local,
      sum: sums[position] as Local,
    }));
    const entry = [
      set(factor, VECTOR.load(i32.add(get(weight), get(offset)))),
      positions.map(({ pixel, sum }) => {
        const value = VECTOR.load(i32.add(get(pixel), get(offset)));
        return set(sum, VECTOR.add(get(sum), VECTOR.mul(value, get(factor))));
      }),
    ];
    return [
      positions.map(({ position, pixel, sum }) => [
        set(pixel, i32.add(get(x), i32.load(get(at), position * PAIR_BYTES))),
        set(sum, VECTOR.constant(0)),
      ]),
      set(weight, get(weights)),
      repeat(row, get(filterRows), [
        set(offset, i32.constant(0)),
        loopWhileBelow(offset, get(runBytes), i32.constant(16), entry),
        positions.map(({ pixel }) => advance(pixel, get(rowBytes))),
        advance(weight, get(runBytes)),
      ]),
      positions.map(({ position, sum }) => [
        set(total, SCALAR.add(SCALAR.load(get(bias)), sumOfLanes(sum))),
        SCALAR.store(i32.add(get(y), i32.load(get(at), position * PAIR_BYTES + 4)), activated(SCALAR, total, alpha)),
      ]),
    ];
  };
  return [set(runBytes, i32.shiftLeft(get(run), 2)), overPositions(parameters, at, end, tile)];
};

type Six = [Local, Local, Local, Local, Local, Local];
type Seven = [...Six, Local];
