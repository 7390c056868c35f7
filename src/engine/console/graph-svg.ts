import { nodeLabel, type StageGraph } from '../graph/stage-graph.ts';
import { layeredLayout, type Point } from './layered-layout.ts';
import { visible } from './visible.ts';

/** Pixels. A character of the 13 px monospace font is at most this wide. */
const characterWidth = 8;
const boxHeight = 30;
const padding = 12;
const margin = 16;
const gaps = { across: 24, along: 44 };

/** The graph as a picture that needs nothing but a viewer: no scripts, no fonts, no other files. */
export function svgText(graph: StageGraph): string {
  const labels = new Map(graph.nodes.map((node) => [node.name, visible(nodeLabel(node))]));
  const boxes = Array.from(labels, ([name, label]) => ({
    name,
    width: label.length * characterWidth + 2 * padding,
    height: boxHeight,
  }));
  const layout = layeredLayout(boxes, graph.edges, gaps);
  const width = Math.ceil(layout.width) + 2 * margin;
  const height = Math.ceil(layout.height) + 2 * margin;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '  <defs>',
    '    <marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
    '      <path d="M0 0 8 4 0 8z" fill="#57606a"/>',
    '    </marker>',
    '  </defs>',
    `  <rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `  <g transform="translate(${margin} ${margin})">`,
    '    <g fill="none" stroke="#57606a" stroke-width="1.3" marker-end="url(#tip)">',
    ...layout.edges.map(({ points }) => `      <path d="${curve(points)}"/>`),
    '    </g>',
    '    <g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" text-anchor="middle">',
    ...boxes.flatMap((box) => {
      const at = layout.boxes.get(box.name) ?? { x: 0, y: 0 };
      const corner = `x="${px(at.x - box.width / 2)}" y="${px(at.y - box.height / 2)}"`;
      const size = `width="${box.width}" height="${box.height}"`;
      return [
        `      <rect ${corner} ${size} rx="6" fill="#ddf4ff" stroke="#0969da"/>`,
        `      <text x="${px(at.x)}" y="${px(at.y + 4.5)}" fill="#1f2328">${escaped(labels.get(box.name) ?? '')}</text>`,
      ];
    }),
    '    </g>',
    '  </g>',
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** Through all points, upright at each of them, so that a long edge passes between boxes and ends in its arrow. */
function curve(points: readonly Point[]): string {
  return points
    .map((point, at) => {
      const before = points[at - 1];
      if (before === undefined) return `M${px(point.x)} ${px(point.y)}`;
      const bend = (point.y - before.y) / 2;
      return `C${px(before.x)} ${px(before.y + bend)} ${px(point.x)} ${px(point.y - bend)} ${px(point.x)} ${px(point.y)}`;
    })
    .join(' ');
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
