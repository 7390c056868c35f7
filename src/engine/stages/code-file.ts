import { accessSync, constants, statSync } from 'node:fs';

/** What is wrong with a path (absolute) as an entry of `code`; null when it is a file that can be read. */
export function codeProblem(file: string): { readonly what: string; readonly hint?: { readonly hint: string } } | null {
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) {
      return {
        what: 'is a directory',
        hint: {
          hint: 'name the program in it: what that imports is followed. A directory as a whole belongs into deps',
        },
      };
    }
    if (!stat.isFile()) return { what: 'is no regular file' };
    accessSync(file, constants.R_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { what: 'does not exist' };
    return { what: `cannot be read (${code ?? String(error)})`, hint: { hint: 'give this user the right to read it' } };
  }
}
