import { createRequire } from 'node:module';
import path from 'node:path';
import { types } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from './backend-choice.ts';
import { registerGradients } from './gradients.ts';
import { registerFusedKernels } from './native/native-fused.ts';
import type { Binding } from './native/graph/binding.ts';
import { loadMessages } from './native/graph/messages.ts';
import { type NativeTensors, ReplayedSteps } from './native/graph/replayed-steps.ts';
import { StepBinding } from './native/graph/step-binding.ts';
import { registerNativeKernels } from './native/native-kernels.ts';
import { findNative, type NativeName } from './native/native-location.ts';
import './ops.ts';
import { refuseNullAddresses } from './out-of-memory.ts';
import { setSteps } from './steps.ts';
import { openHeap } from './wasm/heap.ts';
import { observeModule, type TracedBackend } from './wasm/program/module.ts';
import { TracedSteps } from './wasm/program/traced-steps.ts';
import { registerWasmKernels } from './wasm/register.ts';

/** The backend that computes, as a run's records name it. */
export interface LoadedBackend {
  readonly name: BackendName;
  /** Version of the package that computes, e.g. `4.22.0`. */
  readonly version: string;
  /** Threads it computes with on the processor. */
  readonly threads: number;
}

const require = createRequire(import.meta.url);
let loading: { readonly name: BackendName; readonly backend: Promise<LoadedBackend> } | null = null;

/**
 * Makes tfjs-core compute with a backend, our kernels and gradients included. Calling it again with the same name is
 * free; one process holds one backend, so another name is an error.
 *
 * @param threads how many threads a native backend may compute with, fixed when it is loaded; wasm has always one
 */
export async function loadBackend(name: BackendName, threads = 1): Promise<LoadedBackend> {
  if (loading !== null && loading.name !== name) {
    throw new Error(
      `This process already computes with the backend ${loading.name} and cannot change to ${name}: ` +
        'all tensors live in one backend. Start another process for it.',
    );
  }
  loading ??= { name, backend: name === 'wasm' ? loadWasm() : loadNative(name, threads) };
  try {
    return await loading.backend;
  } catch (error) {
    loading = null;
    throw error;
  }
}

async function loadWasm(): Promise<LoadedBackend> {
  const { setWasmPaths, setThreadsCount, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), path.sep));
  // One thread is the reference: with more, sums are split differently. Processes side by side use the cores better.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setThreadsCount(1);
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw new Error(
      `The wasm backend needs WebAssembly's vector instructions, which Node ${process.version} does not offer on this ` +
        'processor (SSE 4.1 or NEON). Run on a newer machine, or "npm run backend:native" and use --backend node.',
    );
  }
  const restoreListeners = rememberListeners();
  const started = await tf.setBackend('wasm');
  restoreListeners();
  if (!started) {
    throw new Error(
      'The wasm backend did not start. Its package @tensorflow/tfjs-backend-wasm may be damaged: run npm ci.',
    );
  }
  refuseNullAddresses(tf.backend());
  const backend = tf.backend() as unknown as TracedBackend;
  const observe = observeModule(backend);
  const heap = openHeap(tf.backend());
  registerWasmKernels();
  setSteps(() => new TracedSteps({ heap, backend, observe }));
  return { name: 'wasm', version, threads: 1 };
}

/**
 * The WASM module's loader listens for uncaught errors and throws them again from its own, minified line, which Node
 * then prints. The returned function takes these listeners away.
 */
function rememberListeners(): () => void {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.rawListeners(event)));
  return () =>
    events.forEach((event, index) => {
      for (const listener of process.rawListeners(event)) {
        if (before[index]?.has(listener) === false) process.off(event, listener as () => void);
      }
    });
}

/** What tfjs-node 4.22 calls although Node 23 has removed it, and Node 22 warns of it. */
function restoreRemovedUtilities(): void {
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  util['isArray'] = Array.isArray;
  util['isDate'] = types.isDate;
}

async function loadNative(name: NativeName, threads: number): Promise<LoadedBackend> {
  const location = findNative(name, import.meta.dirname);
  const advice =
    `Install it again ("npm run backend:native${name === 'node' ? '' : ' -- --variant cuda'}"), ` +
    'or use --backend wasm, which works everywhere.';
  if (location === null) throw new Error(`The backend ${name} could not be loaded: it is not installed. ${advice}`);
  const { directory, label } = location;
  restoreRemovedUtilities();
  setUpTensorFlow(name, threads);
  try {
    require(directory);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(`The backend ${name} could not be loaded: ${label} says "${reason}". ${advice}`, { cause: error });
  }
  if (!tf.engine().backendNames().includes('tensorflow') || !(await tf.setBackend('tensorflow'))) {
    throw new Error(
      `${label} was loaded but its backend did not start: it came with another copy of @tensorflow/tfjs-core. ` +
        'Run npm ci so that both have version 4.22.0.',
    );
  }
  // The package brings tfjs-core's gradients; ours replace them, so that every backend computes the same formulas.
  registerGradients();
  registerNativeKernels();
  registerFusedKernels(name === 'node-gpu');
  runStepsAsGraphs(directory);
  const { version } = require(path.join(directory, 'package.json')) as { version: string };
  return { name, version, threads: Number(process.env['TF_NUM_INTRAOP_THREADS']) };
}

/** tfjs-node's backend, as far as it is changed here. */
interface NodeBackend extends NativeTensors {
  binding: Binding;
  readonly isUsingGpuDevice: boolean;
}

/** On the processor only: what a graph is fed with and what it gives would go through its memory. */
function runStepsAsGraphs(directory: string): void {
  const backend = tf.backend() as unknown as NodeBackend;
  const steps = new StepBinding(backend.binding, backend.isUsingGpuDevice ? null : loadMessages(directory));
  const binding = steps.binding();
  backend.binding = binding;
  if (backend.isUsingGpuDevice) return;
  setSteps(() => {
    collectGarbage();
    return new ReplayedSteps({ steps, binding, backend });
  });
}

/**
 * Lets go of the arrays that networks were filled from. Node sees no reason to, because it does not know that
 * TensorFlow is about to take as much memory again.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/**
 * TensorFlow reads these once, when it starts. Without them each of the processes that run side by side would start a
 * thread for every core. What the user set stays.
 */
function setUpTensorFlow(name: NativeName, threads: number): void {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  // How many operations of a graph run at the same time.
  process.env['TF_NUM_INTEROP_THREADS'] ??= String(threads);
  // Its greeting would be the first lines of every stage's log.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // Left to itself TensorFlow takes oneDNN's kernels on the newest processors only.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  // A library for GPUs may serve as the processor's.
  if (name === 'node') process.env['CUDA_VISIBLE_DEVICES'] = '-1';
}
