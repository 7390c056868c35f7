import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { downloadError, runCommand } from './command.ts';
import { sha256Of } from './digests.ts';
import { InstallError } from './install-error.ts';
import type { NpmPackage, Wheel } from './release.ts';

/** A file that came from outside. */
export interface Download {
  /** Absolute path. */
  readonly file: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** False: it lay there already, from an installation that was interrupted. */
  readonly fetched: boolean;
}

export interface Downloader {
  /** Where archives are kept until the installation is done; each in a folder of its own. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The archive of a package, from the registry that npm is configured for; no install script runs.
 *
 * @throws InstallError when it cannot be had or is not the expected one
 */
export function downloadPackage({ name, version, sha256 }: NpmPackage, downloader: Downloader): Promise<Download> {
  return download(`${name} ${version}`, 'the npm registry', '.tgz', sha256, downloader, (folder) => [
    ...['npm', 'pack', `${name}@${version}`, '--pack-destination', folder],
    ...['--ignore-scripts', '--fetch-retries', '0', '--loglevel', 'error'],
  ]);
}

/**
 * A wheel, from the Python index that pip is configured for. Nothing is installed into Python.
 *
 * @param pip the command that starts pip
 * @param python for which Python, e.g. `3.11`
 * @throws InstallError when it cannot be had or is not the expected one
 */
export function downloadWheel(
  { project, version, platforms, sha256 }: Wheel,
  python: string,
  pip: readonly string[],
  downloader: Downloader,
): Promise<Download> {
  const requirement = /^\d/.test(version) ? `${project}==${version}` : `${project}${version}`;
  return download(`${project} ${version}`, 'the Python index', '.whl', sha256, downloader, (folder) => [
    ...[
      ...pip,
      'download',
      '--no-deps',
      '--retries',
      '0',
      '--only-binary=:all:',
      '--no-input',
      '--progress-bar',
      'off',
    ],
    ...['--disable-pip-version-check', '--implementation', 'cp', '--python-version', python],
    ...['--abi', `cp${python.replace('.', '')}`, '--abi', 'abi3', '--abi', 'none'],
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...['--dest', folder, requirement],
  ]);
}

async function download(
  what: string,
  from: string,
  extension: string,
  expected: string | null,
  { folder, env }: Downloader,
  commandFor: (folder: string) => readonly string[],
): Promise<Download> {
  const place = path.join(folder, what.replaceAll(/[^\w.-]+/g, '-'));
  const kept = archiveIn(place, extension);
  // Without an expected digest a file that a killed download left cannot be told from a whole one.
  if (kept !== null && expected !== null && (await sha256Of(kept)) === expected) {
    return { file: kept, sha256: expected, fetched: false };
  }
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const [program = '', ...args] = commandFor(place);
  const result = await runCommand(program, args, { env });
  if (result.missing) throw new InstallError(`"${program}" was not found; it is needed to download ${what}.`);
  if (result.code !== 0) throw downloadError(what, from, result);
  const file = archiveIn(place, extension);
  if (file === null) throw new InstallError(`${program} reported success, but ${what} did not arrive.`);
  const sha256 = await sha256Of(file);
  if (expected !== null && sha256 !== expected) {
    rmSync(place, { recursive: true, force: true });
    throw new InstallError(
      `${what} from ${from} is not the file it should be: its SHA-256 is ${sha256}, expected ${expected}. ` +
        'It was deleted. Is the index a mirror that serves files of its own?',
    );
  }
  return { file, sha256, fetched: true };
}

function archiveIn(folder: string, extension: string): string | null {
  if (!existsSync(folder)) return null;
  const name = readdirSync(folder).find((entry) => entry.endsWith(extension));
  return name === undefined ? null : path.join(folder, name);
}

/** Unpacks a package's archive into a folder that does not exist yet. */
export async function unpackPackage(archive: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const args = ['-xzf', archive, '-C', folder, '--strip-components=1'];
  const result = await runCommand('tar', args, { env });
  if (result.missing) throw new InstallError('"tar" was not found; it is needed to unpack packages of npm.');
  if (result.code !== 0) throw downloadError(path.basename(archive), 'its archive', result);
}
