import { type PlacedValue, placedValues } from '../../engine/comparing/flat-values.ts';
import { type DataTable, exactText } from '../../engine/console/data-table.ts';
import { suggestion } from '../../base/suggest.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { findRoot } from '../find-root.ts';
import { openParams, type ProjectOptions } from '../project.ts';
import { renderTable, type TableOptions } from './tables.ts';

export interface ParamsOptions extends ProjectOptions, TableOptions {}

/** `pipeline params show [KEY...]`: the merged params, and where each value was set. */
export function showParams(keys: readonly string[], options: ParamsOptions): ExitCode {
  const values = chosen(placedValues(openParams(findRoot(), options)), keys);
  const rows = values.map((value) => ({ key: value.key, value: value.value, from: origin(value, options) }));
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ params: rows })}\n` : renderTable(asTable(rows), options),
  );
  return exitCodes.ok;
}

/** The values at the keys and below them. Throws UsageError for a key that params do not have. */
function chosen(values: readonly PlacedValue[], keys: readonly string[]): readonly PlacedValue[] {
  if (keys.length === 0) return values;
  const isAt = (key: string, wanted: string): boolean => key === wanted || key.startsWith(`${wanted}.`);
  const unknown = keys.find((wanted) => !values.some(({ key }) => isAt(key, wanted)));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, [...new Set(values.flatMap(({ key }) => prefixes(key)))]);
    throw new UsageError(`params have no key "${unknown}"${hint === undefined ? '' : `: ${hint}`}`);
  }
  return values.filter(({ key }) => keys.some((wanted) => isAt(key, wanted)));
}

/** `a.b.c`: a, a.b, a.b.c. */
function prefixes(key: string): string[] {
  const steps = key.split('.');
  return steps.map((_step, at) => steps.slice(0, at + 1).join('.'));
}

function origin({ key, at }: PlacedValue, options: ParamsOptions): string {
  const { set = [], params, extensions } = options;
  if (at !== null) return `${at.file}:${at.line}`;
  const settings = set.map((one) => /^\s*([^=]*?)\s*=\s*(.*)$/s.exec(one) ?? []).filter(([, name]) => name === key);
  const option = extensions?.own?.options.find(({ param }) => param === key);
  if (option !== undefined) {
    const [, , given] = settings.at(-1) ?? [];
    if (given === undefined || given.replace(/^(["'])(.*)\1$/s, '$2') === option.automatic)
      return `chosen for "${option.automatic}"`;
    return Object.hasOwn(options, key) ? `--${key}` : '-S';
  }
  return key === 'profile' && params !== undefined && settings.length === 0 ? '--params' : '-S';
}

function asTable(
  rows: readonly { readonly key: string; readonly value: PlacedValue['value']; readonly from: string }[],
): DataTable {
  return {
    columns: [{ title: 'key' }, { title: 'value' }, { title: 'from' }],
    rows: rows.map(({ key, value, from }) => [key, exactText(value), from]),
  };
}
