import type { GraphEdge } from '../graph/stage-graph.ts';

export interface Box {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything stands, in the unit of the boxes' sizes; y grows downwards. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Centres of the boxes, by name. */
  readonly boxes: ReadonlyMap<string, Point>;
  /** Each edge as the points it passes: from the lower side of one box to the upper side of the other. */
  readonly edges: readonly { readonly edge: GraphEdge; readonly points: readonly Point[] }[];
}

export interface Gaps {
  /** Between neighbours in a layer. */
  readonly across: number;
  /** Between layers. */
  readonly along: number;
}

interface Cell {
  readonly box: Box;
  readonly above: Cell[];
  readonly below: Cell[];
  x: number;
}

/** Rounds of ordering and of shifting; more change nothing that can be seen. */
const rounds = 12;

/**
 * A layered drawing after Sugiyama: each box as far down as the longest way to it, long edges led through the layers
 * between, layers ordered by the mean position of neighbours, then shifted towards them. The same graph always gives
 * the same layout. Edges that close a circle are not laid out.
 *
 * @param boxes in an order in which the start of an edge comes before its end
 */
export function layeredLayout(boxes: readonly Box[], edges: readonly GraphEdge[], gaps: Gaps): Layout {
  const rank = new Map(boxes.map(({ name }, index) => [name, index]));
  const forward = edges.filter(({ from, to }) => (rank.get(from) ?? 0) < (rank.get(to) ?? 0));
  const levels = levelsOf(boxes, forward);
  const layers: Cell[][] = Array.from(
    { length: Math.max(0, ...levels.values()) + (boxes.length > 0 ? 1 : 0) },
    () => [],
  );
  const cells = new Map<string, Cell>();
  for (const box of boxes) {
    const cell = newCell(box);
    cells.set(box.name, cell);
    layers[levels.get(box.name) ?? 0]?.push(cell);
  }
  const ways = forward.map((edge) => ({ edge, cells: wayOf(edge, cells, levels, layers) }));
  orderLayers(layers);
  placeAcross(layers, gaps.across);
  return measure(layers, ways, gaps);
}

function newCell(box: Box): Cell {
  return { box, above: [], below: [], x: 0 };
}

function levelsOf(boxes: readonly Box[], edges: readonly GraphEdge[]): Map<string, number> {
  const levels = new Map(boxes.map(({ name }) => [name, 0]));
  const into = new Map<string, string[]>();
  for (const { from, to } of edges) into.set(to, [...(into.get(to) ?? []), from]);
  for (const { name } of boxes) {
    const above = (into.get(name) ?? []).map((from) => levels.get(from) ?? 0);
    levels.set(name, above.length === 0 ? 0 : Math.max(...above) + 1);
  }
  return levels;
}

/** The cells an edge passes, with an empty one in each layer between, all linked. */
function wayOf(
  { from, to }: GraphEdge,
  cells: ReadonlyMap<string, Cell>,
  levels: ReadonlyMap<string, number>,
  layers: readonly Cell[][],
): Cell[] {
  const start = cells.get(from);
  const end = cells.get(to);
  if (start === undefined || end === undefined) return [];
  const way = [start];
  for (let level = (levels.get(from) ?? 0) + 1; level < (levels.get(to) ?? 0); level++) {
    const bend = newCell({ name: '', width: 0, height: 0 });
    layers[level]?.push(bend);
    way.push(bend);
  }
  way.push(end);
  way.slice(1).forEach((cell, index) => {
    const before = way[index];
    if (before === undefined) return;
    before.below.push(cell);
    cell.above.push(before);
  });
  return way;
}

/** Sorts each layer by the mean place of neighbours, down and up in turn; keeps the order with the fewest crossings. */
function orderLayers(layers: Cell[][]): void {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let round = 0; round < rounds && fewest > 0; round++) {
    const down = round % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const places = new Map(layers.flatMap((one) => one.map((cell, at) => [cell, at] as const)));
      const wish = (cell: Cell): number =>
        mean((down ? cell.above : cell.below).map((other) => places.get(other) ?? 0)) ?? places.get(cell) ?? 0;
      layer.sort((a, b) => wish(a) - wish(b));
    }
    const now = crossings(layers);
    if (now >= fewest) continue;
    fewest = now;
    best = layers.map((layer) => [...layer]);
  }
  layers.forEach((layer, at) => layer.splice(0, layer.length, ...(best[at] ?? [])));
}

/** Layers larger than this are not examined pair by pair. */
const examined = 200;

function crossings(layers: readonly (readonly Cell[])[]): number {
  let sum = 0;
  for (const [level, layer] of layers.entries()) {
    const next = new Map((layers[level + 1] ?? []).map((cell, at) => [cell, at]));
    const ends = layer.flatMap((cell, from) => cell.below.map((other) => [from, next.get(other) ?? 0] as const));
    if (ends.length > examined) continue;
    for (const [index, [from, to]] of ends.entries())
      for (const [otherFrom, otherTo] of ends.slice(index + 1)) if ((from - otherFrom) * (to - otherTo) < 0) sum++;
  }
  return sum;
}

/** Gives cells their x: side by side first, then as near to their neighbours' mean as the order allows. */
function placeAcross(layers: readonly (readonly Cell[])[], gap: number): void {
  for (const layer of layers) spreadOut(layer, gap, () => 0);
  for (let round = 0; round < rounds; round++) {
    for (const layer of round % 2 === 0 ? layers : [...layers].reverse()) {
      spreadOut(layer, gap, (cell) => mean([...cell.above, ...cell.below].map(({ x }) => x)) ?? cell.x);
    }
  }
}

/** Puts every cell where it wishes to be; cells that would touch form a group around the mean of their wishes. */
function spreadOut(layer: readonly Cell[], gap: number, wish: (cell: Cell) => number): void {
  interface Group {
    readonly cells: { readonly cell: Cell; readonly offset: number }[];
    width: number;
    /** Sum of the wishes for the group's left end. */
    sum: number;
  }
  const left = ({ sum, cells, width }: Group): number => sum / cells.length - width / 2;
  const groups: Group[] = [];
  for (const cell of layer) {
    const { width } = cell.box;
    let group: Group = { cells: [{ cell, offset: width / 2 }], width, sum: wish(cell) };
    for (let before = groups.at(-1); before !== undefined; before = groups.at(-1)) {
      if (left(before) + before.width + gap <= left(group)) break;
      groups.pop();
      group = joined(before, group, gap);
    }
    groups.push(group);
  }
  for (const group of groups) for (const { cell, offset } of group.cells) cell.x = left(group) + offset;

  function joined(before: Group, after: Group, between: number): Group {
    const shift = before.width + between;
    const width = shift + after.width;
    // Wishes are for the middle of a group; in the wider group that middle has moved.
    const sum =
      before.sum +
      (before.cells.length * (width - before.width)) / 2 +
      after.sum -
      (after.cells.length * (width - after.width)) / 2;
    return {
      cells: [...before.cells, ...after.cells.map(({ cell, offset }) => ({ cell, offset: offset + shift }))],
      width,
      sum,
    };
  }
}

function measure(
  layers: readonly (readonly Cell[])[],
  ways: readonly { readonly edge: GraphEdge; readonly cells: readonly Cell[] }[],
  { along }: Gaps,
): Layout {
  const all = layers.flat();
  const leftmost = Math.min(0, ...all.map(({ x, box }) => x - box.width / 2));
  const rightmost = Math.max(0, ...all.map(({ x, box }) => x + box.width / 2));
  const middles = new Map<Cell, number>();
  let y = 0;
  for (const layer of layers) {
    const height = Math.max(...layer.map(({ box }) => box.height));
    for (const cell of layer) middles.set(cell, y + height / 2);
    y += height + along;
  }
  const centre = (cell: Cell): Point => ({ x: cell.x - leftmost, y: middles.get(cell) ?? 0 });
  const edges = ways.map(({ edge, cells }) => ({
    edge,
    points: cells.map((cell, at): Point => {
      const { x, y: middle } = centre(cell);
      const half = cell.box.height / 2;
      return { x, y: at === 0 ? middle + half : at === cells.length - 1 ? middle - half : middle };
    }),
  }));
  return {
    width: rightmost - leftmost,
    height: Math.max(0, y - along),
    boxes: new Map(all.filter(({ box }) => box.name !== '').map((cell) => [cell.box.name, centre(cell)])),
    edges,
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
