import type { DvcCases, Difference } from './case.ts';
import { running } from './running.ts';
import { templating } from './templating.ts';

const parts = [
  { title: 'Templates', groups: templating },
  { title: 'Runs, cache and lock', groups: running },
] as const;

const verdicts = ['same', 'better', 'different'] as const;

function verdictOf({ differs }: { readonly differs?: Difference }): (typeof verdicts)[number] {
  return differs?.verdict ?? 'same';
}

/** Rows of a table in which every column is as wide as its widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[], right: ReadonlySet<number>): string[] {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => (right.has(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' | ')} |`;
  const rule = widths.map((width, at) => (right.has(at) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(head), line(rule), ...rows.map(line)];
}

function counts(): string[] {
  const numbers = (groups: readonly DvcCases[]): string[] => {
    const cases = groups.flatMap((group) => [...group.cases]);
    return [cases.length, ...verdicts.map((verdict) => cases.filter((one) => verdictOf(one) === verdict).length)].map(
      String,
    );
  };
  const groups: readonly DvcCases[] = parts.flatMap((part) => [...part.groups]);
  const rows = groups.map((group) => [group.about, `\`${group.source}\``, ...numbers([group])]);
  const head = ['what', "below DVC's `tests`", 'cases', ...verdicts];
  return table(head, [...rows, ['all', '', ...numbers(groups)]], new Set([2, 3, 4, 5]));
}

function differences(groups: readonly DvcCases[]): string[] {
  return groups.flatMap(({ about, cases }) => {
    const rows = cases.flatMap(({ title, differs }) =>
      differs === undefined ? [] : [[title, differs.dvc, differs.here, `**${differs.verdict}**: ${differs.why}`]],
    );
    if (rows.length === 0) return [];
    return [`### ${about}`, '', ...table(['case', 'DVC', 'here', 'why'], rows, new Set()), ''];
  });
}

function agreements(groups: readonly DvcCases[]): string[] {
  return groups.flatMap(({ about, cases }) => {
    const items = cases.flatMap(({ title, differs }) => (differs === undefined ? [`- ${title}`] : []));
    return items.length === 0 ? [] : [`### ${about}: the same`, '', ...items, ''];
  });
}

/** docs/coming-from-dvc.md. */
export function dvcPage(): string {
  return `${[
    "# DVC's own test cases, tried here",
    '',
    'The cases by which DVC 3 tests its templates, `dvc repro`, the run cache, the lock and `dvc gc` (treeverse/dvc at',
    '8131c32), told in our words, and what this runner makes of each. Where both refuse a mistake, that is the same; here',
    'the message has file, line and column. Every case is run: templates by',
    '`test/engine/templates/templating-as-in-dvc.test.ts`, the others through the command line by',
    '`test/e2e/as-in-dvc.test.ts`. This page is written from their data: `npm run docs:dvc`.',
    '',
    ...counts(),
    '',
    'Left out is what has nothing to compare with: data structures of Python; `dvc add`, `.dvc` files and imports; the',
    'commands `dvc run`, `stage add`, `freeze` and `unfreeze`, in whose place pipeline.yaml is edited; `dvc gc` of',
    'remotes, of what no remote has, by number, date or experiment, and over several projects; `cache.shared`.',
    '',
    '## Where it is not the same',
    '',
    ...parts.flatMap(({ groups }) => differences(groups)),
    ...parts.flatMap(({ title, groups }) => [`## ${title}`, '', ...agreements(groups)]),
  ]
    .join('\n')
    .trimEnd()}\n`;
}
