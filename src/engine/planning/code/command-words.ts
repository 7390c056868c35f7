import { existsSync } from 'node:fs';
import path from 'node:path';

const codeFile = /\.[cm]?[jt]sx?$/;

/**
 * The words of a command that needs no shell: plain words, '...' and "..." without expansions. Null when the shell
 * would do more than split it (pipes, variables, globs, redirections, several commands).
 */
export function commandWords(command: string): string[] | null {
  const words: string[] = [];
  const pattern = /\s*(?:'([^']*)'|"([^"\\$`]*)"|([^\s'"\\$`|&;<>()*?[\]{}#~!]+))/y;
  let open = '';
  let at = 0;
  let inWord = false;
  while (at < command.length) {
    if (/\s/.test(command.charAt(at))) {
      if (inWord) words.push(open);
      open = '';
      inWord = false;
      at++;
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(command);
    if (match === null) return null;
    open += match[1] ?? match[2] ?? match[3] ?? '';
    inWord = true;
    at = pattern.lastIndex;
  }
  if (inWord) words.push(open);
  return words;
}

/** A command of the form `tsx FILE ARGS...` with FILE in the project, or null. */
export function asTsxCommand(command: string, root: string): { file: string; args: string[] } | null {
  const [program, file, ...args] = commandWords(command) ?? [];
  if (program !== 'tsx' || file === undefined || !codeFile.test(file)) return null;
  return existsSync(path.resolve(root, file)) ? { file, args } : null;
}

/** The program of a command `node FILE ...` or `tsx FILE ...`, and whether the command is nothing but that. */
export interface NodeProgram {
  readonly file: string;
  readonly plain: boolean;
}

/** The first program file that a command names which begins with `node` or `tsx`, after whatever options; else null. */
export function codeOfCommand(command: string, isFile: (file: string) => boolean): NodeProgram | null {
  const words = commandWords(command);
  const [program, ...rest] = words ?? command.split(/\s+/);
  if (program !== 'tsx' && program !== 'node') return null;
  const file = rest.find((word) => codeFile.test(word) && isFile(word));
  if (file === undefined) return null;
  return { file: path.posix.normalize(file), plain: words !== null && file === rest[0] };
}
