import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { uniqueName } from '../../base/atomic-file.ts';

/** Bytes of the key. */
const length = 32;

/** Asked once for each file: a start reads several copies. */
const known = new Map<string, Buffer | null>();

/**
 * A secret of this user, by which a file that this user wrote is told from one that came with a project. It lies outside
 * all projects, in `$XDG_STATE_HOME` or `~/.local/state`, and is made when it is asked for first.
 *
 * @param root the project; a key that lies in it is none, because whoever made the project could have put it there
 * @returns null where it cannot be kept for this user alone
 */
export function userKey(root: string, env: Readonly<NodeJS.ProcessEnv> = process.env): Buffer | null {
  const file = keyFile(env);
  if (file === null || isInside(path.resolve(root), file)) return null;
  const found = known.get(file);
  if (found !== undefined) return found;
  const key = readKey(file) ?? makeKey(file);
  known.set(file, key);
  return key;
}

function keyFile(env: Readonly<NodeJS.ProcessEnv>): string | null {
  const state = env['XDG_STATE_HOME'] ?? '';
  // Whatever is no absolute path is to be ignored, says the specification of these folders.
  if (path.isAbsolute(state)) return path.join(state, 'pipeline', 'key');
  const home = homedir();
  return path.isAbsolute(home) ? path.join(home, '.local', 'state', 'pipeline', 'key') : null;
}

function isInside(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith(path.sep) ? folder : `${folder}${path.sep}`);
}

/** The key in the file, if nobody else can have read or chosen it. */
function readKey(file: string): Buffer | null {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch {
    return null;
  }
  try {
    const stat = fstatSync(handle);
    const me = process.getuid?.();
    const mine = me === undefined || (stat.uid === me && (stat.mode & 0o077) === 0);
    if (!stat.isFile() || stat.size !== length || !mine) return null;
    const key = Buffer.alloc(length);
    return readSync(handle, key, 0, length, 0) === length ? key : null;
  } catch {
    return null;
  } finally {
    closeSync(handle);
  }
}

/**
 * Makes the file whole or not at all. Where another process was faster, its key counts; a file that is no key of ours is
 * replaced, which costs what it sealed.
 */
function makeKey(file: string): Buffer | null {
  const temporary = uniqueName(file);
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch {
      // Reading tells whether there is a key now.
    }
  };
  attempt(() => {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, randomBytes(length), { flag: 'wx', mode: 0o600 });
  });
  attempt(() => linkSync(temporary, file));
  if (readKey(file) === null) attempt(() => renameSync(temporary, file));
  attempt(() => rmSync(temporary, { force: true }));
  return readKey(file);
}
