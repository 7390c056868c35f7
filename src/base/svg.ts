/** SVG as text, with coordinates rounded to two decimals so that the same numbers are the same bytes. */

export type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(coordinate(value))}"`);
  return content.length === 0 ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${content.join('')}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escape(content));
}

/** A whole drawing on white, one element a line. */
export function drawing(width: number, height: number, title: string, elements: readonly string[]): string {
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#222">`,
    element('title', {}, escape(title)),
    element('rect', { width, height, fill: '#fff' }),
    ...elements,
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** A path through points. */
export function polyline(points: readonly (readonly [x: number, y: number])[], attributes: Attributes): string {
  const list = points.map(([x, y]) => `${coordinate(x)},${coordinate(y)}`).join(' ');
  return element('polyline', { points: list, fill: 'none', ...attributes });
}

/** From dark violet (0) over green to yellow (1): rising in lightness, so that it reads without colour, too. */
export function scaleColor(share: number): string {
  const stops = [
    [68, 1, 84],
    [59, 82, 139],
    [33, 145, 140],
    [94, 201, 98],
    [222, 200, 20],
  ] as const;
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(at));
  const mixed = [0, 1, 2].map((channel) => {
    const [from, to] = [stops[index]?.[channel] ?? 0, stops[index + 1]?.[channel] ?? 0];
    return Math.round(from + (to - from) * (at - index));
  });
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

function coordinate(value: string | number): string {
  return typeof value === 'number' ? String(Number(value.toFixed(2))) : value;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
