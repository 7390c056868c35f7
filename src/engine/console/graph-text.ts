import { nodeLabel, type StageGraph } from '../graph/stage-graph.ts';
import { visible } from './visible.ts';

/** The graph as a tree of lines: a stage stands below those it needs; what was drawn already is only named again. */
export function treeLines({ nodes, edges }: StageGraph): string[] {
  const labels = new Map(nodes.map((node) => [node.name, visible(nodeLabel(node))]));
  const children = new Map<string, string[]>();
  for (const { from, to } of edges) children.set(from, [...(children.get(from) ?? []), to]);
  const drawn = new Set<string>();
  const draw = (name: string, first: string, rest: string): string[] => {
    const label = `${first}${labels.get(name) ?? name}`;
    const below = children.get(name) ?? [];
    if (drawn.has(name)) return [below.length > 0 ? `${label} (see above)` : label];
    drawn.add(name);
    return [
      label,
      ...below.flatMap((child, at) =>
        at === below.length - 1 ? draw(child, `${rest}└─ `, `${rest}   `) : draw(child, `${rest}├─ `, `${rest}│  `),
      ),
    ];
  };
  const needy = new Set(edges.map(({ to }) => to));
  const roots = nodes.filter(({ name }) => !needy.has(name)).flatMap(({ name }) => draw(name, '', ''));
  // Folded stages that need each other have no root.
  return [...roots, ...nodes.flatMap(({ name }) => (drawn.has(name) ? [] : draw(name, '', '')))];
}

/** A Mermaid flowchart, as Markdown viewers draw it. */
export function mermaidText({ nodes, edges }: StageGraph): string {
  const ids = new Map(nodes.map(({ name }, index) => [name, `s${index}`]));
  const lines = [
    'flowchart TD',
    ...nodes.map((node) => `  ${ids.get(node.name) ?? ''}["${mermaidLabel(nodeLabel(node))}"]`),
    ...edges.map(({ from, to }) => `  ${ids.get(from) ?? ''} --> ${ids.get(to) ?? ''}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** A graph in Graphviz' language. */
export function dotText({ nodes, edges }: StageGraph): string {
  const lines = [
    'digraph pipeline {',
    '  node [shape=box, style=rounded, fontname="monospace"];',
    ...nodes.map((node) => `  ${dotString(node.name)} [label=${dotString(nodeLabel(node))}];`),
    ...edges.map(({ from, to }) => `  ${dotString(from)} -> ${dotString(to)};`),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function mermaidLabel(text: string): string {
  return visible(text)
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;');
}

function dotString(text: string): string {
  return `"${visible(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
