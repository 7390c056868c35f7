import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { install, type InstallOptions, type InstallResult } from '../../../src/backend-install/install.ts';
import type { Machine, NpmPackage, Release } from '../../../src/backend-install/release.ts';
import { zip } from './zip.ts';

/** What tfjs-core needs to do for an installation to count as working. */
const CORE = `module.exports = {
  registerBackend() {}, setBackend() {}, tidy: (f) => f(), ones: () => 0, matMul: () => ({ dataSync() {} }),
};`;

const METADATA = `Name: tensorflow_cpu
Requires-Dist: numpy>=1.26.0
Provides-Extra: and-cuda
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
`;

export const WHEEL = {
  'tensorflow/libtensorflow_cc.so.2': 'the library '.repeat(1000),
  'tensorflow/libtensorflow_framework.so.2': 'the framework',
  'tensorflow/include/tensorflow/c/c_api.h': '// header',
  'tensorflow/python/unwanted.so': 'unwanted',
  'tensorflow_cpu-2.21.0.dist-info/METADATA': METADATA,
} as const;

const CUBLAS = { 'nvidia/cublas/lib/libcublas.so.12': 'cublas', 'nvidia/cublas/include/cublas.h': '// header' };

export const LINUX: Machine = {
  platform: 'linux',
  architecture: 'x64',
  node: 'v22.1.0',
  glibc: '2.36',
  free: 1e12,
};

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * A project without a native backend, and stand-ins for npm, pip and a compiler that serve files from a folder. Nothing
 * else is on the PATH but tar and what it needs.
 */
export class World {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'native-'));
  readonly #bin = path.join(this.root, 'bin');
  readonly #served = path.join(this.root, 'served');
  readonly #calls = path.join(this.root, 'calls.log');
  readonly reports: string[] = [];
  readonly release: Release;

  constructor() {
    for (const folder of [this.#bin, this.#served]) mkdirSync(folder);
    this.write('node_modules/@tensorflow/tfjs-core/package.json', '{"name":"@tensorflow/tfjs-core","main":"index.js"}');
    this.write('node_modules/@tensorflow/tfjs-core/index.js', CORE);
    for (const name of ['tar', 'gzip']) {
      const place = ['/bin', '/usr/bin'].map((folder) => path.join(folder, name)).find((file) => existsSync(file));
      if (place !== undefined) symlinkSync(place, path.join(this.#bin, name));
    }
    this.program('npm', '[ "$1" = pack ] && /bin/cp "$SERVED/$(echo "$2" | /usr/bin/tr / -).tgz" "$4/"');
    const wanted = 'for word in "$@"; do [ "$last" = --dest ] && folder=$word; last=$word; done';
    const serve = '/bin/cp "$SERVED/$(echo "$last" | /usr/bin/sed "s/[=<>].*//").whl" "$folder/"';
    this.program('pip3', `[ "$1" = --version ] && echo "pip 99" && exit 0\n${wanted}\n${serve}`);
    this.program(
      'c++',
      '[ "$1" = --version ] && echo "c++ 99" && exit 0\nfor word in "$@"; do out=$word; done\necho made > "$out"',
    );
    this.release = this.#release();
  }

  #release(): Release {
    this.serveWheel('tensorflow-cpu', WHEEL);
    this.serveWheel('tensorflow', WHEEL);
    this.serveWheel('nvidia-cublas-cu12', CUBLAS);
    const platforms = ['manylinux_2_27_x86_64'];
    const wheel = { version: '2.21.0', platforms, bytes: 1 } as const;
    const sha256 = digest(path.join(this.#served, 'tensorflow-cpu.whl'));
    return {
      binding: this.servePackage('@tensorflow/tfjs-node', {
        'package.json': '{"name":"@tensorflow/tfjs-node","binary":{"host":"https://binaries.example"}}',
        'dist/register_all_kernels.js': '',
        'dist/nodejs_kernel_backend.js': 'exports.NodeJSKernelBackend = class {};',
        'binding/tfjs_backend.cc': 'source',
      }),
      protobuf: this.servePackage('google-protobuf', { 'package.json': '{}' }),
      headers: this.servePackage('node-api-headers', { 'include/node_api.h': '// header' }),
      python: '3.11',
      wheels: {
        cpu: { 'linux-x64': { ...wheel, project: 'tensorflow-cpu', sha256 } },
        cuda: { 'linux-x64': { ...wheel, project: 'tensorflow', sha256: null } },
      },
      space: { cpu: 1, cuda: 1 },
    };
  }

  /** Makes npm serve a package, in version 1.0.0. */
  servePackage(name: string, files: Readonly<Record<string, string>>): NpmPackage {
    const folder = path.join(this.root, 'unpacked', name);
    rmSync(folder, { recursive: true, force: true });
    for (const [file, text] of Object.entries(files)) this.write(path.join('unpacked', name, 'package', file), text);
    const archive = path.join(this.#served, `${name.replace('/', '-')}@1.0.0.tgz`);
    spawnSync('tar', ['-czf', archive, '-C', folder, 'package']);
    return { name, version: '1.0.0', sha256: digest(archive) };
  }

  serveWheel(project: string, files: Readonly<Record<string, string>>): void {
    writeFileSync(path.join(this.#served, `${project}.whl`), zip(files));
  }

  /** Puts a program on the PATH; `script` is for sh, and null takes it away. */
  program(name: string, script: string | null): void {
    const file = path.join(this.#bin, name);
    rmSync(file, { force: true });
    if (script === null) return;
    writeFileSync(file, `#!/bin/sh\nSERVED='${this.#served}'\necho "${name} $*" >> '${this.#calls}'\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** Calls of a program so far that contain a text. */
  calls(text: string): number {
    if (!existsSync(this.#calls)) return 0;
    return readFileSync(this.#calls, 'utf8').split('\n').filter((line) => line.includes(text)).length; // prettier-ignore
  }

  options(changes: Partial<InstallOptions> = {}): InstallOptions {
    return {
      root: this.root,
      variant: 'cpu',
      source: 'wheel',
      release: this.release,
      machine: LINUX,
      env: { PATH: this.#bin },
      reaches: () => Promise.resolve(false),
      report: (text) => this.reports.push(text),
      ...changes,
    };
  }

  install(changes: Partial<InstallOptions> = {}): Promise<InstallResult> {
    return install(this.options(changes));
  }

  write(file: string, text: string): void {
    const target = path.join(this.root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  has(file: string): boolean {
    return existsSync(path.join(this.root, file));
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
