/**
 * Writes the report from metrics alone: Tables 1 and 2, the drawings, and the pictures of one magnifying run each.
 * In: everything that the evaluating stages wrote. Out: reports/<profile>/results and figures.
 */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { defineStage, type StageContext } from '../src/engine/stage-context.ts';
import { type Metrics, parseMetrics } from '../src/report/metrics.ts';
import { renderReport } from '../src/report/report.ts';
import { bestNet } from '../src/report/tables.ts';
import { writeWhole } from './files.ts';

const PARAMS = ['profile', 'seed', 'backend', 'data', 'synthesize', 'faces', 'sketches', 'training'];

export default defineStage(import.meta.url, async (context) => {
  const metrics: Metrics[] = [];
  for (const path of context.deps().filter((dep) => dep.endsWith('.json'))) {
    metrics.push(parseMetrics(await readFile(path, 'utf8'), path));
  }
  const params = Object.fromEntries(PARAMS.map((key) => [key, context.param(key)]));
  const results = context.out('results');
  await mkdir(results, { recursive: true });
  for (const { name, text } of renderReport(metrics, params)) await writeWhole(join(results, name), text);
  await copyPictures(context, metrics);
});

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
