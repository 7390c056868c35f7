import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { BackendName } from '../../src/compute/backend-choice.ts';
import { type StepSettings, twinSettings, type TwinSettings } from '../step/step-settings.ts';
import { home } from './project.ts';
import { Stepper } from './stepper.ts';

/**
 * A process of ours that trains; `threads` counts for native backends, WASM has always one.
 *
 * @param how 'plain' runs steps operation by operation
 */
export function startOurs(
  backend: BackendName,
  settings: StepSettings,
  threads: number,
  how: 'fastest' | 'plain' = 'fastest',
): Promise<Stepper> {
  const worker = path.join(home, 'bench/step/step-worker.ts');
  const words = ['--import', 'tsx', worker, backend, JSON.stringify(settings), String(threads), how];
  return Stepper.start(process.execPath, words);
}

/** The same training in PyTorch. */
export function startTwin(
  python: string,
  settings: StepSettings,
  threads: number,
  layout: TwinSettings['layout'],
): Promise<Stepper> {
  const twin = path.join(home, 'bench/peers/pytorch_step.py');
  return Stepper.start(python, [twin, JSON.stringify(twinSettings(settings, threads, layout))]);
}

/** Whether this Python has PyTorch; says so where it has not. */
export function hasTorch(python: string): boolean {
  if (spawnSync(python, ['-c', 'import torch']).status === 0) return true;
  console.log(`${python} has no PyTorch (pip install torch==2.13.0; --python names another one): no comparison.`);
  return false;
}
