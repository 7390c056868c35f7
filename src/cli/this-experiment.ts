import { realpathSync } from 'node:fs';
import { engineHome } from '../engine/executors/engine-home.ts';

/**
 * True where the project is the experiment that this package holds, a clone or a copy of it. What concerns its
 * backends, pictures and reports is no business of any other project that the pipeline runs.
 */
export function isThisExperiment(root: string): boolean {
  return realpathSync(root) === realpathSync(engineHome());
}
