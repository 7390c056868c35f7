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

/**
 * The program files that a command names when it is of the form `tsx FILE ...` or `node FILE ...` (options before FILE
 * are allowed): the code of a stage whose pipeline.yaml names none.
 */
export function codeOfCommand(command: string, root: string): string[] {
  const [program, ...rest] = commandWords(command) ?? command.split(/\s+/);
  if (program !== 'tsx' && program !== 'node') return [];
  const file = rest.find((word) => codeFile.test(word) && existsSync(path.resolve(root, word)));
  return file === undefined ? [] : [path.posix.normalize(file)];
}
