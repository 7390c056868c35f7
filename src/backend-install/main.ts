/**
 * `npm run backend:native`: gives the project TensorFlow's own library as a backend, in a folder that git ignores.
 * docs/native-backend.md tells more.
 */
import { mkdirSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseBackend } from '../compute/backend-choice.ts';
import { findCompiler, findPip } from './compile.ts';
import { folderOf, install, type InstallOptions, isVerified, remove } from './install.ts';
import { InstallError } from './install-error.ts';
import { reaches } from './prebuilt.ts';
import { readReceipt, sizeOf } from './receipt.ts';
import { type Machine, RELEASE, type Variant, wheelFor } from './release.ts';

const HELP = `Usage: npm run backend:native [-- options]

Installs TensorFlow's own library for this project, into .native/. "backend: auto" then uses it.

  --variant cpu|cuda               for the processor, or for NVIDIA GPUs    (default cpu)
  --source auto|prebuilt|wheel     prebuilt: as tfjs-node's install script downloads it (TensorFlow 2.9); not verified;
                                   wheel: tfjs-node's source, compiled here against TensorFlow ${RELEASE.wheels.cpu['linux-x64']?.version ?? ''};
                                   auto: wheel where its digest is known (Linux x64, cpu),
                                   else prebuilt where it can be had     (default auto)
  --remove                         undoes it; with --variant only that one
  --dry-run                        says what would be done, and whether this machine has what it takes
  --json                           the result as one line of JSON on stdout
  --help                           this text

A wheel needs a C++ compiler and pip while it is installed, and nothing of Python afterwards.
`;

const { platform, arch, version } = process;

function machineAt(root: string): Machine {
  const { bavail, bsize } = statfsSync(root);
  const header = (process.report.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined)?.header;
  const glibc = header?.glibcVersionRuntime ?? null;
  return { platform, architecture: arch, node: version, glibc, free: bavail * bsize };
}

interface Answer {
  /** What a person reads. */
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

class UsageError extends Error {}

function oneOf<Name extends string>(option: string, value: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  throw new UsageError(`--${option} is one of ${names.join(', ')}, not "${value}". --help tells more.`);
}

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        variant: { type: 'string' },
        source: { type: 'string', default: 'auto' },
        remove: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(`${first}. --help tells more.`);
  }
}

async function plan(options: InstallOptions): Promise<Answer> {
  const { root, variant, release, machine, env, source } = options;
  const folder = path.relative(root, folderOf(root, variant));
  const wheel = wheelFor(release, variant, machine);
  const [compiler, pip] = [await findCompiler(env), await findPip(env)];
  const there = readReceipt(folderOf(root, variant)) !== null;
  const text = there
    ? `${folder} is there: its files would be verified.`
    : [
        `Would install ${release.binding.name} ${release.binding.version} (${variant}) into ${folder}:`,
        ...(source === 'wheel' || (source === 'auto' && isVerified(options))
          ? []
          : ['  as its makers built it (not verified), if the host of their download answers and it works here; else']),
        `  compiled against ${wheel.project} ${wheel.version}, about ${Math.round(wheel.bytes / 1e6)} MB from the Python index,`,
        `  with ${compiler.version} and ${pip.version.replace(/ from .*/, '')}.`,
      ].join('\n');
  return { text, data: { state: there ? 'present' : 'absent', variant, folder, wheel, compiler, pip } };
}

async function carryOut(options: InstallOptions): Promise<Answer> {
  const { root, variant } = options;
  const startedAt = Date.now();
  const { state, receipt, folder } = await install(options);
  const { files, ...about } = receipt;
  const bytes = sizeOf(receipt);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const what = receipt.tensorflow === null ? 'the prebuilt library' : `TensorFlow ${receipt.tensorflow}`;
  const where = path.relative(root, folder);
  const chosen = chooseBackend('auto', root);
  const done =
    state === 'present'
      ? `${where} (${what}) is there already; its ${Object.keys(files).length} files are what they were.`
      : `${where} (${what}, ${Math.round(bytes / 1e6)} MB) is installed; it took ${seconds} s.`;
  const wanted = variant === 'cuda' ? 'node-gpu' : 'node';
  const limit = chosen.backend === 'node' ? ' for networks that are large enough' : '';
  const next =
    chosen.backend === wanted || chosen.backend === 'node-gpu'
      ? `"backend: auto" takes ${chosen.backend}${limit}.`
      : `"backend: auto" takes ${chosen.backend}: ${chosen.reason}`;
  return { text: `${done}\n${next}`, data: { state, seconds, bytes, folder: where, auto: chosen.backend, ...about } };
}

function undo(root: string, variants: readonly Variant[]): Answer {
  const removed = remove(root, variants);
  const text =
    removed.length === 0
      ? 'Nothing was installed.'
      : `Removed ${removed.join(' and ')}. "backend: auto" takes what is left.`;
  return { text, data: { state: removed.length === 0 ? 'absent' : 'removed', variants: removed } };
}

/**
 * @param argv what follows the command
 * @param root the project's directory
 * @returns the exit code: 0, 1 for a failure that was explained, 2 for a mistake on the command line
 */
export async function main(argv: readonly string[], root: string): Promise<0 | 1 | 2> {
  let json = argv.includes('--json');
  try {
    const flags = readOptions(argv);
    json = flags.json;
    if (flags.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const variant = oneOf('variant', flags.variant ?? 'cpu', ['cpu', 'cuda']);
    const options: InstallOptions = {
      root,
      variant,
      source: oneOf('source', flags.source, ['auto', 'prebuilt', 'wheel']),
      release: RELEASE,
      machine: machineAt(root),
      env: process.env,
      reaches,
      report: (text) => process.stderr.write(`${text}\n`),
    };
    mkdirSync(root, { recursive: true });
    const answer = flags.remove
      ? undo(root, flags.variant === undefined ? ['cpu', 'cuda'] : [variant])
      : await (flags['dry-run'] ? plan : carryOut)(options);
    process.stdout.write(`${json ? JSON.stringify(answer.data) : answer.text}\n`);
    return 0;
  } catch (error) {
    const usage = error instanceof UsageError;
    if (!usage && !(error instanceof InstallError)) throw error;
    const advice = usage ? '' : ' The wasm backend works as before.';
    if (json) process.stdout.write(`${JSON.stringify({ state: 'failed', message: error.message })}\n`);
    else process.stderr.write(`${error.message}${advice}\n`);
    return usage ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2), fileURLToPath(new URL('../..', import.meta.url)));
