import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { errorLine, firstThatWorks, runCommand } from './command.ts';
import { InstallError } from './install-error.ts';

/** A program that was found, with the first line of what it says about itself. */
export interface Tool {
  readonly command: readonly string[];
  readonly version: string;
}

/** The C++ compiler: $CXX, else the first of the usual names. */
export async function findCompiler(env: NodeJS.ProcessEnv): Promise<Tool> {
  const asked = env['CXX'];
  const names = asked === undefined || asked === '' ? ['c++', 'g++', 'clang++'] : [asked];
  const found = await firstThatWorks(
    names.map((name) => [name]),
    env,
  );
  if (found !== null) return found;
  throw new InstallError(
    `No C++ compiler was found (tried ${names.join(', ')}). Install one: "apt-get install g++" on Debian and Ubuntu, ` +
      '"dnf install gcc-c++" on Fedora, "xcode-select --install" on macOS.',
  );
}

/** pip, which downloads wheels; Python itself runs nothing. */
export async function findPip(env: NodeJS.ProcessEnv): Promise<Tool> {
  const found = await firstThatWorks([['python3', '-m', 'pip'], ['pip3'], ['pip']], env);
  if (found !== null) return found;
  throw new InstallError(
    'pip was not found (tried python3 -m pip, pip3, pip); it is needed to download TensorFlow, and never afterwards. ' +
      'Install it: "apt-get install python3-pip" on Debian and Ubuntu, "dnf install python3-pip" on Fedora.',
  );
}

export interface Compilation {
  readonly compiler: Tool;
  readonly platform: string;
  /** Directory of the package @tensorflow/tfjs-node, which has the binding's source. */
  readonly source: string;
  /** Directories with headers. */
  readonly includes: readonly string[];
  /** TensorFlow's libraries, absolute. */
  readonly libraries: readonly string[];
  /** The module to write, absolute. */
  readonly target: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Compiles the binding of tfjs-node against TensorFlow's C interface. It uses Node's binary interface 8, so what is
 * compiled once loads in every later Node.
 *
 * @throws InstallError with the compiler's first error
 */
export async function compileBinding(compilation: Compilation): Promise<void> {
  const { compiler, platform, source, includes, libraries, target, env } = compilation;
  mkdirSync(path.dirname(target), { recursive: true });
  const [program = '', ...first] = compiler.command;
  // The libraries are found relative to the module, wherever the folder is moved.
  const origin = platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const places = new Set(libraries.map((library) => path.relative(path.dirname(target), path.dirname(library))));
  const result = await runCommand(
    program,
    [
      ...first,
      ...['-std=c++17', '-O2', '-fPIC', '-w', '-DNAPI_VERSION=8'],
      ...(platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
      ...includes.map((folder) => `-I${folder}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(source, 'binding', file)),
      ...libraries,
      ...[...places].map((place) => `-Wl,-rpath,${origin}/${place}`),
      ...['-o', target],
    ],
    { env },
  );
  if (result.code === 0) return;
  const said = `${result.stderr}\n${result.stdout}`;
  throw new InstallError(
    /no space left on device/i.test(said)
      ? 'The disk is full: the binding could not be compiled. Make room first.'
      : `The binding could not be compiled with ${compiler.version}: ${errorLine(said)}`,
  );
}
