import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../src/compute/backend.ts';

/** What a program prints in a process of its own. */
function run(script: string): string {
  return spawnSync(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], { encoding: 'utf8' })
    .stdout;
}

describe('loadBackend', () => {
  it('makes tfjs-core compute on WASM with one thread, however often it is called', async () => {
    const [first, second] = await Promise.all([loadBackend('wasm'), loadBackend('wasm')]);
    assert.deepEqual(first, { name: 'wasm', version: '4.22.0', threads: 1 });
    assert.deepEqual(second, first);
    assert.equal(tf.getBackend(), 'wasm');
    tf.tidy(() => assert.deepEqual([...tf.add(tf.tensor1d([1, 2]), 1).dataSync()], [2, 3]));
  });

  it('leaves no listener behind that would print the loader instead of an error', () => {
    const script = `
      import { loadBackend } from './src/compute/backend.ts';
      await loadBackend('wasm');
      process.stdout.write(JSON.stringify(['uncaughtException', 'unhandledRejection'].map((e) => process.listenerCount(e))));`;
    assert.equal(run(script), '[0,0]');
  });

  it('refuses a second backend in one process', async () => {
    await loadBackend('wasm');
    await assert.rejects(loadBackend('node'), /already computes with the backend wasm and cannot change to node/);
  });

  it('says what to do where the native library is missing, and can still load another one', () => {
    const script = `
      import { loadBackend } from './src/compute/backend.ts';
      await loadBackend('node-gpu').catch((error) => process.stdout.write(error.message + '\\n'));
      process.stdout.write((await loadBackend('wasm')).name);`;
    const stdout = run(script);
    assert.match(
      stdout,
      /The backend node-gpu could not be loaded: .*backend:native -- --variant cuda.*--backend wasm/,
    );
    assert.match(stdout, /wasm$/);
  });
});
