import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../src/science/tensor/backend.ts';
import { createTrainingStep } from './training-step.ts';
await loadBackend('wasm');
for (const [s, b, w] of [
  [32, 16, 0.125],
  [48, 16, 0.25],
] as const) {
  const step = createTrainingStep(s, b, w);
  const first = step.run();
  for (let i = 0; i < 5; i++) step.run();
  const times: number[] = [];
  for (let i = 0; i < 30; i++) {
    const t = performance.now();
    step.run();
    times.push(performance.now() - t);
  }
  times.sort((a, b) => a - b);
  console.log(
    step.label,
    'min',
    times[0]!.toFixed(1),
    'median',
    times[15]!.toFixed(1),
    'loss',
    first,
    step.run(),
    tf.memory().numTensors,
  );
  const p = await tf.profile(() => {
    step.run();
    return tf.scalar(0) as any;
  });
  const sum: Record<string, [number, number]> = {};
  for (const k of p.kernels) {
    const e = (sum[k.name] ??= [0, 0]);
    e[0] += k.kernelTimeMs as number;
    e[1]++;
  }
  console.log(
    Object.entries(sum)
      .sort((a, b) => b[1][0] - a[1][0])
      .slice(0, 16)
      .map(([k, [t, n]]) => `${k} ${n}x ${t.toFixed(2)}`)
      .join('\n'),
  );
}
