/**
 * Where the time of a training step goes, kernel by kernel: `npm run bench -- step-profile [--size 48] [--batch 16]
 * [--width 0.25] [--only groupgan-2v2] [--steps 5] [--backend wasm] [--net VGG13] [--shapes]`. Processor time; with
 * --shapes each shape of a kernel's inputs by itself.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { METHODS } from '../../src/science/methods/registry.ts';
import { PAIR_METHOD_NAMES } from '../../src/science/names.ts';
import { loadBackend } from '../../src/compute/backend.ts';
import { createRandom } from '../../src/base/random.ts';
import { PLAIN_STEPS, setSteps } from '../../src/compute/steps.ts';
import type { BackendName } from '../../src/compute/backend-choice.ts';
import { isBaseNet, methodOptions, randomPairs } from './step-settings.ts';
import { digits, table } from '../support/table.ts';
import { BenchError } from '../support/bench-error.ts';

interface Spent {
  calls: number;
  ms: number;
}

const WARM_UP = 3;

/** Processor time of this process so far, ms: a busy machine changes it little. */
function now(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Puts a stop-watch around every kernel; what a kernel spends in another counts for the other alone. */
function watchKernels(backend: string, shapes: boolean): { spent: Map<string, Spent>; stop: () => void } {
  const spent = new Map<string, Spent>();
  let stopped = false;
  let inner = 0;
  for (const kernel of tf.getKernelsForBackend(backend)) {
    tf.unregisterKernel(kernel.kernelName, backend);
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => {
        const [start, before] = [now(), inner];
        inner = 0;
        const result = kernel.kernelFunc(call);
        const took = now() - start;
        if (stopped) return result;
        const name = shapes ? `${kernel.kernelName} ${shapesOf(call.inputs)}` : kernel.kernelName;
        const entry = spent.get(name) ?? { calls: 0, ms: 0 };
        entry.calls += 1;
        entry.ms += took - inner;
        spent.set(name, entry);
        inner = before + took;
        return result;
      },
    });
  }
  return { spent, stop: () => void (stopped = true) };
}

function shapesOf(inputs: tf.NamedTensorInfoMap): string {
  return Object.values(inputs)
    .map((input) => (input === undefined ? '-' : input.shape.join('x')))
    .join(', ');
}

export async function main(words: readonly string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args: [...words],
    options: {
      size: { type: 'string', default: '48' },
      batch: { type: 'string', default: '16' },
      width: { type: 'string', default: '0.25' },
      only: { type: 'string', default: 'groupgan-2v2' },
      steps: { type: 'string', default: '5' },
      backend: { type: 'string', default: 'wasm' },
      net: { type: 'string', default: 'VGG13' },
      shapes: { type: 'boolean', default: false },
    },
  });
  const method = PAIR_METHOD_NAMES.find((name) => name === flags.only);
  if (method === undefined) throw new BenchError(`--only is one of ${PAIR_METHOD_NAMES.join(', ')}, not ${flags.only}`);
  const { net } = flags;
  if (!isBaseNet(net)) throw new BenchError(`--net does not know ${net}`);
  const [size, batch, width, steps] = [flags.size, flags.batch, flags.width, flags.steps].map(Number) as Four;
  const settings = { method, net, size, batch, width, channels: 1, share: true } as const;
  const { name: backend } = await loadBackend(flags.backend as BackendName);
  // One operation after the other: what runs within a graph cannot be told apart.
  setSteps(() => PLAIN_STEPS);
  const { spent, stop } = watchKernels(tf.getBackend(), flags.shapes);
  const end = new AbortController();
  let total = 0;
  let last = 0;
  try {
    await METHODS[method].train({
      train: randomPairs(settings),
      net: settings.net,
      options: methodOptions(settings),
      pretrained: {},
      random: createRandom(1),
      signal: end.signal,
      onReport: ({ step }) => {
        if (step === WARM_UP) spent.clear();
        else if (step > WARM_UP) total += now() - last;
        if (step === WARM_UP + steps) {
          stop();
          end.abort();
        }
        last = now();
      },
    });
  } catch (error) {
    if (!end.signal.aborted) throw error;
  }
  const shown = flags.shapes ? 60 : 20;
  const rows = [...spent].sort(([, a], [, b]) => b.ms - a.ms);
  const inKernels = rows.reduce((sum, [, { ms }]) => sum + ms, 0);
  const row = (name: string, calls: number, ms: number): string[] => [
    name,
    digits(calls / steps),
    digits(ms / steps),
    `${((100 * ms) / total).toFixed(1)} %`,
  ];
  const others = rows.slice(shown).map(([, entry]) => entry);
  const sum = (of: (entry: Spent) => number): number => others.reduce((total, entry) => total + of(entry), 0);
  const lines = [
    ...rows.slice(0, shown).map(([name, { calls, ms }]) => row(name, calls, ms)),
    row(
      'others',
      sum(({ calls }) => calls),
      sum(({ ms }) => ms),
    ),
    row('between kernels', 0, total - inKernels),
  ];
  console.log(
    `${method}, ${net}, ${backend}, ${size} x ${size}, batch ${batch}, width ${width}: ${digits(total / steps)} ms a step\n`,
  );
  console.log(table(['kernel', 'calls', 'ms', 'share'], lines));
}

type Four = [number, number, number, number];
