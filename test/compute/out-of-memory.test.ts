import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const source = (name: string): string => fileURLToPath(new URL(`../../src/compute/${name}`, import.meta.url));

// In a process of its own, because the memory of WebAssembly never shrinks.
const program = `
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from ${JSON.stringify(source('backend.ts'))};
await loadBackend('wasm');
const kept = tf.tensor1d([1, 2, 3]);
const large = [];
try {
  // A GiB each; nothing touches them, so that the machine needs none of it.
  for (let i = 0; i < 5; i++) large.push(tf.backend().makeOutput([2 ** 28], 'float32'));
  console.log('nothing was thrown');
} catch (error) {
  console.log(JSON.stringify({ count: large.length, name: error.name, forUser: error.forUser, message: error.message }));
}
for (const tensor of large) tf.backend().disposeData(tensor.dataId);
console.log([...tf.add(kept, 1).dataSync()].join());
`;

describe('the memory of the WASM backend', () => {
  it('is refused in one message when it ends, and what is there stays whole', () => {
    const words = ['--import', 'tsx', '--input-type=module', '-e', program];
    const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const [first = '', second] = stdout.trim().split('\n');
    const { count, name, forUser, message } = JSON.parse(first) as Record<string, unknown>;
    assert.deepEqual([count, name, forUser], [3, 'OutOfMemoryError', true]);
    assert.match(
      String(message),
      /expected to hold all tensors in 4\.0 GiB.*found 3\.\d GiB taken and no room for another 1\.0 GiB\. Lower the batches.*--backend node/,
    );
    assert.equal(second, '2,3,4');
  });
});
