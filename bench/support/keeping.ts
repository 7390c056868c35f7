import path from 'node:path';

/** Where a bench's report goes, and what it is compared with: absolute paths. */
export interface Keeping {
  readonly json: string;
  readonly save: string | null;
  readonly against: string | null;
  /** The words that are the bench's own. */
  readonly own: readonly string[];
}

/** Takes `--json FILE`, `--save[=FILE]` and `--against[=FILE]` out of a command line; FILE is relative to the working directory. */
export function takeKeeping(words: readonly string[], results: string, name: string): Keeping {
  const own: string[] = [];
  const baseline = path.join(results, `${name}.baseline.json`);
  let [json, save, against]: [string, string | null, string | null] = [path.join(results, `${name}.json`), null, null];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const [flag, ...rest] = word.split('=');
    const file = rest.length === 0 ? null : path.resolve(rest.join('='));
    if (flag === '--save') save = file ?? baseline;
    else if (flag === '--against') against = file ?? baseline;
    else if (flag === '--json' && file !== null) json = file;
    else if (flag === '--json' && words[at + 1] !== undefined) json = path.resolve(words[++at] as string);
    else own.push(word);
  }
  return { json, save, against, own };
}
