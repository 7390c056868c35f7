import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Which TensorFlow backend to use. Nothing of TensorFlow.js is imported here: the command line asks at every start,
 * and a machine without a native package is answered by a few looks at the file system.
 */

export type BackendName = 'wasm' | 'node' | 'node-gpu';

export const NATIVE_PACKAGES: Readonly<Record<Exclude<BackendName, 'wasm'>, string>> = {
  'node-gpu': '@tensorflow/tfjs-node-gpu',
  node: '@tensorflow/tfjs-node',
};

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

const CHOICES = ['auto', 'node-gpu', 'node', 'wasm'] as const;

const FASTER_THAN: Readonly<Record<BackendName, string | null>> = {
  wasm:
    'For a faster backend: npm install @tensorflow/tfjs-node-gpu@4.22.0 (NVIDIA GPU with CUDA) or ' +
    '@tensorflow/tfjs-node@4.22.0 (processor).',
  node: 'For a faster backend on a machine with an NVIDIA GPU and CUDA: npm install @tensorflow/tfjs-node-gpu@4.22.0.',
  'node-gpu': null,
};

/**
 * Decides between the backends. `auto` takes the fastest that loads: node-gpu, then node, then wasm, which is always
 * there. Whether an installed native package loads is tried once in a child process (seconds) and remembered in
 * `.pipeline/` until the package or Node changes.
 *
 * @param choice auto, node-gpu, node or wasm
 * @param root the project's directory, which holds node_modules
 * @throws BackendError for an unknown name, and for a named backend that cannot be loaded
 */
export function chooseBackend(choice: string, root: string): BackendChoice {
  switch (choice) {
    case 'auto':
      return chooseFastest(root);
    case 'wasm':
      return { backend: 'wasm', reason: 'wasm was asked for.', faster: FASTER_THAN.wasm };
    case 'node':
    case 'node-gpu': {
      const problem = problemOf(choice, root);
      if (problem === null) return { backend: choice, reason: `${choice} was asked for.`, faster: FASTER_THAN[choice] };
      throw new BackendError(
        `The backend ${choice} cannot be used: ${problem}. ` +
          `Install it with "npm install ${NATIVE_PACKAGES[choice]}@4.22.0", ` +
          'or choose --backend wasm (works everywhere) or auto.',
      );
    }
    default:
      throw new BackendError(`"${choice}" is not a backend. Choose one of: ${CHOICES.join(', ')}.`);
  }
}

function chooseFastest(root: string): BackendChoice {
  const problems: string[] = [];
  for (const name of ['node-gpu', 'node'] as const) {
    const problem = problemOf(name, root);
    if (problem === null) {
      return { backend: name, reason: `${name} is the fastest that loads.`, faster: FASTER_THAN[name] };
    }
    problems.push(problem);
  }
  return { backend: 'wasm', reason: `wasm works everywhere; ${problems.join('; ')}.`, faster: FASTER_THAN.wasm };
}

/** Why a native backend cannot be used, as a clause; null if it can. */
function problemOf(name: 'node' | 'node-gpu', root: string): string | null {
  const packageName = NATIVE_PACKAGES[name];
  const directory = findPackage(packageName, root);
  if (directory === null) return `${packageName} is not installed`;
  const binding = findBinding(directory);
  if (binding === null) return `${packageName} is installed without its native library (its download failed)`;
  return loadProblem(name, binding, root);
}

/** A package's directory in this node_modules or a parent's, as Node looks it up. */
function findPackage(packageName: string, root: string): string | null {
  for (let directory = path.resolve(root); ; directory = path.dirname(directory)) {
    const candidate = path.join(directory, 'node_modules', packageName);
    if (existsSync(path.join(candidate, 'package.json'))) return candidate;
    if (directory === path.dirname(directory)) return null;
  }
}

/** The compiled module lib/napi-v<version>/tfjs_binding.node. */
function findBinding(directory: string): string | null {
  const library = path.join(directory, 'lib');
  if (!existsSync(library)) return null;
  const versions = readdirSync(library).filter((entry) => entry.startsWith('napi-v'));
  const bindings = versions.map((version) => path.join(library, version, 'tfjs_binding.node'));
  return bindings.find((binding) => existsSync(binding)) ?? null;
}

interface Verdict {
  readonly key: string;
  /** Null when the package loads. */
  readonly problem: string | null;
}

/** Tries the package once and remembers the answer for this build of it and this Node. */
function loadProblem(name: 'node' | 'node-gpu', binding: string, root: string): string | null {
  const { size, mtimeMs } = statSync(binding);
  const key = [binding, size, mtimeMs, process.version, process.arch].join('|');
  const file = path.join(root, '.pipeline', `backend-${name}.json`);
  const remembered = readVerdict(file);
  if (remembered?.key === key) return remembered.problem;
  const problem = tryLoading(NATIVE_PACKAGES[name], root);
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

const PROBE_TIMEOUT_MS = 60_000;

/**
 * Loads the package in a child process, where a crash of native code stays. The script restores what Node 23 removed
 * and tfjs-node 4.22 still calls, as backend.ts does.
 */
function tryLoading(packageName: string, root: string): string | null {
  const script = `
    const util = require('node:util');
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    const tf = require(${JSON.stringify(packageName)});
    tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync());`;
  const result = spawnSync(process.execPath, ['-e', script], {
    cwd: root,
    encoding: 'utf8',
    timeout: PROBE_TIMEOUT_MS,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (result.status === 0) return null;
  const said = result.stderr.split('\n').find((line) => /^\w*Error\b.*:/.test(line));
  const ending = result.signal === null ? `exit code ${result.status}` : `signal ${result.signal}`;
  return `${packageName} does not load on Node ${process.version} (${said ?? ending})`;
}
