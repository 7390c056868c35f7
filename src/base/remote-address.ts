/**
 * The address of a git remote as others may see it: without user, password, query and fragment, which are known to hold
 * access tokens. Null where it cannot be told from a secret, and for a path of this machine, which helps nobody else.
 */
export function publicRemote(remote: string): string | null {
  const text = remote.trim();
  // A line break or another control character belongs to no address; `transport::address` is a command of git's own.
  if (/[\p{Cc}\s]/u.test(text) || /^[\w+.-]+::/.test(text)) return null;
  return text.includes('://') ? publicUrl(text) : publicHostPath(text);
}

function publicUrl(text: string): string | null {
  // A password with an unescaped "/", "?" or "#" in it ends what a parser takes for the host too early.
  const isWhole = /^[a-z][\w+.-]*:\/\/[^/?#\\]+(?:[/?#][^@\\]*)?$/i.test(text);
  if (!isWhole || !URL.canParse(text)) return null;
  const { protocol, host, pathname } = new URL(text);
  return host === '' || protocol === 'file:' ? null : `${protocol}//${host}${pathname}`;
}

/** `user@host:path`, as ssh has it. The colon comes before any slash; one letter alone is a drive of Windows. */
function publicHostPath(text: string): string | null {
  const parts = /^(?:[^@:/]+@)?(\[[0-9a-f:.]+\]|[^@:/[\]]{2,}):([^@?#]+)(?:[?#][^@]*)?$/i.exec(text);
  return parts === null ? null : `${parts[1] ?? ''}:${parts[2] ?? ''}`;
}
