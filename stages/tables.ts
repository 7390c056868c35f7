/**
 * Writes the report from metrics alone: Tables 1 to 3, the drawings, and the pictures of one magnifying run each.
 * In: everything that the evaluating stages wrote. Out: reports/<profile>/results and figures.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { defineStage, type StageContext } from '../src/engine/stage-context.ts';
import { type Metrics, parseMetrics } from '../src/report/metrics.ts';
import { renderReport } from '../src/report/report.ts';
import { bestNet } from '../src/report/tables.ts';
import type { Scalar, TrackedTable, Tracker } from '../src/tracking/tracker.ts';
import { writeWhole } from './files.ts';
import { tracked } from './tracking.ts';

const PARAMS = ['profile', 'seed', 'backend', 'data', 'synthesize', 'faces', 'sketches', 'wild', 'training'];

export default defineStage(import.meta.url, async (context) => {
  const metrics: Metrics[] = [];
  for (const path of context.deps().filter((dep) => dep.endsWith('.json'))) {
    metrics.push(parseMetrics(await readFile(path, 'utf8'), path));
  }
  const params = Object.fromEntries(PARAMS.map((key) => [key, context.param(key)]));
  const results = context.out('results');
  await mkdir(results, { recursive: true });
  const files = renderReport(metrics, params);
  for (const { name, text } of files) await writeWhole(join(results, name), text);
  await copyPictures(context, metrics);
  await tracked(context, {}, async (tracker) => {
    for (const { name, text } of files) {
      if (name.endsWith('.json')) tracker.table(name.slice(0, -'.json'.length), recordsTable(text));
    }
    const names = files.map(({ name }) => join(results, name));
    // The lock says from which inputs and code every number came; that of this very stage is written after it.
    const lock = join(results, '..', 'pipeline.lock');
    const versioned = existsSync(lock) ? [...names, lock] : names;
    tracker.artifact({ name: `tables-${String(params['profile'])}`, type: 'report', files: versioned });
    await trackFigures(context, tracker);
  });
});

/** A table of the report in its long form, one record a row. */
function recordsTable(json: string): TrackedTable {
  const { records } = JSON.parse(json) as { readonly records: readonly Readonly<Record<string, Scalar>>[] };
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return { columns, rows: records.map((record) => columns.map((column) => record[column] ?? null)) };
}

async function trackFigures(context: StageContext, tracker: Tracker): Promise<void> {
  const figures = context.out('figures');
  for (const name of (await readdir(figures)).filter((file) => file.endsWith('.png')).sort()) {
    tracker.image(name.slice(0, -'.png'.length), { path: join(figures, name) });
  }
}

/** The picture of GroupGAN (2v2) on the net of Table 2 and the first fold that was run, for each task. */
async function copyPictures(context: StageContext, metrics: readonly Metrics[]): Promise<void> {
  const figures = context.out('figures');
  await mkdir(figures, { recursive: true });
  const names = { faces: 'magnification.png', sketches: 'restoration.png' };
  for (const [task, name] of Object.entries(names)) {
    const net = bestNet(metrics, task)?.net;
    const directory = context
      .deps()
      .filter((dep) => basename(dep).startsWith(`${task}-groupgan-2v2-${net ?? '?'}-`))
      .sort()[0];
    if (directory) await copyFile(join(directory, 'magnification.png'), join(figures, name));
  }
}
