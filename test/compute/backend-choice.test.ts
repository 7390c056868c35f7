import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BackendError, chooseBackend } from '../../src/compute/backend-choice.ts';

const works = (gpu: boolean): string =>
  'module.exports = { tidy: (f) => f(), ones: () => 0, matMul: () => ({ dataSync() {} }), ' +
  `backend: () => ({ isUsingGpuDevice: ${gpu} }) };`;
const WORKS = works(false);
const NEEDS_OLD_NODE = "if (!require('node:util').isNullOrUndefined(null)) throw new Error('never'); " + WORKS;

describe('chooseBackend', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'backend-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  /** A package as npm leaves it; `source` null: without its native library, as after a failed download. */
  function install(name: string, source: string | null): string {
    const directory = path.join(root, 'node_modules', '@tensorflow', name);
    const binding = path.join(directory, 'lib', 'napi-v8', 'tfjs_binding.node');
    mkdirSync(path.dirname(binding), { recursive: true });
    writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
    if (source !== null) {
      writeFileSync(binding, 'native code');
      writeFileSync(path.join(directory, 'index.js'), source);
    }
    return binding;
  }

  it('takes wasm where nothing else is installed, and says how to get a faster one', () => {
    const choice = chooseBackend('auto', root);
    assert.equal(choice.backend, 'wasm');
    assert.match(choice.reason, /tfjs-node-gpu is not installed; @tensorflow\/tfjs-node is not installed/);
    assert.match(choice.faster ?? '', /"npm run backend:native" installs TensorFlow's own library/);
    assert.deepEqual(readdirSync(root), []);
  });

  it('takes node where it loads, and node-gpu where that loads, too', () => {
    install('tfjs-node', WORKS);
    assert.equal(chooseBackend('auto', root).backend, 'node');
    assert.match(chooseBackend('auto', root).faster ?? '', /backend:native -- --variant cuda/);
    install('tfjs-node-gpu', works(true));
    assert.deepEqual(chooseBackend('auto', root), {
      backend: 'node-gpu',
      reason: 'node-gpu is the fastest that loads.',
      faster: null,
    });
  });

  it('leaves TensorFlow on the processor for networks large enough, and a GPU for any', () => {
    install('tfjs-node', WORKS);
    const small = chooseBackend('auto', root, { size: 32, width: 0.125 });
    assert.equal(small.backend, 'wasm');
    assert.match(small.reason, /at 32x32 pixels and width 0\.125 it is faster than node on the processor/);
    assert.match(small.faster ?? '', /^For networks much larger than these "npm run backend:native"/);
    assert.equal(chooseBackend('auto', root, { size: 128, width: 1 }).backend, 'node');
    assert.equal(chooseBackend('node', root, { size: 32, width: 0.125 }).backend, 'node');
    install('tfjs-node-gpu', works(true));
    assert.equal(chooseBackend('auto', root, { size: 32, width: 0.125 }).backend, 'node-gpu');
  });

  it('takes the processor, through the library for GPUs, where there is no GPU', () => {
    install('tfjs-node-gpu', WORKS);
    const choice = chooseBackend('auto', root);
    assert.equal(choice.backend, 'node');
    assert.throws(() => chooseBackend('node-gpu', root), /tfjs-node-gpu finds no GPU\. Install it with/);
  });

  it('prefers what the project installed for itself to what npm did', () => {
    install('tfjs-node', 'throw new Error("the wrong one")');
    const own = path.join(root, '.native', 'cpu');
    mkdirSync(path.join(own, 'lib', 'napi-v8'), { recursive: true });
    writeFileSync(path.join(own, 'lib', 'napi-v8', 'tfjs_binding.node'), 'native code');
    writeFileSync(path.join(own, 'package.json'), JSON.stringify({ name: 'own', main: 'index.cjs' }));
    writeFileSync(path.join(own, 'index.cjs'), WORKS);
    assert.equal(chooseBackend('node', root).backend, 'node');
    writeFileSync(path.join(own, 'index.cjs'), 'throw new Error("broken")');
    utimesSync(path.join(own, 'lib', 'napi-v8', 'tfjs_binding.node'), 1000, 1000);
    assert.throws(() => chooseBackend('node', root), /\.native\/cpu does not load on Node .*broken/);
  });

  it('finds a package installed above the project', () => {
    install('tfjs-node', WORKS);
    const project = path.join(root, 'packages', 'project');
    mkdirSync(project, { recursive: true });
    assert.equal(chooseBackend('node', project).backend, 'node');
  });

  it('passes over a package whose native library was not downloaded', () => {
    install('tfjs-node-gpu', null);
    const choice = chooseBackend('auto', root);
    assert.equal(choice.backend, 'wasm');
    assert.match(choice.reason, /tfjs-node-gpu is installed without its native library \(its download failed\)/);
  });

  it('passes over a package that does not load, with what it said', () => {
    install('tfjs-node-gpu', 'throw new Error("libcudart.so.11.0: cannot open shared object file")');
    const choice = chooseBackend('auto', root);
    assert.equal(choice.backend, 'wasm');
    assert.match(choice.reason, /does not load on Node v[\d.]+ \(Error: libcudart\.so\.11\.0: cannot open/);
  });

  it('survives a package that kills its process', () => {
    install('tfjs-node', 'process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 10000);');
    assert.match(chooseBackend('auto', root).reason, /signal SIGSEGV/);
  });

  it('gives a package what newer versions of Node have removed', () => {
    install('tfjs-node', NEEDS_OLD_NODE);
    assert.equal(chooseBackend('node', root).backend, 'node');
  });

  it('remembers whether a package loads until its library changes', () => {
    const binding = install('tfjs-node', WORKS);
    assert.equal(chooseBackend('auto', root).backend, 'node');
    install('tfjs-node', 'throw new Error("broken since")');
    utimesSync(binding, 1000, 1000);
    assert.equal(chooseBackend('auto', root).backend, 'wasm');
    install('tfjs-node', WORKS);
    utimesSync(binding, 1000, 1000);
    assert.equal(chooseBackend('auto', root).backend, 'wasm');
  });

  it('tries again when what it remembered is damaged', () => {
    install('tfjs-node', WORKS);
    chooseBackend('auto', root);
    const file = path.join(root, '.pipeline', 'backend-node.json');
    for (const damage of ['', 'null', '{"key":3}']) {
      writeFileSync(file, damage);
      assert.equal(chooseBackend('auto', root).backend, 'node');
      assert.equal((JSON.parse(readFileSync(file, 'utf8')) as { problem: unknown }).problem, null);
    }
  });

  it('refuses a named backend that cannot be loaded, saying what is missing and what to do', () => {
    assert.throws(
      () => chooseBackend('node-gpu', root),
      (error: unknown) => {
        assert.ok(error instanceof BackendError);
        assert.equal(
          error.message,
          'The backend node-gpu cannot be used: @tensorflow/tfjs-node-gpu is not installed. Install it with "npm run ' +
            'backend:native -- --variant cuda", or choose --backend wasm (works everywhere) or auto.',
        );
        return true;
      },
    );
  });

  it('refuses an unknown name and lists the known ones', () => {
    assert.throws(() => chooseBackend('cuda', root), {
      name: 'BackendError',
      message: '"cuda" is not a backend. Choose one of: auto, node-gpu, node, wasm.',
    });
  });
});
