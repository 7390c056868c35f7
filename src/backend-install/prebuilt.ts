import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorLine, runCommand } from './command.ts';
import { type Download, type Downloader, downloadPackage, unpackPackage } from './downloads.ts';
import type { Release, Variant } from './release.ts';

/** How long (ms) the host of the prebuilt library may take to answer at all, and how long the download may take. */
const ANSWER_MS = 5000;
const DOWNLOAD_MS = 15 * 60 * 1000;

export interface PrebuiltBuild {
  readonly release: Release;
  readonly variant: Variant;
  readonly downloader: Downloader;
  /** Directory for what is needed only for a while; exists. */
  readonly scratch: string;
  /** The directory that becomes the installation; exists and is empty. */
  readonly target: string;
  /** Whether a host answers: any answer will do. */
  readonly reaches: (url: string, timeout: number) => Promise<boolean>;
}

/**
 * Installs tfjs-node as its makers built it: the package with all it depends on from npm, then its own install script,
 * which downloads TensorFlow 2.9 and the binding. That host is asked first, because many networks block it.
 *
 * @returns the archives it was made from, or why it cannot be had, as a clause
 * @throws InstallError when not even the package can be had
 */
export async function installPrebuilt(build: PrebuiltBuild): Promise<Download[] | string> {
  const { release, variant, downloader, scratch, target, reaches } = build;
  const { env } = downloader;
  const archive = await downloadPackage(release.binding, downloader);
  const look = path.join(scratch, 'prebuilt');
  await unpackPackage(archive.file, look, env);
  const host = hostOf(look);
  if (host === null || !(await reaches(host, ANSWER_MS))) return 'the host of its download does not answer';

  const name = variant === 'cuda' ? `${release.binding.name}-gpu` : release.binding.name;
  const { version } = release.binding;
  writeFileSync(path.join(target, 'package.json'), `${JSON.stringify({ name, version, main: 'index.cjs' })}\n`);
  const npm = await runCommand(
    'npm',
    [
      ...[
        'install',
        '--prefix',
        target,
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--no-package-lock',
        '--no-save',
      ],
      ...['--fetch-retries', '0', '--loglevel', 'error', `${name}@${version}`],
    ],
    { env },
  );
  if (npm.code !== 0) return `npm does not install it (${errorLine(`${npm.stderr}\n${npm.stdout}`)})`;
  const folder = path.join(target, 'node_modules', name);
  const script = await runCommand(process.execPath, ['scripts/install.js'], { env, cwd: folder, timeout: DOWNLOAD_MS });
  if (script.timedOut) return 'its download takes too long';
  if (script.code !== 0) return `its install script failed (${errorLine(`${script.stderr}\n${script.stdout}`)})`;
  if (!existsSync(path.join(folder, 'lib'))) return 'its install script left no library';
  // All tensors live in the project's own copy of tfjs-core.
  rmSync(path.join(target, 'node_modules', '@tensorflow', 'tfjs-core'), { recursive: true, force: true });
  symlinkSync(path.join('node_modules', name, 'lib'), path.join(target, 'lib'));
  writeFileSync(path.join(target, 'index.cjs'), `module.exports = require('${name}');\n`);
  return [archive];
}

/** Where the package says that its binary lies; null when it says nothing. */
function hostOf(folder: string): string | null {
  const { binary } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    binary?: { host?: unknown };
  };
  return typeof binary?.host === 'string' ? binary.host : null;
}

/** Asks for the head of a page. */
export async function reaches(url: string, timeout: number): Promise<boolean> {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(timeout) });
    return true;
  } catch {
    return false;
  }
}
