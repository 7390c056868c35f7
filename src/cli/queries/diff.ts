import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  differences,
  type FileDifference,
  fileDifferences,
  type FilesDifference,
} from '../../engine/comparing/difference.ts';
import { GitReader } from '../../engine/comparing/git.ts';
import { workspaceReader } from '../../engine/comparing/metrics-files.ts';
import { metricsPatterns } from '../../engine/comparing/metrics-patterns.ts';
import { revisionSnapshot } from '../../engine/comparing/revision.ts';
import { lockSnapshot, type Snapshot, workspaceSnapshot } from '../../engine/comparing/snapshot.ts';
import { cellText, type DataTable, exactText, shortText } from '../../engine/console/data-table.ts';
import { jsonDocument } from '../../engine/console/json.ts';
import type { Value } from '../../engine/yaml/values.ts';
import { visible } from '../../engine/console/visible.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { print } from '../output.ts';
import { findRoot } from '../find-root.ts';
import { openProject, type Project, type ProjectOptions } from '../project.ts';
import { renderTable, type TableOptions } from './tables.ts';

export interface DiffOptions extends ProjectOptions, TableOptions {
  readonly with?: string;
  readonly exitCode?: boolean;
}

/** `pipeline diff [REV] [REV]`: params and metrics against a revision, between two, or against another run. */
export function diff(revisions: readonly string[], options: DiffOptions): ExitCode {
  if (revisions.length > 2) {
    throw new UsageError(`diff compares two revisions, or one with the workspace, not ${revisions.length}`);
  }
  const root = findRoot();
  const project = openProject(root, options);
  const [before, after] =
    options.with === undefined
      ? revisionSides(root, project, revisions, options)
      : runSides(root, project, revisions, options.with);
  const result = {
    old: before.label,
    new: after.label,
    params: differences(before.params, after.params),
    metrics: fileDifferences(before.metrics, after.metrics),
    problems: [...before.problems, ...after.problems],
  };
  if (options.json === true) process.stdout.write(`${jsonDocument(result)}\n`);
  else print(diffText(result, options));
  if (options.json !== true)
    for (const line of problemLines(result.problems)) process.stderr.write(`${visible(line)}\n`);
  return options.exitCode === true && !nothingDiffers(result) ? exitCodes.failed : exitCodes.ok;
}

function revisionSides(
  root: string,
  { pipeline, lockFile, resolved }: Project,
  revisions: readonly string[],
  options: DiffOptions,
): [Snapshot, Snapshot] {
  const [old = 'HEAD', newer] = revisions;
  const git = GitReader.open(root);
  const at = (revision: string): Snapshot =>
    revisionSnapshot(git, revision, {
      root,
      lockFile,
      profiles: options.params?.map((file) => fromRoot(root, file)),
      // What is left to the machine is a matter of this one, not of the revision.
      resolveParams: (params) =>
        Object.fromEntries(
          (options.extensions?.own?.options ?? []).flatMap(({ param, automatic }): [string, Value][] => {
            const value = resolved.values[param];
            return params[param] === automatic && value !== undefined ? [[param, value]] : [];
          }),
        ),
    });
  return [at(old), newer === undefined ? workspaceSnapshot(pipeline) : at(newer)];
}

function runSides(
  root: string,
  { lockFile }: Project,
  revisions: readonly string[],
  other: string,
): [Snapshot, Snapshot] {
  if (revisions.length > 0) throw new UsageError('diff takes either revisions or --with, not both');
  const patterns = metricsPatterns(workspaceReader(root)('pipeline.yaml') ?? '');
  const at = (file: string): Snapshot => lockSnapshot(root, file, path.posix.dirname(file), patterns);
  return [at(lockFileOf(root, other)), at(lockFile)];
}

/** A run is named by its lock file or by the directory that holds it. */
function lockFileOf(root: string, named: string): string {
  const file = fromRoot(root, named);
  const absolute = path.join(root, file);
  if (!existsSync(absolute)) {
    throw new UsageError(
      `${named} does not exist: --with takes a directory with a pipeline.lock, such as reports/demo`,
    );
  }
  return statSync(absolute).isDirectory() ? path.posix.join(file, 'pipeline.lock') : file;
}

/** From where the user stands if it is there, else from the root; relative to the root, with forward slashes. */
function fromRoot(root: string, file: string): string {
  return path
    .relative(root, existsSync(file) ? path.resolve(file) : path.resolve(root, file))
    .split(path.sep)
    .join('/');
}

interface DiffResult {
  readonly old: string;
  readonly new: string;
  readonly params: ReturnType<typeof differences>;
  readonly metrics: FilesDifference;
}

function nothingDiffers({ params, metrics }: DiffResult): boolean {
  const { common, onlyOld, onlyNew } = metrics;
  return [params, common, onlyOld, onlyNew].every((list) => list.length === 0);
}

function diffText(result: DiffResult, options: DiffOptions): string {
  const { old, new: now, params, metrics } = result;
  if (nothingDiffers(result) && options.csv !== true)
    return `No param and no metric differs between ${old} and ${now}.\n`;
  const rows = [...params.map((one) => ({ path: 'params', ...one })), ...metrics.common];
  const table: DataTable = {
    columns: [
      { title: 'path' },
      { title: 'key' },
      { title: old, right: true },
      { title: now, right: true },
      { title: 'change', right: true },
    ],
    rows: rows.map((row) => [row.path, row.key, ...sides(row, options.csv === true)]),
  };
  const text = rows.length > 0 || options.csv === true ? renderTable(table, options) : '';
  return options.csv === true ? text : text + onlyText(old, metrics.onlyOld) + onlyText(now, metrics.onlyNew);
}

function onlyText(side: string, paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const shown = visible(paths.slice(0, 3).join(', '));
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  return `\nOnly ${side} has ${paths.length} metrics ${paths.length === 1 ? 'file' : 'files'}: ${shown}${more}\n`;
}

function sides({ old, new: now, change, path: file }: FileDifference, exact: boolean): string[] {
  const text = (value: Value | undefined): string =>
    value === undefined ? '-' : exact ? exactText(value) : file === 'params' ? shortText(value) : cellText(value);
  return [text(old), text(now), changeText(old, now, change)];
}

function changeText(old: Value | undefined, now: Value | undefined, change: number | null): string {
  if (old === undefined) return 'added';
  if (now === undefined) return 'removed';
  if (change === null || !Number.isFinite(change)) return 'changed';
  return `${change > 0 ? '+' : ''}${Number(change.toPrecision(4))}`;
}

function problemLines(problems: readonly string[]): string[] {
  const more = problems.length > 3 ? [`and ${problems.length - 3} more that cannot be compared`] : [];
  return [...problems.slice(0, 3).map((problem) => `note: ${problem}`), ...more];
}
