/** The shared folder cannot be reached or written. The message says what to do. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
}

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const refused = new Set(['EACCES', 'EPERM']);

/** An error of the system in a remote as one that names the remote; other errors stay what they are. */
export function asRemoteError(error: unknown, directory: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const at = [dest, path].find((name) => name?.startsWith(directory)) ?? directory;
  if (full.has(code)) {
    return new RemoteError(
      `the remote ${directory} has no room left (${code}). What was copied is whole. Make room there, and push again.`,
    );
  }
  if (refused.has(code)) {
    return new RemoteError(
      `the remote ${directory} cannot be written: ${at} belongs to somebody else (${code}). A remote for several people ` +
        'is a folder that all of them may write into, such as one of their group with mode 2775; folders that are in it ' +
        'already need the same (`chmod -R g+rwX`, by their owner).',
    );
  }
  if (code === 'EROFS') {
    return new RemoteError(
      `the remote ${directory} is mounted read-only (${code}). Mount it for writing, and push again.`,
    );
  }
  return new RemoteError(
    `the remote ${directory} cannot be used: ${error.message}. Look whether it is mounted and whole, and push again.`,
  );
}
