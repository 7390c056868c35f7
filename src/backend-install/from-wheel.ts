import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileBinding, type Tool } from './compile.ts';
import { type Download, type Downloader, downloadPackage, downloadWheel, unpackPackage } from './downloads.ts';
import { filesBelow } from './digests.ts';
import { InstallError } from './install-error.ts';
import type { Release, Variant, Wheel } from './release.ts';
import { unpackWheel } from './wheel-archive.ts';

export interface WheelBuild {
  readonly release: Release;
  readonly variant: Variant;
  readonly wheel: Wheel;
  readonly compiler: Tool;
  readonly pip: Tool;
  readonly platform: string;
  readonly downloader: Downloader;
  /** Directory for what is needed only while building; exists. */
  readonly scratch: string;
  /** The directory that becomes the installation; exists and is empty. */
  readonly target: string;
  readonly report: (text: string) => void;
}

/** The headers that the binding includes, and what they include. */
const HEADERS = /^tensorflow\/include\/((?:tensorflow\/(?:c|core\/platform)|tsl\/platform|xla\/tsl\/c)\/.*\.h)$/;
const LIBRARIES = /^tensorflow\/libtensorflow_(?:cc|framework)\.(?:so\.2|2\.dylib)$/;
const LICENCES = /^[^/]+\.dist-info\/(?:METADATA|licenses\/.+)$/;
/** NVIDIA's libraries; TensorFlow looks for them beside its own, in ../nvidia. */
const CUDA = /^nvidia\/(?!.*\/include\/).*(?<!\.a)$/;

/**
 * Builds a native backend from the binding's source, which tfjs-node's package contains, and the libraries of a
 * TensorFlow wheel. The result has the form of a package and loads without tfjs-node's dependencies.
 *
 * @returns the archives it was made from
 * @throws InstallError
 */
export async function buildFromWheel(build: WheelBuild): Promise<Download[]> {
  const { release, variant, wheel, compiler, pip, platform, downloader, scratch, target, report } = build;
  const { env } = downloader;
  const packages = path.join(target, 'node_modules');
  const binding = path.join(packages, release.binding.name);
  const headers = path.join(scratch, 'node-headers');
  const site = path.join(target, 'site');
  const downloads: Download[] = [];
  for (const [part, folder] of [
    [release.binding, binding],
    [release.protobuf, path.join(packages, release.protobuf.name)],
    [release.headers, headers],
  ] as const) {
    const archive = await downloadPackage(part, downloader);
    await unpackPackage(archive.file, folder, env);
    downloads.push(archive);
  }

  report(`Downloading ${wheel.project} ${wheel.version} (about ${Math.round(wheel.bytes / 1e6)} MB) with pip ...`);
  const main = await downloadWheel(wheel, release.python, pip.command, downloader);
  if (!main.fetched) report('It was there already, whole.');
  if (wheel.sha256 === null) report(unverified(wheel));
  downloads.push(main);
  report("Unpacking TensorFlow's libraries ...");
  const includes = path.join(scratch, 'include');
  await unpackWheel(main.file, (name) => {
    const header = HEADERS.exec(name)?.[1];
    if (header !== undefined) return path.join(includes, header);
    return LIBRARIES.test(name) || LICENCES.test(name) ? path.join(site, name) : null;
  });
  mkdirSync(site, { recursive: true });
  const libraries = filesBelow(site)
    .filter((name) => LIBRARIES.test(name))
    .map((name) => path.join(site, name));
  if (libraries.length !== 2) {
    throw new InstallError(
      `${path.basename(main.file)} should hold libtensorflow_cc and libtensorflow_framework, and has ` +
        `${libraries.length} of them.`,
    );
  }
  if (variant === 'cuda') {
    const metadata = filesBelow(site).find((name) => name.endsWith('.dist-info/METADATA'));
    const text = metadata === undefined ? '' : readFileSync(path.join(site, metadata), 'utf8');
    for (const library of cudaWheels(text, wheel.platforms)) {
      report(`Downloading ${library.project} ${library.version} ...`);
      const archive = await downloadWheel(library, release.python, pip.command, downloader);
      report(unverified(library));
      await unpackWheel(archive.file, (name) =>
        CUDA.test(name) || LICENCES.test(name) ? path.join(site, name) : null,
      );
      downloads.push(archive);
    }
  }

  report(`Compiling the binding with ${compiler.version} ...`);
  await compileBinding({
    compiler,
    platform,
    source: binding,
    includes: [path.join(headers, 'include'), includes],
    libraries,
    target: path.join(target, 'lib', 'napi-v8', 'tfjs_binding.node'),
    env,
  });
  writeEntry(release, wheel, target, variant);
  for (const name of ['binding', 'src', 'scripts', 'python']) {
    rmSync(path.join(binding, name), { recursive: true, force: true });
  }
  return downloads;
}

function unverified({ project }: Wheel): string {
  return `No digest of ${project} is known here: what the index serves is taken, and its SHA-256 recorded.`;
}

/** The packages that a wheel's METADATA asks for with the extra `and-cuda`. */
export function cudaWheels(metadata: string, platforms: readonly string[]): Wheel[] {
  const lines = metadata.matchAll(/^Requires-Dist: ([\w.-]+) *\(?([^;()\n]*)\)? *; *extra == ["']and-cuda["']/gm);
  return [...lines].map(([, project = '', version = '']) => ({
    project,
    version: version.replaceAll(' ', ''),
    platforms,
    sha256: null,
    bytes: 0,
  }));
}

/**
 * What makes the folder a package. The kernels of tfjs-node want the union package `@tensorflow/tfjs` (280 MB with its
 * dependencies), of which they use nothing but tfjs-core: a stand-in gives them the project's own copy.
 */
function writeEntry({ binding }: Release, wheel: Wheel, target: string, variant: Variant): void {
  const union = path.join(target, 'node_modules', '@tensorflow', 'tfjs');
  mkdirSync(union, { recursive: true });
  const manifest = (name: string, version: string): string =>
    `${JSON.stringify({ name, version, main: 'index.cjs' })}\n`;
  writeFileSync(path.join(union, 'package.json'), manifest('@tensorflow/tfjs', binding.version));
  writeFileSync(path.join(union, 'index.cjs'), "module.exports = require('@tensorflow/tfjs-core');\n");
  const name = variant === 'cuda' ? `${binding.name}-gpu` : binding.name;
  writeFileSync(path.join(target, 'package.json'), manifest(name, `${binding.version}+tensorflow.${wheel.version}`));
  writeFileSync(
    path.join(target, 'index.cjs'),
    `// Written by "npm run backend:native".
const tf = require('@tensorflow/tfjs-core');
require('${binding.name}/dist/register_all_kernels.js');
const { NodeJSKernelBackend } = require('${binding.name}/dist/nodejs_kernel_backend.js');
const create = () => new NodeJSKernelBackend(require('./lib/napi-v8/tfjs_binding.node'), '${name}');
tf.registerBackend('tensorflow', create, 3);
tf.setBackend('tensorflow');
module.exports = tf;
`,
  );
}
