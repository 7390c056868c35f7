/**
 * tsx keeps what it has compiled in a folder of the temporary directory, which all users of a machine share, and runs
 * what it finds there without asking whose it is. Where somebody else can write there, it has to work without.
 */
import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/** Environment variables with which a program that tsx starts runs nothing that another user has put in its way. */
export function tsxCacheVariables(directory: string = tmpdir()): Readonly<Record<string, string>> {
  const user = process.geteuid?.();
  // Windows gives each user a temporary directory of their own.
  if (user === undefined || isPrivate(directory, user)) return {};
  return { TSX_DISABLE_CACHE: '1' };
}

/** Makes the folder if it is missing, under the name that tsx gives it, and says whether it is the user's alone. */
function isPrivate(directory: string, user: number): boolean {
  try {
    const real = realpathSync(directory);
    if (!isReliable(real, user)) return false;
    const folder = path.join(real, `tsx-${user}`);
    if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) mkdirSync(folder, { mode: 0o700 });
    const stat = lstatSync(folder);
    return stat.isDirectory() && stat.uid === user && (stat.mode & WRITABLE_BY_OTHERS) === 0;
  } catch {
    return false;
  }
}

/** Whether nobody else can swap what lies in a directory: each above it is ours or root's, and closed to others or sticky. */
function isReliable(directory: string, user: number): boolean {
  for (let at = directory; ; at = path.dirname(at)) {
    const { uid, mode } = statSync(at);
    const isClosed = (mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0;
    if ((uid !== user && uid !== 0) || !isClosed) return false;
    if (at === path.dirname(at)) return true;
  }
}
