/**
 * Processor time and memory of planning a large graph: `npx tsx bench/plan-scale.ts [INSTANCES...]` (default 1000 5000 20000).
 * Each size is a process of its own with a pipeline made in a temporary folder: a first stage, then four matrix stages
 * in a row, each instance reading its file of the stage before, and a last stage that reads all.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPipeline } from '../src/engine/pipeline/load.ts';
import { makePlan } from '../src/engine/planning/plan.ts';

const layers = 4;

function pipelineOf(instances: number): string {
  const width = Math.floor(instances / layers);
  const lines = ['stages:', '  start: {cmd: "true", outs: [out/start]}'];
  for (let layer = 1; layer <= layers; layer++) {
    const before = layer === 1 ? 'out/start' : `out/${layer - 1}/\${item.n}`;
    lines.push(
      `  layer${layer}:`,
      '    matrix: {n: "${ns}"}',
      `    cmd: step --n \${item.n} --rate \${rate} --out out/${layer}/\${item.n}`,
      `    deps: ["${before}"]`,
      '    params: [rate]',
      `    outs: ["out/${layer}/\${item.n}"]`,
    );
  }
  lines.push('  end: {cmd: "true", deps: [{stage: "layer4@*"}, "out/1/*"]}', '');
  writeFileSync('params.yaml', JSON.stringify({ rate: 0.1, ns: Array.from({ length: width }, (_, n) => n) }));
  return lines.join('\n');
}

/** Time (ms) that this process kept a core busy: unlike the clock, it says the same on a machine that others use. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function measure(instances: number): Promise<void> {
  writeFileSync('pipeline.yaml', pipelineOf(instances));
  const started = cpuTime();
  const pipeline = loadPipeline({ root: process.cwd() });
  const loaded = cpuTime();
  const plan = await makePlan(pipeline, pipeline.instances.keys(), { lockFile: 'pipeline.lock' });
  const planned = cpuTime();
  const ms = (from: number, to: number): string => `${Math.round(to - from)} ms`.padStart(8);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${String(plan.entries.size).padStart(6)} instances: load and connect ${ms(started, loaded)}, ` +
      `plan ${ms(loaded, planned)}, peak memory ${String(peak).padStart(4)} MiB`,
  );
}

function measureAll(sizes: readonly string[]): void {
  for (const size of sizes) {
    const directory = mkdtempSync(path.join(tmpdir(), 'plan-scale-'));
    try {
      const args = [...process.execArgv, fileURLToPath(import.meta.url), '--one', size];
      spawnSync(process.execPath, args, { cwd: directory, stdio: 'inherit' });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--one') await measure(Number(rest[0]));
else measureAll(first === undefined ? ['1000', '5000', '20000'] : [first, ...rest]);
