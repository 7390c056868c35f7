import { statSync } from 'node:fs';
import type { Exit } from './executor.ts';
import { limitAdvice } from './limit-advice.ts';

/** Bytes that Linux takes as one argument, the zero at its end included; other systems take more. */
const longestArgument = 128 * 1024;

/** Why a process could not be started, in words that say what to do. */
export function startFailure(
  error: unknown,
  what: string,
  { cwd, env, command = '' }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly command?: string },
): Extract<Exit, { readonly type: 'not-started' }> {
  const message = error instanceof Error ? error.message : String(error);
  // Of a missing working directory the system says that the program does not exist.
  const place = statSync(cwd, { throwIfNoEntry: false });
  if (place?.isDirectory() !== true) {
    const found = place === undefined ? 'does not exist' : 'is no folder';
    return { type: 'not-started', message: `the working directory ${cwd} ${found}: make it a folder, or correct wdir` };
  }
  const { code } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code === 'E2BIG') return { type: 'not-started', message: tooLong(command, env) };
  const advice = error instanceof Error ? limitAdvice(error) : '';
  return { type: 'not-started', message: `cannot start ${what}: ${message}${advice}` };
}

function tooLong(command: string, env: NodeJS.ProcessEnv): string {
  const length = Buffer.byteLength(command);
  if (length >= longestArgument) {
    return (
      `the command is ${kibibytes(length)} long, and the system takes at most ${kibibytes(longestArgument)} as one ` +
      'argument. Write the list that makes it so long to a file, and let the command read that file'
    );
  }
  const variables = Object.entries(env).map(([name, value]) => ({
    name,
    size: Buffer.byteLength(`${name}=${value ?? ''}`),
  }));
  const all = variables.reduce((sum, { size }) => sum + size, 0);
  const [largest] = variables.sort((a, b) => b.size - a.size);
  const named =
    largest === undefined ? '' : `; the largest variable is ${largest.name} with ${kibibytes(largest.size)}`;
  return (
    `the environment is too large for a command: ${kibibytes(all)}${named}. Unset what the stage does not need; the ` +
    `system takes at most ${kibibytes(longestArgument)} for one variable, and for all together a quarter of "ulimit -s"`
  );
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
