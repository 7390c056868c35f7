import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** A package.json, as far as imports need it. */
export interface PackageManifest {
  /** Absolute path of the package's directory. */
  readonly directory: string;
  readonly name: string | null;
  readonly version: string | null;
  readonly main: string | null;
  readonly type: string | null;
  readonly exports: unknown;
  readonly imports: unknown;
}

export interface InstalledPackage {
  readonly manifest: PackageManifest;
  /**
   * Absolute path of the package's own directory when `node_modules` only leads to it, as to a workspace: then its files
   * are sources that may change under one version. Null for a package that was installed.
   */
  readonly linked: string | null;
}

/** Finds packages around a file, and keeps what it found. */
export class PackageFinder {
  readonly #manifests = new Map<string, PackageManifest | null>();
  readonly #scopes = new Map<string, PackageManifest | null>();
  readonly #linked = new Map<string, string | null>();

  /** The package that a directory (absolute) belongs to. */
  scopeOf(directory: string): PackageManifest | null {
    const known = this.#scopes.get(directory);
    if (known !== undefined) return known;
    const above = path.dirname(directory);
    const own = this.#manifest(directory);
    const found = own ?? (above === directory ? null : this.scopeOf(above));
    this.#scopes.set(directory, found);
    return found;
  }

  /** The package.json of this very directory (absolute). */
  at(directory: string): PackageManifest | null {
    return this.#manifest(directory);
  }

  /** The package of this name that a file in the directory (absolute) would get. */
  installed(directory: string, name: string): InstalledPackage | null {
    for (let around = directory; ; around = path.dirname(around)) {
      const place = path.join(around, 'node_modules', name);
      const manifest = this.#manifest(place);
      if (manifest !== null && manifest.version !== null) return { manifest, linked: this.#link(around, place) };
      // A workspace need not have a version.
      const linked = manifest === null ? null : this.#link(around, place);
      if (manifest !== null && linked !== null) return { manifest, linked };
      if (around === path.dirname(around)) return null;
    }
  }

  #link(around: string, place: string): string | null {
    const known = this.#linked.get(place);
    if (known !== undefined) return known;
    const real = realpathSync(place);
    const store = realpathSync(path.join(around, 'node_modules'));
    // Package managers keep packages in a store of their own and link to that: below some node_modules, too.
    const isInstalled = real.startsWith(store + path.sep) || real.split(path.sep).includes('node_modules');
    const linked = isInstalled ? null : real;
    this.#linked.set(place, linked);
    return linked;
  }

  #manifest(directory: string): PackageManifest | null {
    const known = this.#manifests.get(directory);
    if (known !== undefined) return known;
    const manifest = readManifest(directory);
    this.#manifests.set(directory, manifest);
    return manifest;
  }
}

function readManifest(directory: string): PackageManifest | null {
  const file = path.join(directory, 'package.json');
  // Asked first, because most folders on the way up hold none and an exception costs more than the question.
  if (!existsSync(file)) return null;
  try {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof document !== 'object' || document === null) return null;
    const fields = document as Readonly<Record<string, unknown>>;
    const text = (name: string): string | null => {
      const value = fields[name];
      return typeof value === 'string' ? value : null;
    };
    return {
      directory,
      name: text('name'),
      version: text('version'),
      main: text('main'),
      type: text('type'),
      exports: fields['exports'],
      imports: fields['imports'],
    };
  } catch {
    return null;
  }
}
