import { embedding } from './embedding.ts';
import { featureDifferences } from './feature-differences.ts';
import type { Figure, ReadData } from './figure.ts';
import { magnificationFigures, restorationFigures } from './samples.ts';
import { trainingCurves } from './training-curves.ts';

/** Below the directory of the figures: what they are drawn from. */
export const DATA = 'data';

/** Every figure that the data allows, in the order of the paper. The same data gives the same bytes. */
export function renderFigures(read: ReadData): Figure[] {
  return [embedding, featureDifferences, magnificationFigures, restorationFigures, trainingCurves].flatMap((figures) =>
    figures(read),
  );
}

/** A figure as files: PNG always, SVG where it is a chart. */
export function figureFiles({ name, png, svg }: Figure): { readonly name: string; readonly bytes: Uint8Array }[] {
  const picture = { name: `${name}.png`, bytes: png };
  return svg === null ? [picture] : [picture, { name: `${name}.svg`, bytes: new TextEncoder().encode(svg) }];
}
