import { dotText, mermaidText, treeLines } from '../../engine/console/graph-text.ts';
import { svgText } from '../../engine/console/graph-svg.ts';
import { selectInstances } from '../../engine/graph/select.ts';
import { type StageGraph, stageGraph } from '../../engine/graph/stage-graph.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { writeResult } from '../output.ts';
import { findRoot } from '../find-root.ts';
import { openProject, type ProjectOptions } from '../project.ts';

export const dagFormats = ['tree', 'mermaid', 'dot', 'svg'] as const;

export interface DagOptions extends ProjectOptions {
  readonly stage?: readonly string[];
  readonly full?: boolean;
  readonly format: (typeof dagFormats)[number];
  readonly json?: boolean;
  readonly output?: string;
}

/** `pipeline dag`: the stages as a tree or a picture, each matrix folded to one node. */
export function dag(options: DagOptions): ExitCode {
  const { pipeline } = openProject(findRoot(), options);
  const graph = stageGraph(pipeline, selectInstances(pipeline, options.stage ?? []), { full: options.full ?? false });
  writeResult(options.json === true ? `${JSON.stringify(graph)}\n` : drawn(graph, options.format), options.output);
  return exitCodes.ok;
}

function drawn(graph: StageGraph, format: DagOptions['format']): string {
  switch (format) {
    case 'tree':
      return `${treeLines(graph).join('\n')}\n`;
    case 'mermaid':
      return mermaidText(graph);
    case 'dot':
      return dotText(graph);
    case 'svg':
      return svgText(graph);
  }
}
