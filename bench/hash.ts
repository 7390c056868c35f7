// How fast files are hashed, against sha256sum and openssl on the same files, in one run:
//   npx tsx bench/hash.ts [bytes, default 2 GiB] [files, default 20000]
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { Hasher } from '../src/engine/store/contents/hasher.ts';
import { Workspace } from '../src/engine/store/workspace.ts';

const bytes = Number(process.argv[2] ?? 2 ** 31);
const count = Number(process.argv[3] ?? 20_000);
const folder = mkdtempSync(path.join(tmpdir(), 'hash-bench-'));

try {
  await oneLargeFile();
  await manySmallFiles();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function oneLargeFile(): Promise<void> {
  const file = path.join(folder, 'large.bin');
  writeLarge(file);
  const tools = { sha256sum: ['sha256sum', file], openssl: ['openssl', 'dgst', '-sha256', file] };
  for (const [name, command] of Object.entries(tools)) spawnSync(command[0] ?? name, command.slice(1));
  const workspace = Workspace.open(folder);
  const ours = await timed(() => workspace.look('large.bin'));
  line(`one file of ${(bytes / 2 ** 30).toFixed(2)} GiB`, ours, `${speed(ours)} (page cache warm)`);
  for (const [name, [command = name, ...args]] of Object.entries(tools)) {
    const theirs = await timed(() => spawnSync(command, args));
    line(`  ${name}`, theirs, `${speed(theirs)}; ours has ${(theirs / ours).toFixed(2)}x its speed`);
  }
  const again = await timed(() => workspace.look('large.bin'));
  line('  unchanged', again, 'a stat call, nothing read');
}

async function manySmallFiles(): Promise<void> {
  const files = Array.from({ length: count }, (_, index) => {
    const directory = path.join(folder, 'many', String(Math.floor(index / 1000)));
    if (index % 1000 === 0) mkdirSync(directory, { recursive: true });
    const file = path.join(directory, `${index}.bin`);
    writeFileSync(file, `${index} `.repeat(2000));
    return file;
  });
  for (const file of files) readFileSync(file);
  const one = await timed(() => hashAll(files, new Hasher(1)));
  const all = await timed(() => hashAll(files, new Hasher()));
  line(`${count} files of 12 kB, one thread`, one, `${Math.round((count / one) * 1000)} files/s`);
  line(`  ${availableParallelism()} threads`, all, `${(one / all).toFixed(2)}x as fast`);
  const theirs = await timed(() => spawnSync('sha256sum', files.length > 1000 ? files.slice(0, 1000) : files));
  line(`  sha256sum`, (theirs * count) / Math.min(1000, count), 'from 1000 of them');
}

async function hashAll(files: readonly string[], hasher: Hasher): Promise<void> {
  await Promise.all(files.map((file) => hasher.hash(file, 12_000)));
}

function writeLarge(file: string): void {
  const block = Buffer.allocUnsafe(1 << 20);
  for (let at = 0; at < block.length; at += 4) block.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
  const handle = openSync(file, 'w');
  for (let written = 0; written < bytes; written += block.length) writeSync(handle, block);
  closeSync(handle);
}

async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function speed(ms: number): string {
  return `${(bytes / 1e6 / ms).toFixed(2)} GB/s`;
}

function line(what: string, ms: number, note: string): void {
  process.stdout.write(`${what.padEnd(34)} ${ms.toFixed(ms < 10 ? 2 : 0).padStart(8)} ms  ${note}\n`);
}
