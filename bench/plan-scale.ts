/**
 * Processor time and memory of planning a large graph: `npx tsx bench/plan-scale.ts [INSTANCES...]` (default 1000 5000 20000).
 * The pipeline lies in a temporary folder: a first stage, then four matrix stages in a row, each instance reading its
 * file of the stage before, and a last stage that reads all. It is planned three times, each time in a process of its
 * own: before anything ran; when everything is up to date and the lock came from git, so that there is no
 * copy of it as JSON; and once more, as in any later run. Outputs and lock of the second are constructed, not run.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPipeline } from '../src/engine/graph/load.ts';
import { CodeReader } from '../src/engine/planning/code/code-closure.ts';
import { environmentOf } from '../src/engine/planning/environment.ts';
import { fingerprintOf, lockBlock } from '../src/engine/planning/inputs.ts';
import { writeBlockText, writeLockText } from '../src/engine/planning/lock-format.ts';
import { makePlan } from '../src/engine/planning/plan.ts';
import { closuresOf } from '../src/engine/planning/code/stage-code.ts';
import type { Artifact } from '../src/engine/store/contents/artifact.ts';
import { Workspace } from '../src/engine/store/workspace.ts';

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

const lockFile = 'pipeline.lock';

async function measure(what: string): Promise<void> {
  const started = cpuTime();
  const pipeline = loadPipeline({ root: process.cwd() });
  const loaded = cpuTime();
  const plan = await makePlan(pipeline, pipeline.instances.keys(), { lockFile });
  const planned = cpuTime();
  // What a run and `status` do at their end: the index of what was hashed is written.
  await plan.evaluator.workspace.close();
  const ms = (from: number, to: number): string => `${Math.round(to - from)} ms`.padStart(8);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  const fresh = [...plan.entries.values()].filter(({ action }) => action === 'fresh').length;
  console.log(
    `${String(plan.entries.size).padStart(6)} instances, ${what.padEnd(17)} ${String(fresh).padStart(6)} up to date: ` +
      `load and connect ${ms(started, loaded)}, plan ${ms(loaded, planned)}, peak memory ${String(peak).padStart(4)} MiB`,
  );
}

/** Writes every output, and the lock that a run of all instances would have left. */
async function pretendRun(): Promise<void> {
  const pipeline = loadPipeline({ root: process.cwd() });
  const context = { workspace: Workspace.open(pipeline.root), code: new CodeReader(pipeline.root) };
  const contentsOf = async (paths: readonly { readonly path: string }[]): Promise<Map<string, Artifact>> => {
    const found = new Map<string, Artifact>();
    for (const { path: name } of paths) {
      const artifact = await context.workspace.digest(name);
      if (artifact !== null) found.set(name, artifact);
    }
    return found;
  };
  const blocks: [string, string][] = [];
  for (const instance of pipeline.instances.values()) {
    for (const out of instance.outs) {
      mkdirSync(path.dirname(out.path), { recursive: true });
      writeFileSync(out.path, `${instance.name}\n`);
    }
    const inputs = {
      deps: await contentsOf(instance.deps),
      code: await closuresOf(instance, context.code),
      env: environmentOf(instance, process.env),
    };
    const block = lockBlock(instance, fingerprintOf(instance, inputs), inputs, await contentsOf(instance.outs));
    blocks.push([instance.name, writeBlockText(instance.name, block)]);
  }
  writeFileSync(lockFile, writeLockText(blocks));
}

function measureAll(sizes: readonly string[]): void {
  for (const size of sizes) {
    const directory = mkdtempSync(path.join(tmpdir(), 'plan-scale-'));
    const part = (...words: string[]): void => {
      const args = [...process.execArgv, fileURLToPath(import.meta.url), ...words];
      const { status } = spawnSync(process.execPath, args, { cwd: directory, stdio: 'inherit' });
      if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}`);
    };
    try {
      part('--write', size);
      part('--measure', 'nothing ran');
      part('--pretend-run');
      part('--measure', 'lock from git');
      part('--measure', 'any later time');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--write') writeFileSync('pipeline.yaml', pipelineOf(Number(rest[0])));
else if (first === '--measure') await measure(rest.join(' '));
else if (first === '--pretend-run') await pretendRun();
else measureAll(first === undefined ? ['1000', '5000', '20000'] : [first, ...rest]);
