import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Axis, Geometry } from './convolution.ts';
import { listPositions, pad, steps } from './convolution.ts';
import type { Heap } from '../heap.ts';
import { ROWS } from '../plane-product.ts';
import { FILTER_SIDE, TILE_SIDES } from './winograd-matrices.ts';
import type { TileSide } from './winograd-matrices.ts';

/**
 * 3x3 convolutions of stride 1 by Winograd's minimal filtering: up to four times fewer multiplications than the sum
 * over the filter. Tiles of the padded input become points in planes, one an entry of a tile; in each plane the
 * convolution is a matrix product; its results become tiles of the output.
 */

const PANEL = 8;

/** What the points of a block of tiles may take, in bytes: they should stay in the processor's second cache. */
const BLOCK_BYTES = 512 * 1024;

/** Bytes between planes beyond their size: planes a power of two apart would fight for the same cache lines. */
const GAP = 64;

/** What becoming a point or an output costs a channel, and a weight, in multiplications and additions. */
const COST_OF_TRANSFORM = 5;
const COST_OF_WEIGHT = 4;

export interface WinogradPlan {
  readonly side: TileSide;
  /** Entries of a tile of the input: planes. */
  readonly planes: number;
  readonly tilesY: number;
  readonly tilesX: number;
}

/** How to cut a convolution into tiles; null where the plain sum over the filter is as good, or the sizes do not fit. */
export function winogradPlan(sizes: Geometry): WinogradPlan | null {
  if (!suitsWinograd(sizes)) return null;
  const { batch, inputChannels, outputChannels, y, x } = sizes;
  const weights = inputChannels * outputChannels;
  const cost = ({ planes, tilesY, tilesX }: WinogradPlan): number => {
    const points = batch * tilesY * tilesX * (weights + COST_OF_TRANSFORM * (inputChannels + outputChannels));
    return planes * (points + COST_OF_WEIGHT * weights);
  };
  const plans = TILE_SIDES.map((side) => planWith(side, sizes));
  const best = plans.reduce((a, b) => (cost(b) < cost(a) ? b : a));
  return cost(best) < FILTER_SIDE * FILTER_SIDE * batch * y.output * x.output * weights ? best : null;
}

/** The plan with tiles of `side` x `side` outputs. */
export function planWith(side: TileSide, { y, x }: Geometry): WinogradPlan {
  return {
    side,
    planes: (side + FILTER_SIDE - 1) ** 2,
    tilesY: Math.ceil(y.output / side),
    tilesX: Math.ceil(x.output / side),
  };
}

export function suitsWinograd({ inputChannels, outputChannels, y, x }: Geometry): boolean {
  return isSuited(y) && isSuited(x) && inputChannels % 4 === 0 && outputChannels % 4 === 0;
}

/** Margins are never negative in a convolution, but may be in the one that is another's gradient. */
function isSuited({ input, output, kernel, stride, dilation, before }: Axis): boolean {
  const after = output + FILTER_SIDE - 1 - before - input;
  return kernel === FILTER_SIDE && stride === 1 && dilation === 1 && before >= 0 && after >= 0;
}

/** A stretch of memory with a plane for every entry of a tile. */
interface Planes {
  readonly tensor: TensorInfo;
  readonly address: number;
  /** Bytes from one plane to the next. */
  readonly step: number;
}

function allocatePlanes(heap: Heap, planes: number, floats: number, cleared = false): Planes {
  const step = 4 * floats + GAP;
  const shape = [(planes * step) / 4];
  const tensor = cleared ? heap.zeros(shape) : heap.allocate(shape);
  return { tensor, address: heap.address(tensor), step };
}

/** Bytes from row to row and from column to column of a tile that lies in planes. */
function acrossPlanes({ side }: WinogradPlan, { step }: Planes): [row: number, column: number] {
  return [step * (side + FILTER_SIDE - 1), step];
}

/** The tiles of a picture [batch, height, width, channels], a block of which at a time lies in planes. */
interface Tiles {
  readonly list: TensorInfo;
  readonly address: number;
  /** Bytes from row to row and from column to column of the picture. */
  readonly row: number;
  readonly column: number;
}

function tilesOf(
  heap: Heap,
  picture: TensorInfo,
  plan: WinogradPlan,
  blockTiles: number,
  direction: 'into planes' | 'from planes',
): Tiles {
  const [batch, height, width, channels] = picture.shape as [number, number, number, number];
  const inPicture = steps(height, width, channels, plan.side, plan.side);
  // Planes know tiles by their place in the block.
  const inPlanes = { first: 0, image: 0, row: 0, column: 0 };
  const [source, target] = direction === 'into planes' ? [inPicture, inPlanes] : [inPlanes, inPicture];
  const offsets = listPositions(batch, plan.tilesY, plan.tilesX, { source, target });
  const other = direction === 'into planes' ? 1 : 0;
  for (let tile = 0; 2 * tile < offsets.length; tile++) offsets[2 * tile + other] = 4 * channels * (tile % blockTiles);
  return {
    list: heap.constant(offsets),
    address: heap.address(picture),
    row: 4 * channels * width,
    column: 4 * channels,
  };
}

/** Tiles a block, a multiple of `ROWS`. */
function blockSize(
  { planes, tilesY, tilesX }: WinogradPlan,
  { batch, inputChannels, outputChannels }: Geometry,
): number {
  const fitting = Math.floor(BLOCK_BYTES / (4 * planes * (inputChannels + outputChannels)));
  const all = Math.ceil((batch * tilesY * tilesX) / ROWS);
  return ROWS * Math.max(1, Math.min(all, Math.floor(Math.max(fitting, MINIMAL_BLOCK) / ROWS)));
}

/** Tiles a block at least, however many channels: the weights are read once a block. */
const MINIMAL_BLOCK = 32;

/**
 * activation(convolution + bias), [batch, height, width, out]; see `convolve`, which takes what `winogradPlan` leaves.
 */
export function winogradConvolve(
  heap: Heap,
  x: TensorInfo,
  filter: TensorInfo,
  bias: TensorInfo | null,
  sizes: Geometry,
  alpha: number,
  plan: WinogradPlan,
): TensorInfo {
  const { batch, inputChannels, outputChannels } = sizes;
  const { side, planes, tilesY, tilesX } = plan;
  const padded = padToTiles(heap, x, sizes, plan);
  const weights = filterPoints(heap, filter, inputChannels, outputChannels, plan);
  const shift = bias ?? heap.zeros([outputChannels]);
  const whole = heap.allocate([batch, side * tilesY, side * tilesX, outputChannels]);
  const block = blockSize(plan, sizes);
  const points = allocatePlanes(heap, planes, block * inputChannels);
  const products = allocatePlanes(heap, planes, block * outputChannels);
  const inputs = tilesOf(heap, padded, plan, block, 'into planes');
  const outputs = tilesOf(heap, whole, plan, block, 'from planes');
  const { programs } = heap;
  const total = batch * tilesY * tilesX;
  for (let first = 0; first < total; first += block) {
    const count = Math.min(block, total - first);
    programs[`winogradInput${side}`](
      heap.address(inputs.list) + 8 * first,
      count,
      inputs.address,
      points.address,
      inputChannels,
      inputs.row,
      inputs.column,
      ...acrossPlanes(plan, points),
    );
    // Rows past the last tile hold what they held: nobody reads their products.
    const rows = ROWS * Math.ceil(count / ROWS);
    programs.planeProduct(
      ...([points.address, weights.address, products.address, rows, inputChannels, outputChannels, planes] as const),
      ...([points.step, weights.step, products.step] as const),
    );
    programs[`winogradOutput${side}`](
      heap.address(outputs.list) + 8 * first,
      count,
      products.address,
      outputs.address,
      outputChannels,
      ...acrossPlanes(plan, products),
      outputs.row,
      outputs.column,
      heap.address(shift),
      alpha,
    );
  }
  const scratch = [weights.tensor, points.tensor, products.tensor, inputs.list, outputs.list];
  scratch.forEach((tensor) => heap.free(tensor));
  if (padded !== x) heap.free(padded);
  if (bias === null) heap.free(shift);
  return cropped(heap, whole, sizes.y.output, sizes.x.output);
}

/** The filter's gradient [3, 3, in, out]. */
export function winogradFilterGradient(
  heap: Heap,
  x: TensorInfo,
  dy: TensorInfo,
  sizes: Geometry,
  plan: WinogradPlan,
): TensorInfo {
  const { batch, inputChannels, outputChannels } = sizes;
  const { side, planes, tilesY, tilesX } = plan;
  const padded = padToTiles(heap, x, sizes, plan);
  const rest = (tiles: number, output: number) => ({ before: 0, after: tiles * side - output });
  const gradient = pad(heap, dy, rest(tilesY, sizes.y.output), rest(tilesX, sizes.x.output));
  const size = inputChannels * outputChannels;
  const sums = allocatePlanes(heap, planes, size, true);
  const block = blockSize(plan, sizes);
  const points = allocatePlanes(heap, planes, block * inputChannels);
  const slopes = allocatePlanes(heap, planes, block * outputChannels);
  const inputs = tilesOf(heap, padded, plan, block, 'into planes');
  const outputs = tilesOf(heap, gradient, plan, block, 'into planes');
  const result = heap.allocate([FILTER_SIDE, FILTER_SIDE, inputChannels, outputChannels]);
  const { programs } = heap;
  const total = batch * tilesY * tilesX;
  for (let first = 0; first < total; first += block) {
    const count = Math.min(block, total - first);
    for (const [step, tiles, channels, to] of [
      ['Input', inputs, inputChannels, points],
      ['OutputGradient', outputs, outputChannels, slopes],
    ] as const) {
      programs[`winograd${step}${side}`](
        heap.address(tiles.list) + 8 * first,
        count,
        tiles.address,
        to.address,
        channels,
        tiles.row,
        tiles.column,
        ...acrossPlanes(plan, to),
      );
    }
    for (let plane = 0; plane < planes; plane++) {
      programs.outerProduct(
        points.address + plane * points.step,
        slopes.address + plane * slopes.step,
        sums.address + plane * sums.step,
        ...([inputChannels, outputChannels, 1, 1, count] as const),
        ...([0, 0, 4 * inputChannels, 0, 0, 4 * outputChannels] as const),
      );
    }
  }
  const whole = heap.constant(new Int32Array(2));
  programs[`winogradFilterGradient${side}`](
    ...([heap.address(whole), 1, sums.address, heap.address(result), size] as const),
    ...acrossPlanes(plan, sums),
    ...([4 * FILTER_SIDE * size, 4 * size] as const),
  );
  const scratch = [sums.tensor, points.tensor, slopes.tensor, inputs.list, outputs.list, whole];
  scratch.forEach((tensor) => heap.free(tensor));
  if (padded !== x) heap.free(padded);
  if (gradient !== dy) heap.free(gradient);
  return result;
}

/** x with the padding that all of its tiles reach into. */
function padToTiles(heap: Heap, x: TensorInfo, sizes: Geometry, { side, tilesY, tilesX }: WinogradPlan): TensorInfo {
  const margins = (tiles: number, { before, input }: Axis) => ({
    before,
    after: tiles * side + FILTER_SIDE - 1 - before - input,
  });
  return pad(heap, x, margins(tilesY, sizes.y), margins(tilesX, sizes.x));
}

/** The filter [3, 3, in, out] as planes in panels of eight output channels, as `planeProduct` reads them. */
function filterPoints(heap: Heap, filter: TensorInfo, inner: number, outer: number, plan: WinogradPlan): Planes {
  const points = allocatePlanes(heap, plan.planes, inner * outer);
  const wholePanels = Math.floor(outer / PANEL);
  const rest = outer % PANEL;
  const transform = (panels: number, first: number, width: number): void => {
    if (panels === 0) return;
    const positions = listPositions(1, panels, inner, {
      source: { first: 4 * first, image: 0, row: 4 * width, column: 4 * outer },
      target: { first: 4 * first * inner, image: 0, row: 4 * width * inner, column: 4 * width },
    });
    const list = heap.constant(positions);
    heap.programs[`winogradFilter${plan.side}`](
      ...([heap.address(list), panels * inner, heap.address(filter), points.address, width] as const),
      ...([4 * FILTER_SIDE * inner * outer, 4 * inner * outer] as const),
      ...acrossPlanes(plan, points),
    );
    heap.free(list);
  };
  transform(wholePanels, 0, PANEL);
  transform(rest === 0 ? 0 : 1, outer - rest, rest);
  return points;
}

/** The top left part of [batch, height, width, channels]; frees the whole where that is more. */
function cropped(heap: Heap, whole: TensorInfo, height: number, width: number): TensorInfo {
  const [batch, wholeHeight, wholeWidth, channels] = whole.shape as [number, number, number, number];
  if (wholeHeight === height && wholeWidth === width) return whole;
  const part = heap.allocate([batch, height, width, channels]);
  const [from, to] = [4 * wholeWidth * channels, 4 * width * channels];
  heap.programs.stridedCopy(
    ...([heap.address(whole), heap.address(part), batch, height, 1, width * channels] as const),
    ...([wholeHeight * from, from, 0, height * to, to, 0] as const),
  );
  heap.free(whole);
  return part;
}
