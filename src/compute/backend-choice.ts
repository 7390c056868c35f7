import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findNative, NATIVE_PACKAGES, type NativeLocation, type NativeName } from './native/native-location.ts';
import { stateFolder, statePlace } from '../base/state-place.ts';

/**
 * Which TensorFlow backend to use. Nothing of TensorFlow.js is imported here: the command line asks at every start,
 * and a machine without a native package is answered by a few looks at the file system.
 */

export type BackendName = 'wasm' | NativeName;

export interface BackendChoice {
  readonly backend: BackendName;
  /** Why this one, as one sentence. */
  readonly reason: string;
  /** How to get a faster one, as one sentence; null for the fastest. */
  readonly faster: string | null;
}

/** A backend the user named that does not exist or cannot be loaded; the message says what to do. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
}

/** How large the networks are that will be trained: what decides whether the native library is worth its calls. */
export interface WorkSize {
  /** Side of the pictures, in pixels. */
  readonly size: number;
  /** Channels, relative to the paper's. */
  readonly width: number;
}

/**
 * Side times width from which TensorFlow's library on the processor is taken before WASM. At 12 five folds on two cores
 * were a third faster with it, at 128, the paper's scale, a step takes half the time (docs/performance.md, "Which backend"). At 4, the
 * demo's, starting it and making graphs takes longer than the trainings; the border lies between 4 and 12.
 */
const NATIVE_FROM = 12;

/** Names that chooseBackend takes. */
export const BACKEND_CHOICES = ['auto', 'node-gpu', 'node', 'wasm'] as const;

const INSTALL: Readonly<Record<NativeName, string>> = {
  node: 'npm run backend:native',
  'node-gpu': 'npm run backend:native -- --variant cuda',
};

const FASTER_THAN: Readonly<Record<BackendName, string | null>> = {
  wasm:
    `For a faster backend: "${INSTALL.node}" installs TensorFlow's own library into this project, for the processor; ` +
    'with "-- --variant cuda" for NVIDIA GPUs.',
  node: `For a faster backend on a machine with an NVIDIA GPU: "${INSTALL['node-gpu']}".`,
  'node-gpu': null,
};

const FASTER_WHERE_LARGER =
  `For networks much larger than these "${INSTALL.node}" installs TensorFlow's own library into this project; ` +
  'with "-- --variant cuda" for NVIDIA GPUs.';

/**
 * Decides between the backends. `auto` takes the fastest that loads: node-gpu, then node where the work is large enough
 * for it, then wasm, which is always there. Whether an installed native package loads is tried once in a child process (seconds) and remembered in
 * `.pipeline/` until the package or Node changes.
 *
 * @param choice auto, node-gpu, node or wasm
 * @param root the project's directory, which holds node_modules
 * @param work how large the networks are; null where nothing is known of it, which counts as large
 * @throws BackendError for an unknown name, and for a named backend that cannot be loaded
 */
export function chooseBackend(choice: string, root: string, work: WorkSize | null = null): BackendChoice {
  switch (choice) {
    case 'auto':
      return chooseFastest(root, work);
    case 'wasm':
      return { backend: 'wasm', reason: 'wasm was asked for.', faster: FASTER_THAN.wasm };
    case 'node':
    case 'node-gpu': {
      const problem = problemOf(choice, root);
      if (problem === null) return { backend: choice, reason: `${choice} was asked for.`, faster: FASTER_THAN[choice] };
      throw new BackendError(
        `The backend ${choice} cannot be used: ${problem}. ` +
          `Install it with "${INSTALL[choice]}", ` +
          'or choose --backend wasm (works everywhere) or auto.',
      );
    }
    default:
      throw new BackendError(`"${choice}" is not a backend. Choose one of: ${BACKEND_CHOICES.join(', ')}.`);
  }
}

function chooseFastest(root: string, work: WorkSize | null): BackendChoice {
  const problems: string[] = [];
  const tooSmall = work !== null && work.size * work.width < NATIVE_FROM ? work : null;
  for (const name of ['node-gpu', 'node'] as const) {
    const problem =
      name === 'node' && tooSmall !== null
        ? `at ${tooSmall.size}x${tooSmall.size} pixels and width ${tooSmall.width} it is faster than node on the processor`
        : problemOf(name, root);
    if (problem === null) {
      return { backend: name, reason: `${name} is the fastest that loads.`, faster: FASTER_THAN[name] };
    }
    problems.push(problem);
  }
  const faster = tooSmall === null ? FASTER_THAN.wasm : FASTER_WHERE_LARGER;
  return { backend: 'wasm', reason: `wasm works everywhere; ${problems.join('; ')}.`, faster };
}

/** Why a native backend cannot be used, as a clause; null if it can. */
function problemOf(name: NativeName, root: string): string | null {
  const location = findNative(name, root);
  if (location === null) return `${NATIVE_PACKAGES[name]} is not installed`;
  const { label, binding } = location;
  if (binding === null) return `${label} is installed without its native library (its download failed)`;
  return loadProblem(name, location, binding, root);
}

interface Verdict {
  readonly key: string;
  /** Null when the package loads. */
  readonly problem: string | null;
}

/** Tries the library once and remembers the answer for this build of it, this Node and these GPUs. */
function loadProblem(name: NativeName, location: NativeLocation, binding: string, root: string): string | null {
  const { size, mtimeMs } = statSync(binding);
  const gpus = name === 'node' ? [] : [existsSync('/dev/nvidiactl'), process.env['CUDA_VISIBLE_DEVICES'] ?? 'all'];
  const key = [binding, size, mtimeMs, process.version, process.arch, ...gpus].join('|');
  const file = statePlace(root, `${stateFolder}/backend-${name}.json`);
  const remembered = readVerdict(file);
  if (remembered?.key === key) return remembered.problem;
  const problem = tryNative(name, location, root);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}.tmp`, JSON.stringify({ key, problem } satisfies Verdict, null, 2));
    renameSync(`${file}.${process.pid}.tmp`, file);
  } catch {
    // A directory that cannot be written to costs a second try next time, nothing else.
  }
  return problem;
}

function readVerdict(file: string): Verdict | null {
  try {
    const verdict = JSON.parse(readFileSync(file, 'utf8')) as Partial<Verdict> | null;
    const problem = verdict?.problem;
    if (typeof verdict?.key !== 'string' || (typeof problem !== 'string' && problem !== null)) return null;
    return { key: verdict.key, problem };
  } catch {
    return null;
  }
}

const PROBE_TIMEOUT_MS = 120_000;
const NO_GPU = 3;

/**
 * Loads a native library in a child process, where a crash of native code stays, and computes something with it. The
 * script restores what Node 23 removed and tfjs-node 4.22 still calls, as backend.ts does.
 *
 * @returns why it cannot be used, as a clause; null if it can
 */
export function tryNative(
  name: NativeName,
  { directory, label }: Pick<NativeLocation, 'directory' | 'label'>,
  root: string,
): string | null {
  const script = `
    const util = require('node:util');
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    util.isArray ??= Array.isArray;
    const tf = require(${JSON.stringify(directory)});
    tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync());
    if (${name === 'node-gpu'} && !tf.backend().isUsingGpuDevice) process.exit(${NO_GPU});`;
  const result = spawnSync(process.execPath, ['-e', script], {
    cwd: root,
    encoding: 'utf8',
    timeout: PROBE_TIMEOUT_MS,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (result.status === 0) return null;
  if (result.status === NO_GPU) return `${label} finds no GPU`;
  const said = result.stderr.split('\n').find((line) => /^\w*Error\b.*:/.test(line));
  const ending = result.signal === null ? `exit code ${result.status}` : `signal ${result.signal}`;
  return `${label} does not load on Node ${process.version} (${said ?? ending})`;
}
