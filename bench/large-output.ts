/**
 * A large output through all it can meet: made and put into the cache, unchanged, lost and restored, changed by hand.
 *   npx tsx bench/large-output.ts [GiB, default 5]
 * The file is sparse where the file system allows it, and in the temporary folder; the cache may need as much again.
 * Fails when an answer is wrong.
 */
import assert from 'node:assert/strict';
import { openSync, closeSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { inFolder, runPipeline } from './support/project.ts';

const gib = Number(process.argv[2] ?? 5);
const size = Math.round(gib * 2 ** 30);

const stages = `stages:
  make: { cmd: 'truncate -s ${size} large.bin && printf end >> large.bin', outs: [large.bin] }
  use: { cmd: tail -c 3 large.bin > small.txt, deps: [large.bin], outs: [small.txt] }
`;

await inFolder({ 'pipeline.yaml': stages }, (root) => {
  const { bavail, bsize } = statfsSync(root);
  // The file itself, its object where neither links nor reflinks work, and the same again while it is restored.
  if (bavail * bsize < 4 * size) throw new Error(`${root} has less than ${4 * gib} GiB free`);
  const large = path.join(root, 'large.bin');
  const step = (what: string, expected: string, ...words: readonly string[]): void => {
    const startedAt = performance.now();
    const said = runPipeline(root, ...words);
    assert.ok(said.includes(expected), `${what}: expected "${expected}", but:\n${said}`);
    assert.equal(statSync(large).size, size + 3);
    console.log(
      `${what.padEnd(28)} ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s   ${expected}`,
    );
  };
  step('made and kept', 'ran 2, restored 0, fresh 0', 'run');
  step('unchanged', 'ran 0, restored 0, fresh 2', 'run');
  rmSync(large);
  step('lost, restored', 'ran 0, restored 1, fresh 1', 'run');
  step('unchanged once more', 'ran 0, restored 0, fresh 2', 'run');
  // Another file in its place, so that a cache that shares its content with the workspace keeps its own.
  rmSync(large);
  const handle = openSync(large, 'w');
  writeSync(handle, 'other', size - 2);
  closeSync(handle);
  step('changed by hand, restored', 'ran 0, restored 1, fresh 1', 'run');
  return Promise.resolve();
});
