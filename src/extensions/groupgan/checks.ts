import { createRequire } from 'node:module';
import path from 'node:path';
import { type Check, note, ok, problem } from '../../engine/doctor/check.ts';
import { BackendError, chooseBackend } from '../../compute/backend-choice.ts';

/** Checks of what this experiment needs of a machine: a backend to compute with, a library that decodes pictures. */
export async function machineChecks(root: string): Promise<Check[]> {
  return [...backendChecks(root), await imagesCheck()];
}

/** Every backend is tried; that a faster one is missing is no problem. */
function backendChecks(root: string): Check[] {
  const native = (['node-gpu', 'node'] as const).map((name): Check => {
    try {
      return ok(`backend ${name}`, chooseBackend(name, root).backend === name ? 'loads' : 'is not used');
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      const [found = error.message, advice = ''] = error.message.split(/\. (?=Install)/);
      return note(`backend ${name}`, found, advice.replace(/^Install/, 'install').replace(/\.$/, ''));
    }
  });
  const chosen = chooseBackend('auto', root);
  const where = chosen.backend === 'node' ? ' for networks that are large enough, wasm for others' : '';
  return [wasmCheck(root), ...native, ok('backend auto', `takes ${chosen.backend}${where}`)];
}

function wasmCheck(root: string): Check {
  const name = 'backend wasm';
  try {
    createRequire(path.join(root, 'package.json')).resolve('@tensorflow/tfjs-backend-wasm');
    return ok(name, 'is installed');
  } catch {
    return problem(name, '@tensorflow/tfjs-backend-wasm is not installed', 'run "npm ci"');
  }
}

/** The library that decodes pictures comes as a native package for each kind of machine. */
async function imagesCheck(): Promise<Check> {
  try {
    const { default: sharp } = await import('sharp');
    return ok('images', `sharp ${sharp.versions.sharp} loads, with libvips ${sharp.versions.vips}`);
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return problem('images', `sharp does not load: ${first}`, 'run "npm ci" without --omit=optional');
  }
}
