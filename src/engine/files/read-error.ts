import { between } from '../../base/real-place.ts';
import { ArtifactError } from './artifact-error.ts';
import { NotAFileError } from './regular-file.ts';

/** Why something could not be read, as the rest of a sentence; null for an error that is not about reading. */
export function whyUnreadable(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof NotAFileError) return error.message.slice(error.path.length + 1);
  const code = (error as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist';
    case 'EISDIR':
      return 'is a directory; a file was expected';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    case 'ELOOP':
      return 'is reached through symbolic links that lead around in a circle, or through too many of them';
    case 'ENAMETOOLONG':
      return 'has a name that is longer than the file system allows';
    case 'EIO':
      return 'cannot be read: the disk, or what it hangs on, reports an error (EIO)';
    case 'ESTALE':
      return 'cannot be read: the network file system has lost it (ESTALE); run again, and mount it again if that stays';
    case 'ENXIO':
      return 'is a socket or a device, neither a file nor a directory';
    case 'EAGAIN':
      return 'gives its content only bit by bit, as files of the kernel do';
    default:
      return /^E[A-Z0-9]+$/.test(code) ? `cannot be read: ${error.message}` : null;
  }
}

/**
 * The same error as a sentence that names the path as the project knows it; what is no error of reading stays what it is.
 *
 * @param shown what was being read, for errors that name no path
 * @param advice what to do where reading was refused
 */
export function asReadError(root: string, shown: string, error: unknown, advice = adviceWhenRefused): unknown {
  if (error instanceof ArtifactError) return error;
  const why = whyUnreadable(error);
  if (why === null) return error;
  const { path: absolute } = error as NodeJS.ErrnoException;
  const named = absolute === undefined ? shown : shownPath(root, absolute);
  return new ArtifactError(`${shortened(named)} ${why}${isRefused(error) ? `. ${advice}` : ''}`);
}

/** A name that Node could not decode: the name it gives is one that no file has. */
export function notUtf8(shown: string): ArtifactError {
  return new ArtifactError(
    `${shown} has a name that is not UTF-8 (\ufffd stands for what cannot be read of it), so its content could not be ` +
      'brought back under that name. Rename it, or name it in .pipelineignore if it does not count.',
  );
}

/** Whether the system refused to read for want of a right. */
export function isRefused(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}

const give = 'Give this user the right to read it (and to enter the folders around it)';

/** What to do about something below a folder that was named. */
export const adviceWhenRefused = `${give}, or name it in .pipelineignore if it does not count.`;

/** What to do about something that was named itself: that counts in any case. */
export const adviceWhenNamedRefused = `${give}.`;

/** A path as the project knows it: relative where it lies inside. */
export function shownPath(root: string, absolute: string): string {
  const inside = between(root, absolute);
  return inside === '' ? '.' : (inside ?? absolute);
}

/** A path that no screen could show, from its beginning. */
export function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 200)}...` : text;
}
