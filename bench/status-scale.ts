// How long `pipeline status` takes when nothing changed, by the number of inputs, as one directory and as files:
//   npx tsx bench/status-scale.ts [count ...]     (default: 10000 100000)
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/pipeline.js', import.meta.url));
const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000];
const repeats = 5;

measureNode();
for (const count of counts) {
  measure(`${count} files in one directory`, count, () => ['data']);
  // YAML itself is the larger part of a pipeline that names so many files.
  if (count <= 10_000) measure(`${count} files by name`, count, (files) => files);
}

function measureNode(): void {
  const times = Array.from({ length: repeats }, () => timed(() => spawnSync(process.execPath, ['-e', '0'])));
  report('node -e 0', times);
}

function measure(what: string, count: number, depsOf: (files: readonly string[]) => readonly string[]): void {
  const root = mkdtempSync(path.join(tmpdir(), 'status-bench-'));
  try {
    const files = makeFiles(root, count);
    const deps = depsOf(files).map((file) => `      - ${file}\n`);
    const stage = `stages:\n  use:\n    cmd: echo done > out.txt\n    deps:\n${deps.join('')}    outs: [out.txt]\n`;
    writeFileSync(path.join(root, 'pipeline.yaml'), stage);
    pipeline(root, 'run');
    pipeline(root, 'status');
    const times = Array.from({ length: repeats }, () => timed(() => pipeline(root, 'status', '--exit-code')));
    report(what, times);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function makeFiles(root: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const folder = `data/${Math.floor(index / 1000)}`;
    if (index % 1000 === 0) mkdirSync(path.join(root, folder), { recursive: true });
    const file = `${folder}/${index}.txt`;
    writeFileSync(path.join(root, file), `input ${index}\n`);
    return file;
  });
}

function pipeline(root: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`pipeline ${args.join(' ')} ended with ${status}: ${stderr}`);
}

function timed(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

function report(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  process.stdout.write(
    `${what.padEnd(34)} ${median.toFixed(0).padStart(6)} ms median, ${sorted[0]?.toFixed(0)} ms best\n`,
  );
}
