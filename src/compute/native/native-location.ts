import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Where TensorFlow's own library can be found. Nothing is loaded here. */

export type NativeName = 'node' | 'node-gpu';

export const NATIVE_PACKAGES: Readonly<Record<NativeName, string>> = {
  'node-gpu': '@tensorflow/tfjs-node-gpu',
  node: '@tensorflow/tfjs-node',
};

/** Where `npm run backend:native` puts them, relative to the project. Both have the form of a package. */
export const NATIVE_FOLDERS: Readonly<Record<NativeName, string>> = { 'node-gpu': '.native/cuda', node: '.native/cpu' };

export interface NativeLocation {
  /** Absolute path of a directory that `require` loads as a package. */
  readonly directory: string;
  /** What messages call it: the package, or the folder in the project. */
  readonly label: string;
  /** Absolute path of the compiled module; null for a package whose download failed. */
  readonly binding: string | null;
}

/**
 * Looks for a native backend in `start` and the directories above it, as Node looks for packages: first what the
 * project installed for itself, then what npm did. A library for GPUs computes on the processor, too, so it serves
 * `node` where no other one does.
 */
export function findNative(name: NativeName, start: string): NativeLocation | null {
  const found = (name === 'node' ? (['node', 'node-gpu'] as const) : (['node-gpu'] as const)).flatMap((kind) =>
    [NATIVE_FOLDERS[kind], path.posix.join('node_modules', NATIVE_PACKAGES[kind])].flatMap((place, index) => {
      const directory = findAbove(place, start);
      if (directory === null) return [];
      const label = index === 0 ? place : NATIVE_PACKAGES[kind];
      return [{ directory, label, binding: findBinding(directory) }];
    }),
  );
  return found.find(({ binding }) => binding !== null) ?? found[0] ?? null;
}

/** The nearest directory of this name that holds a package. */
function findAbove(place: string, start: string): string | null {
  for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
    const candidate = path.join(directory, place);
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
