/**
 * What tracking costs a training: npx tsx bench/tracking.ts [MILLISECONDS-PER-STEP]
 * Logs reports as `train` does, and sets the time of one against the ten steps that it reports.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trackRun } from '../src/tracking/start-run.ts';

const REPORTS = 400;
const STEPS_PER_REPORT = 10;
const stepMs = Number(process.argv[2] ?? 40);
const root = mkdtempSync(join(tmpdir(), 'bench-tracking-'));
try {
  const start = trackRun({ journal: join(root, 'run.jsonl'), root, env: {}, warn: console.warn });
  const tracker = await start({ name: 'train@bench', group: 'bench', jobType: 'train', tags: [], config: {} });
  // As many values as GroupGAN (2v2) reports.
  const names = Array.from({ length: 20 }, (_, at) => `measure ${at}`);
  const took: number[] = [];
  for (let report = 1; report <= REPORTS; report++) {
    const values = Object.fromEntries(names.map((name, at) => [name, Math.sin(report + at)]));
    const before = performance.now();
    tracker.log(report * STEPS_PER_REPORT, values);
    took.push(performance.now() - before);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await tracker.finish('finished');
  const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
  const median = took.sort((a, b) => a - b)[REPORTS / 2] ?? NaN;
  const share = (ms: number) => ((100 * ms) / (STEPS_PER_REPORT * stepMs)).toFixed(3);
  console.log(`a report: median ${median.toFixed(3)} ms, mean ${mean.toFixed(3)} ms`);
  console.log(`of ${STEPS_PER_REPORT} steps of ${stepMs} ms: median ${share(median)} %, mean ${share(mean)} %`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
