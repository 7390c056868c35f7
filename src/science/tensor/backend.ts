import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from './backend-choice.ts';
import { registerGradients } from './gradients.ts';
import './ops.ts';

/** The backend that computes, as written into a run's records. */
export interface LoadedBackend {
  readonly name: BackendName;
  /** Version of the package that computes, e.g. `4.22.0`. */
  readonly version: string;
  /** Threads it computes with; 0 where the backend decides for itself. */
  readonly threads: number;
}
void [createRequire, path, pathToFileURL, registerGradients, tf];
