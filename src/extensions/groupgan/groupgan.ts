import type { Extension } from '../../cli/extension.ts';
import { BACKEND_CHOICES } from '../../compute/backend-choice.ts';
import { resolveBackend } from './backend.ts';

/** The experiment of this package in the command line. Checks and reports are loaded when they are asked for. */
export const groupgan: Extension = {
  options: [{ param: 'backend', short: 'b', choices: BACKEND_CHOICES, automatic: 'auto' }],
  examples: {
    run: [
      'run --params params/smoke.yaml --backend wasm -j 2',
      "run --stage train@faces-cnn-* -S 'tasks.faces.nets=[AlexNet]'",
    ],
    sweep: [
      'sweep params/sweeps/adversarial.yaml --count 12 -j 4',
      'sweep plan params/sweeps/adversarial.yaml',
      'sweep report params/sweeps/adversarial.yaml --check',
    ],
    'params show': ['params show training.adversarial --params params/smoke.yaml'],
  },
  resolve: resolveBackend,
  checks: async (root) => (await import('./checks.ts')).machineChecks(root),
  reports: {
    committed: async (root) => (await import('./verify-reports.ts')).committedReports(root),
    verify: async (root, name) => (await import('./verify-reports.ts')).verifyCommitted(root, name),
  },
};
