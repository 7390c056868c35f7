import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { holderName, wayOut } from '../base/locks/holder.ts';
import { lockKey, ProcessLocks } from '../base/locks/process-locks.ts';
import { uniqueName } from '../base/atomic-file.ts';
import { tryNative } from '../compute/backend-choice.ts';
import { NATIVE_FOLDERS, type NativeName } from '../compute/native/native-location.ts';
import { findCompiler, findPip, type Tool } from './compile.ts';
import type { Download, Downloader } from './downloads.ts';
import { buildFromWheel } from './from-wheel.ts';
import { InstallError } from './install-error.ts';
import { installPrebuilt } from './prebuilt.ts';
import { damageOf, readReceipt, type Receipt, writeReceipt } from './receipt.ts';
import { type Machine, type Release, type Variant, wheelFor } from './release.ts';

export interface InstallOptions {
  /** The project's directory. */
  readonly root: string;
  readonly variant: Variant;
  /** Where the library comes from; `auto`: the wheel where its digest is known, else prebuilt where that can be had and works. */
  readonly source: 'auto' | 'prebuilt' | 'wheel';
  readonly release: Release;
  readonly machine: Machine;
  readonly env: NodeJS.ProcessEnv;
  /** Whether a host answers within a time (ms). */
  readonly reaches: (url: string, timeout: number) => Promise<boolean>;
  /** Told what happens, one sentence at a time. */
  readonly report: (text: string) => void;
}

export interface InstallResult {
  /** `present`: it was there, and every file is what it was. */
  readonly state: 'installed' | 'present';
  readonly receipt: Receipt;
  /** Absolute. */
  readonly folder: string;
}

const BACKENDS: Readonly<Record<Variant, NativeName>> = { cpu: 'node', cuda: 'node-gpu' };

/** Where a variant is installed, absolute. */
export function folderOf(root: string, variant: Variant): string {
  return path.join(root, NATIVE_FOLDERS[BACKENDS[variant]]);
}

/**
 * Installs a native backend into the project, or finds that it is there. It is built beside its place and renamed when it
 * has computed something, so that a kill at any moment leaves the old state; what was downloaded until then is used by
 * the next try.
 *
 * @throws InstallError; what was installed before is as it was
 */
export async function install(options: InstallOptions): Promise<InstallResult> {
  const { root, variant, report } = options;
  const folder = folderOf(root, variant);
  const present = await verify(options);
  if (present !== null) return { state: 'present', receipt: present, folder };
  const work = path.join(path.dirname(folder), `.${variant}`);
  const key = lockKey('backend-native');
  const locks = ProcessLocks.open(root);
  try {
    const holder = locks.tryLock(key);
    if (holder !== null) {
      const who = holderName(holder);
      const text = [`${who.charAt(0).toUpperCase()}${who.slice(1)} is installing one already`, wayOut(holder)];
      throw new InstallError(`${text.filter((part) => part !== '').join('; ')}.`);
    }
    mkdirSync(work, { recursive: true });
    const target = path.join(work, 'target');
    const receipt = await build(options, work, target);
    if (!locks.isHeld(key)) {
      throw new InstallError('Another process took over while this one was suspended; nothing was replaced.');
    }
    report('Putting it in its place ...');
    replace(folder, target);
    rmSync(work, { recursive: true, force: true });
    return { state: 'installed', receipt, folder };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    rmSync(work, { recursive: true, force: true });
    throw new InstallError('The disk is full. What was downloaded was deleted again; make room first.');
  } finally {
    locks.close();
  }
}

/** The receipt of what is installed when it is whole and of this release; else null, and what is wrong is reported. */
async function verify({ root, variant, release, report }: InstallOptions): Promise<Receipt | null> {
  const folder = folderOf(root, variant);
  if (!existsSync(folder)) return null;
  const receipt = readReceipt(folder);
  if (receipt === null) {
    report('What is installed has no receipt; installing it again.');
    return null;
  }
  const problem = isOf(release, receipt)
    ? ((await damageOf(folder, receipt)) ?? loadProblem(variant, folder, root))
    : 'it is of another version';
  if (problem === null) return receipt;
  report(`What is installed cannot be used (${problem}); installing it again.`);
  return null;
}

function isOf({ binding, wheels }: Release, { variant, source, tfjs, tensorflow }: Receipt): boolean {
  const known = Object.values(wheels[variant]).map(({ version }) => version);
  return tfjs === binding.version && (source === 'prebuilt' || known.some((version) => version === tensorflow));
}

/** That the library finds no GPU is no fault of the installation. */
function loadProblem(variant: Variant, directory: string, root: string): string | null {
  const label = NATIVE_FOLDERS[BACKENDS[variant]];
  return tryNative('node', { directory, label }, root);
}

async function build(options: InstallOptions, work: string, target: string): Promise<Receipt> {
  const { report } = options;
  const source = options.source === 'auto' && isVerified(options) ? 'wheel' : options.source;
  const downloader: Downloader = { folder: path.join(work, 'downloads'), env: options.env };
  const scratch = path.join(work, 'scratch');
  const clear = (): void => {
    for (const folder of [scratch, target]) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    }
  };
  clear();
  if (source !== 'wheel') {
    report('No digest of the prebuilt library is known here: what its host serves is taken as it is.');
    const outcome = await prebuilt(options, { downloader, scratch, target });
    if (typeof outcome !== 'string') return outcome;
    if (source === 'prebuilt') throw new InstallError(`The prebuilt library cannot be used: ${outcome}.`);
    report(`The prebuilt library cannot be used (${outcome}); building it from TensorFlow's wheel.`);
    clear();
  }
  return fromWheel(options, { downloader, scratch, target });
}

/** Whether all that the wheel's way downloads is compared with a digest of ours: then nothing else is taken unasked. */
export function isVerified({
  release,
  variant,
  machine,
}: Pick<InstallOptions, 'release' | 'variant' | 'machine'>): boolean {
  const wheel = release.wheels[variant][`${machine.platform}-${machine.architecture}`];
  return variant === 'cpu' && wheel !== undefined && wheel.sha256 !== null;
}

interface Places {
  readonly downloader: Downloader;
  readonly scratch: string;
  readonly target: string;
}

async function prebuilt(options: InstallOptions, places: Places): Promise<Receipt | string> {
  const { release, variant, root, reaches } = options;
  const downloads = await installPrebuilt({ ...places, release, variant, reaches });
  if (typeof downloads === 'string') return downloads;
  // The prebuilt one for GPUs wants CUDA 11.2: where it finds no GPU, the wheel's may.
  const label = release.binding.name;
  const problem = tryNative(BACKENDS[variant], { directory: places.target, label }, root);
  return problem ?? seal(options, places.target, { source: 'prebuilt', tensorflow: null, compiler: null, downloads });
}

async function fromWheel(options: InstallOptions, places: Places): Promise<Receipt> {
  const { release, variant, machine, root, report } = options;
  // Before anything is downloaded.
  const wheel = wheelFor(release, variant, machine);
  const { compiler, pip } = await findTools(options);
  const { platform } = machine;
  const downloads = await buildFromWheel({ ...places, release, variant, wheel, compiler, pip, platform, report });
  report('Trying it ...');
  const problem = loadProblem(variant, places.target, root);
  if (problem !== null) throw new InstallError(`What was built cannot be used: ${problem}.`);
  const { version } = compiler;
  return seal(options, places.target, { source: 'wheel', tensorflow: wheel.version, compiler: version, downloads });
}

async function findTools({ env, source }: InstallOptions): Promise<{ readonly compiler: Tool; readonly pip: Tool }> {
  try {
    return { compiler: await findCompiler(env), pip: await findPip(env) };
  } catch (error) {
    if (source !== 'auto' || !(error instanceof InstallError)) throw error;
    throw new InstallError(
      `${error.message} Without them: "--source prebuilt" takes what tfjs-node's makers built, which nothing here verifies.`,
    );
  }
}

function seal(
  { release, variant }: InstallOptions,
  target: string,
  about: Pick<Receipt, 'source' | 'tensorflow' | 'compiler'> & { readonly downloads: readonly Download[] },
): Promise<Receipt> {
  const { downloads, ...rest } = about;
  const archives = Object.fromEntries(downloads.map(({ file, sha256 }) => [path.basename(file), sha256]));
  return writeReceipt(target, { variant, tfjs: release.binding.version, archives, ...rest });
}

/** Between the two renames the old one is gone and the new one whole: the next try needs only its downloads. */
function replace(folder: string, target: string): void {
  const old = uniqueName(path.join(path.dirname(folder), '.old'));
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(target, folder);
  rmSync(old, { recursive: true, force: true });
}

/**
 * Removes what is installed, and what interrupted installations left.
 *
 * @returns the variants that were there
 */
export function remove(root: string, variants: readonly Variant[]): Variant[] {
  const parent = path.dirname(folderOf(root, 'cpu'));
  const there = variants.filter((variant) => existsSync(folderOf(root, variant)));
  for (const variant of variants) {
    rmSync(path.join(parent, `.${variant}`), { recursive: true, force: true });
    const folder = folderOf(root, variant);
    const old = uniqueName(path.join(parent, '.old'));
    if (existsSync(folder)) renameSync(folder, old);
  }
  if (!existsSync(parent)) return there;
  for (const name of readdirSync(parent)) {
    if (name.startsWith('.old')) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
  if (readdirSync(parent).length === 0) rmdirSync(parent);
  return there;
}
