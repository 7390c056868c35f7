import type { Figure } from './figures/figure.ts';
import { cellText, type ReportTable } from './table.ts';

export const INDEX_PAGE = 'index.html';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h2 { margin-top: 3rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.7rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
th { vertical-align: bottom; border-bottom: 2px solid #888; white-space: normal; }
th:first-child, td:first-child { text-align: left; }
p.caption, figcaption { color: #444; max-width: 60rem; }
figure { margin: 0; }
img, svg { max-width: 100%; height: auto; }
`;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The whole report as one page that needs nothing else: no script, no font, no file beside it. */
export function indexPage(profile: string, tables: readonly ReportTable[], figures: readonly Figure[]): string {
  const heading = `GroupGAN: report of the profile ${escape(profile)}`;
  const links = [...tables, ...figures.map((figure) => ({ ...figure, name: `figure-${figure.name}` }))]
    .map(({ name, title }) => `<li><a href="#${escape(name)}">${escape(title)}</a></li>`)
    .join('\n');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${heading}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    `<h1>${heading}</h1>`,
    `<ul>\n${links}\n</ul>`,
    ...tables.map(tableSection),
    ...(figures.length === 0 ? ['<p>No figures: GroupGAN (2v2) was not run.</p>'] : figures.map(figureSection)),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function tableSection(table: ReportTable): string {
  const cells = (tag: 'th' | 'td', row: ReportTable['rows'][number]) =>
    row.map((cell) => `<${tag}>${cellText(cell, escape, (text) => `<b>${text}</b>`)}</${tag}>`).join('');
  return [
    `<h2 id="${escape(table.name)}">${escape(table.title)}</h2>`,
    '<div class="wide"><table>',
    `<thead><tr>${cells('th', table.header)}</tr></thead>`,
    '<tbody>',
    ...table.rows.map((row) => `<tr>${cells('td', row)}</tr>`),
    '</tbody>',
    '</table></div>',
    ...table.caption.map((paragraph) => `<p class="caption">${escape(paragraph)}</p>`),
  ].join('\n');
}

function figureSection({ name, title, caption, png, svg }: Figure): string {
  const picture =
    svg === null
      ? `<img alt="${escape(title)}" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`
      : svg.trimEnd();
  return [
    `<h2 id="figure-${escape(name)}">${escape(title)}</h2>`,
    `<figure>\n${picture}`,
    `<figcaption>${escape(caption)}</figcaption>\n</figure>`,
  ].join('\n');
}
