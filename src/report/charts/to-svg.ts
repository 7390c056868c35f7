import type { Chart, Shape } from './chart.ts';
import { drawing, element, polyline, text } from '../../base/svg.ts';

/** Coordinates are rounded to two decimals, so that the same chart is the same bytes. */
export function toSvg({ width, height, title, shapes }: Chart): string {
  return drawing(width, height, title, shapes.map(shapeElement));
}

function shapeElement(shape: Shape): string {
  switch (shape.kind) {
    case 'line':
      return polyline(shape.points, {
        stroke: shape.colour,
        'stroke-width': shape.width,
        ...(shape.opacity === undefined ? {} : { 'stroke-opacity': shape.opacity }),
      });
    case 'area':
      return element('polygon', {
        points: shape.points.map(([x, y]) => `${Number(x.toFixed(2))},${Number(y.toFixed(2))}`).join(' '),
        fill: shape.colour,
        ...(shape.opacity === undefined ? {} : { 'fill-opacity': shape.opacity }),
      });
    case 'dot':
      return element('circle', {
        cx: shape.at[0],
        cy: shape.at[1],
        r: shape.radius,
        ...(shape.hollow === true
          ? { fill: 'none', stroke: shape.colour, 'stroke-width': 1.2 }
          : { fill: shape.colour }),
      });
    case 'text':
      return text(shape.at[0], shape.at[1], shape.text, {
        ...(shape.anchor === undefined || shape.anchor === 'start' ? {} : { 'text-anchor': shape.anchor }),
        ...(shape.colour === undefined ? {} : { fill: shape.colour }),
        ...(shape.bold === true ? { 'font-weight': 'bold' } : {}),
      });
  }
}
