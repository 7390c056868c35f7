import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** A page for readers of the project. */
export interface Page {
  /** Path below the root. */
  readonly file: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Sample {
  /** `docs/sweeps.md:30`. */
  readonly at: string;
  /** Behind the opening fence; empty where there is nothing. */
  readonly language: string;
  /** Of a comment `<!-- sample: ... -->` on the line above the fence: the words behind the colon. */
  readonly marker: readonly string[] | null;
  readonly text: string;
}

/** README and every page in docs/, but the one that tests write. */
export const pages: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(home, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && name !== 'coming-from-dvc.md')
    .map((name) => `docs/${name}`),
].map((file) => ({ file, text: readFileSync(path.join(home, file), 'utf8') }));

const FENCED =
  /^(?: *<!-- sample: (?<marker>.*) -->\n\n?)?(?<indent> *)```(?<language>\w*)\n(?<body>[\s\S]*?)^ *```$/gm;

export function samplesOf({ file, text }: Page): readonly Sample[] {
  return [...text.matchAll(FENCED)].map(({ index, groups = {} }) => {
    const { marker, indent = '', language = '', body = '' } = groups;
    return {
      at: `${file}:${text.slice(0, index).split('\n').length}`,
      language,
      marker: marker === undefined ? null : marker.split(' '),
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    };
  });
}
