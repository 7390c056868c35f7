import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { BackendError, chooseBackend } from '../../../src/compute/backend-choice.ts';
import type { Trace } from './native.trace.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** Each backend in a process of its own: one process holds one. */
async function trace(backend: string, threads = 1): Promise<Trace> {
  const program = path.join(import.meta.dirname, 'native.trace.ts');
  const args = ['--import=tsx', program, backend, String(threads)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as Trace;
}

/** Euclidean distance relative to the expected values' length. */
function distance(actual: readonly number[], expected: readonly number[]): number {
  assert.equal(actual.length, expected.length);
  let [off, length] = [0, 0];
  expected.forEach((value, index) => {
    off += (actual[index]! - value) ** 2;
    length += value ** 2;
  });
  assert.ok(Number.isFinite(off));
  return Math.sqrt(off / Math.max(length, 1e-12));
}

describe('the native backend', function () {
  this.timeout(300_000);
  let wasm: Trace;
  let native: Trace;

  before(async function () {
    try {
      chooseBackend('node', root);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      console.log(`      not installed, so it is not tested: ${error.message}`);
      this.skip();
    }
    [wasm, native] = [await trace('wasm'), await trace('node')];
  });

  it('computes what WASM does: every operation, every gradient', () => {
    for (const [name, tensors] of Object.entries(wasm.values)) {
      if (name.startsWith('training')) continue;
      tensors.forEach((expected, index) => {
        const off = distance(native.values[name]![index]!, expected);
        assert.ok(off < 3e-6, `${name}, tensor ${index}: ${off}`);
      });
    }
  });

  // Adam divides by the gradient's size, so weights whose gradient is all rounding go their own ways.
  for (const [name, tolerance] of [
    ['training, 2 iterations', 1e-3],
    ['training, 10 iterations', 1e-2],
  ] as const) {
    it(`moves the weights of all players as WASM does: ${name}`, () => {
      const off = distance(native.values[name]!.flat(), wasm.values[name]!.flat());
      assert.ok(off < tolerance, `weights differ by ${off}`);
    });
  }

  it('replays the steps of every method as it runs them one by one', async function () {
    this.timeout(900_000);
    const files = ['test/compute/steps.test.ts', 'test/science/methods/replay.test.ts'];
    const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
    const env = { ...process.env, TEST_BACKEND: 'node' };
    // Tests that fail are on its standard output.
    const { stdout } = await promisify(execFile)(process.execPath, [mocha, ...files], { cwd: root, env }).catch(
      (error: unknown) => error as { readonly stdout: string },
    );
    assert.match(stdout, /\d+ passing/);
    assert.doesNotMatch(stdout, /\d+ failing/, stdout);
  });

  it('leaves no tensor behind', () => assert.equal(native.leaked, 0));

  it('computes with as many threads as it is told', async () => {
    assert.equal(native.threads, 1);
    const two = await trace('node', 2);
    assert.equal(two.threads, 2);
    assert.ok(
      distance(two.values['training, 2 iterations']!.flat(), wasm.values['training, 2 iterations']!.flat()) < 1e-2,
    );
  });
});
