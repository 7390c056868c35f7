import type { Check } from '../doctor/check.ts';
import { type Colors, wrapped } from './format.ts';
import { visible } from './visible.ts';

/** A line for each check, and below it what to do. */
export function doctorLines(checks: readonly Check[], colors: Colors, width: number | null): string[] {
  const names = Math.max(...checks.map(({ name }) => name.length));
  const words: Readonly<Record<Check['state'], string>> = {
    ok: colors.green('ok     '),
    note: colors.yellow('note   '),
    problem: colors.red('PROBLEM'),
  };
  const indent = ' '.repeat(9 + names + 2);
  const lines = checks.flatMap(({ name, state, found, advice }) => {
    const [first = '', ...rest] = wrapped(visible(found), width, indent);
    return [
      `${words[state]}  ${name.padEnd(names)}  ${first.slice(indent.length)}`,
      ...rest,
      ...(advice === null ? [] : wrapped(`-> ${visible(advice)}`, width, indent, `${indent}   `)),
    ];
  });
  const problems = checks.filter(({ state }) => state === 'problem').length;
  return [...lines, problems === 0 ? 'Everything that is needed works.' : `${problems} of these will not work.`];
}
