import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import type { StageInstance } from '../stages/types.ts';
import { type Check, note, ok } from './check.ts';

/** What a shell knows by itself, as far as commands begin with it. */
const shellWords = new Set(
  (
    '. : [ break cd case command continue echo eval exec exit export false for hash if kill local printf pwd read ' +
    'return set shift test time times trap true type ulimit umask unset until wait while source function select'
  ).split(' '),
);

/**
 * Whether the programs are on PATH that commands begin with. Never a problem: a command may define or install what it
 * calls.
 *
 * @param env the environment of stages
 */
export function programsCheck(
  instances: readonly Pick<StageInstance, 'stage' | 'commands'>[],
  env: Readonly<NodeJS.ProcessEnv>,
): Check {
  const users = new Map<string, string>();
  for (const { stage, commands } of instances) {
    for (const command of commands) {
      const program = firstProgram(command);
      if (program !== null && !users.has(program)) users.set(program, stage);
    }
  }
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const missing = [...users.keys()].filter((program) => !folders.some((folder) => isProgram(folder, program)));
  if (missing.length > 0) {
    const named = missing.map((program) => `${program} (stage ${users.get(program) ?? ''})`).join(', ');
    return note(
      'programs',
      `not on PATH: ${named}`,
      'install what is missing, or activate the environment that has it',
    );
  }
  if (users.size === 0) return ok('programs', 'commands begin with none that would have to be on PATH');
  const shown = [...users.keys()].slice(0, 5).join(', ');
  return ok('programs', `on PATH: ${shown}${users.size > 5 ? ` and ${users.size - 5} more` : ''}`);
}

/** The program that a command begins with, where that is a plain word; null for paths, assignments and shell syntax. */
function firstProgram(command: string): string | null {
  const [, word] = /^\s*([A-Za-z_][\w.+-]*)(?=[\s;&|]|$)/.exec(command) ?? [];
  return word === undefined || shellWords.has(word) ? null : word;
}

function isProgram(folder: string, name: string): boolean {
  const file = path.join(folder, name);
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
