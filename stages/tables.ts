/**
 * Writes the report from metrics and the evaluations' data: tables, figures, and a page that shows both.
 * In: everything that the evaluating stages wrote. Out: reports/<profile>/results, figures and index.html.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage } from '../src/engine/stage-context.ts';
import { DATA, figureFiles, renderFigures } from '../src/report/figures/figures.ts';
import { INDEX_PAGE, indexPage } from '../src/report/index-page.ts';
import { paramsOf } from '../src/params/access/params-of.ts';
import { type Metrics, parseMetrics } from '../src/report/metrics.ts';
import { reportTables } from '../src/report/report.ts';
import { renderTable } from '../src/report/table.ts';
import type { Scalar, TrackedTable } from '../src/tracking/tracker.ts';
import { figureData } from './figure-data.ts';
import { writeWhole } from './files.ts';
import { tracked } from './tracking.ts';

export default defineStage(import.meta.url, async (context) => {
  const metrics: Metrics[] = [];
  for (const path of context.deps().filter((dep) => dep.endsWith('.json'))) {
    metrics.push(parseMetrics(await readFile(path, 'utf8'), path));
  }
  const params = context.params();
  const { profile } = paramsOf(context);
  const write = async (directory: string, name: string, content: string | Uint8Array): Promise<string> => {
    await mkdir(directory, { recursive: true });
    await writeWhole(join(directory, name), content);
    return join(directory, name);
  };

  const written: string[] = [];
  const results = context.out('results');
  const tables = reportTables(metrics, params);
  for (const { name, text } of tables.flatMap((table) => renderTable(table))) {
    written.push(await write(results, name, text));
  }
  const figuresAt = context.out('figures');
  await mkdir(figuresAt, { recursive: true });
  const data = await figureData(context, metrics);
  for (const [name, bytes] of data) written.push(await write(join(figuresAt, DATA), name, bytes));
  const figures = renderFigures((name) => data.get(name) ?? null);
  for (const { name, bytes } of figures.flatMap(figureFiles)) written.push(await write(figuresAt, name, bytes));
  const page = context.out(INDEX_PAGE);
  await writeWhole(page, indexPage(profile, tables, figures));
  written.push(page);

  await tracked(context, {}, (tracker) => {
    for (const { name, records } of tables) tracker.table(name, recordsTable(records));
    for (const { name, title } of figures)
      tracker.image(name, { path: join(figuresAt, `${name}.png`), caption: title });
    // The lock says from which inputs and code every number came; that of this very stage is written after it.
    const lock = join(results, '..', 'pipeline.lock');
    // Inside an artifact a file has its base name: data and figures share some, so that the data stays out.
    const files = written.filter((path) => !path.startsWith(join(figuresAt, DATA)));
    tracker.artifact({ name: `tables-${profile}`, type: 'report', files: existsSync(lock) ? [...files, lock] : files });
    return Promise.resolve();
  });
});

/** A table of the report in its long form, one record a row. */
function recordsTable(records: readonly Readonly<Record<string, Scalar>>[]): TrackedTable {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return { columns, rows: records.map((record) => columns.map((column) => record[column] ?? null)) };
}
