import type { InstanceName, Pipeline } from '../stages/types.ts';

/** A stage with all its instances, or a single instance. */
export interface GraphNode {
  readonly name: string;
  /** How many instances it stands for. */
  readonly count: number;
}

/** `from` makes what `to` needs. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** What a drawing of the pipeline shows: nodes in topological order, each edge once. */
export interface StageGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/**
 * The graph of the selected instances, each matrix folded to one node unless `full`.
 *
 * A folded graph may have circles where the instances have none (a matrix whose instances use each other's outputs);
 * edges of a stage to itself are left out.
 */
export function stageGraph(
  pipeline: Pick<Pipeline, 'instances' | 'upstream'>,
  selection: Iterable<InstanceName>,
  { full = false }: { readonly full?: boolean } = {},
): StageGraph {
  const selected = new Set(selection);
  const nodeOf = (name: InstanceName): string => (full ? name : (pipeline.instances.get(name)?.stage ?? name));
  const counts = new Map<string, number>();
  const edges = new Map<string, GraphEdge>();
  for (const name of pipeline.instances.keys()) {
    if (!selected.has(name)) continue;
    const to = nodeOf(name);
    counts.set(to, (counts.get(to) ?? 0) + 1);
    for (const other of pipeline.upstream.get(name) ?? []) {
      const from = nodeOf(other);
      if (selected.has(other) && from !== to) edges.set(`${from}\n${to}`, { from, to });
    }
  }
  return { nodes: Array.from(counts, ([name, count]) => ({ name, count })), edges: [...edges.values()] };
}

/** `train (6x)`, or only the name of what there is one of. */
export function nodeLabel({ name, count }: GraphNode): string {
  return count > 1 ? `${name} (${count}x)` : name;
}
