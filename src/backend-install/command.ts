import { spawn } from 'node:child_process';
import { InstallError } from './install-error.ts';

export interface CommandResult {
  /** Null when the program could not be started, or was ended by a signal or by its time limit. */
  readonly code: number | null;
  /** The program does not exist. */
  readonly missing: boolean;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Time limit in ms; none by default. */
  readonly timeout?: number;
}

/** Runs a program, without a shell, to its end. Never throws: what came of it is the answer. */
export function runCommand(
  program: string,
  args: readonly string[],
  { env, cwd, timeout }: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
    }
    let timedOut = false;
    const clock =
      timeout === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGKILL');
          }, timeout);
    const end = (code: number | null, missing: boolean): void => {
      clearTimeout(clock);
      resolve({ code, missing, timedOut, ...texts });
    };
    child.on('error', (error: NodeJS.ErrnoException) => end(null, error.code === 'ENOENT'));
    child.on('close', (code) => end(code, false));
  });
}

/** The first of several commands that answers `--version` with success, with what it said; null when none does. */
export async function firstThatWorks(
  commands: readonly (readonly string[])[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly command: readonly string[]; readonly version: string } | null> {
  for (const command of commands) {
    const [program = '', ...args] = command;
    const { code, stdout } = await runCommand(program, [...args, '--version'], { env });
    if (code === 0) return { command, version: stdout.split('\n', 1)[0] ?? '' };
  }
  return null;
}

const FULL = /no space left on device|ENOSPC|disk quota exceeded/i;
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|name or service not known|temporary failure in name resolution|failed to establish a new connection|connection (?:broken|timed out|refused)|timed out|network is unreachable|proxy/i;

/**
 * A download that failed, as a message.
 *
 * @param what what was to come, e.g. `tensorflow-cpu 2.21.0`
 * @param from who was asked, e.g. `the Python index`
 */
export function downloadError(what: string, from: string, { stdout, stderr }: CommandResult): InstallError {
  const said = `${stderr}\n${stdout}`;
  if (FULL.test(said)) return new InstallError(`The disk is full: ${what} could not be stored. Make room first.`);
  if (UNREACHABLE.test(said)) {
    return new InstallError(`${what} could not be downloaded: ${from} cannot be reached. Is there a network?`);
  }
  if (/no matching (?:distribution|version)|\bE404\b/i.test(said)) {
    return new InstallError(`${what} could not be downloaded: ${from} does not have it, or cannot be reached.`);
  }
  return new InstallError(`${what} could not be downloaded from ${from}: ${errorLine(said)}`);
}

/** The line that says most about what went wrong. */
export function errorLine(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const telling = lines.find((line) => /\berror\b/i.test(line)) ?? lines.filter((line) => line !== '').at(-1);
  return telling ?? 'it said nothing';
}
