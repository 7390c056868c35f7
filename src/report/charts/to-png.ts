import { Canvas, parseColour } from './canvas.ts';
import type { Chart, Shape } from './chart.ts';
import { HEIGHT, textWidth } from './font.ts';

/** Pixels a unit of the chart: letters of 12 units then are 14 pixels high. */
const SCALE = 2;
const INK = '#222222';

export function toPng({ width, height, shapes }: Chart): Uint8Array {
  const canvas = new Canvas(width * SCALE, height * SCALE);
  for (const shape of shapes) draw(canvas, shape);
  return canvas.toPng();
}

function draw(canvas: Canvas, shape: Shape): void {
  const scaled = ([x, y]: readonly [number, number]) => [x * SCALE, y * SCALE] as const;
  switch (shape.kind) {
    case 'line':
      canvas.line(shape.points.map(scaled), shape.width * SCALE, parseColour(shape.colour), shape.opacity);
      return;
    case 'area':
      canvas.area(shape.points.map(scaled), parseColour(shape.colour), shape.opacity);
      return;
    case 'dot':
      canvas.dot(scaled(shape.at), shape.radius * SCALE, parseColour(shape.colour), shape.hollow === true ? 2.4 : null);
      return;
    case 'text': {
      const [x, y] = scaled(shape.at);
      const before = { start: 0, middle: 0.5, end: 1 }[shape.anchor ?? 'start'];
      const left = Math.round(x - before * textWidth(shape.text) * SCALE);
      canvas.text(
        shape.text,
        left,
        Math.round(y) - HEIGHT * SCALE,
        SCALE,
        parseColour(shape.colour ?? INK),
        shape.bold,
      );
      return;
    }
  }
}
