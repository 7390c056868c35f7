import { createRequire } from 'node:module';
import path from 'node:path';
import { doctorLines } from '../engine/console/doctor-text.ts';
import { colorsFor } from '../engine/console/format.ts';
import { type Check, note, ok, problem } from '../engine/doctor/check.ts';
import { diskCheck, machineCheck, nodeCheck, openFilesCheck } from '../engine/doctor/machine.ts';
import { cacheChecks, gitCheck, lockCheck } from '../engine/doctor/project.ts';
import { PipelineError } from '../engine/pipeline/diagnostics.ts';
import { CodeReader } from '../engine/planning/code-closure.ts';
import { describeNote, inputNotes } from '../engine/planning/input-notes.ts';
import { madeBy } from '../engine/planning/stage-code.ts';
import { readSettings } from '../engine/settings.ts';
import { BackendError, chooseBackend } from '../science/tensor/backend-choice.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { terminalWidth } from './output.ts';
import { findRoot, openProject } from './project.ts';

/** What the pipeline writes and git should leave out. */
const generated = ['.pipeline', 'runs'];

/** `pipeline doctor`: what this machine and this project have, and what to do about what they lack. */
export async function doctor({ json = false }: { readonly json?: boolean }): Promise<ExitCode> {
  const root = findRoot();
  const checks = [
    nodeCheck(process.version),
    machineCheck(),
    ...backendChecks(root),
    await imagesCheck(),
    ...cacheChecks(root, readSettings(root).cache.dir),
    diskCheck(root),
    gitCheck(root, generated),
    lockCheck(root),
    openFilesCheck(),
    ...(await inputChecks(root)),
  ];
  const works = checks.every(({ state }) => state !== 'problem');
  const colors = colorsFor(process.stdout, process.env);
  const text = json
    ? JSON.stringify({ works, checks })
    : doctorLines(checks, colors, terminalWidth(process.stdout)).join('\n');
  process.stdout.write(`${text}\n`);
  return works ? exitCodes.ok : exitCodes.failed;
}

/** Files that stages name and nobody tracks. A pipeline.yaml with mistakes is what other commands tell about. */
async function inputChecks(root: string): Promise<Check[]> {
  try {
    const { pipeline } = openProject(root, {});
    const notes = await inputNotes(pipeline.instances.values(), new CodeReader(root, madeBy(pipeline)));
    if (notes.length === 0) return [ok('inputs', 'every file that a command names is tracked')];
    return notes.map(describeNote).map(({ found, advice }) => note('inputs', found, advice));
  } catch (error) {
    if (!(error instanceof PipelineError) && !(error instanceof UsageError)) throw error;
    return [note('inputs', 'pipeline.yaml or its params have mistakes', '"pipeline status" shows them')];
  }
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
