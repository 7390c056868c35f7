/**
 * Where the service wants a file put. The service chooses the address and some headers, and nothing else: which files
 * are uploaded is ours to say, and the key is never part of it.
 */
import { UploadError } from './upload-error.ts';

export interface UploadTarget {
  readonly name: string;
  readonly url: string;
  /** `Name:value`. */
  readonly headers: readonly string[];
}

/** One entry of the service's answer. Throws an UploadError where it has another form. */
export function uploadTarget(name: unknown, url: unknown, headers: unknown): UploadTarget {
  const list = headers ?? [];
  const isKnown =
    typeof name === 'string' && typeof url === 'string' && Array.isArray(list) && list.every(isText) && name !== '';
  if (!isKnown) {
    throw new UploadError('the service says in a form that is not known where to put files', { transient: false });
  }
  return { name, url, headers: list };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Entries in the order asked for, one for each name. Throws an UploadError for a name that nobody asked for. */
export function targetsFor(
  names: readonly string[],
  targets: readonly UploadTarget[],
  operation: string,
): Map<string, UploadTarget> {
  const asked = new Set(names);
  const found = new Map<string, UploadTarget>();
  for (const target of targets) {
    if (!asked.has(target.name) || found.has(target.name)) {
      const name = JSON.stringify(target.name.slice(0, 200));
      throw new UploadError(`the service answered ${operation} with ${name}, which it was not asked for`, {
        transient: false,
      });
    }
    found.set(target.name, target);
  }
  return found;
}

/**
 * The address of an upload: https, or http where the service itself is asked over http. Files usually go to a store on
 * another host, so that any host is fine. Throws an UploadError.
 */
export function uploadUrl(text: string, base: string): URL {
  if (!URL.canParse(text, base)) throw refused('one that is no address');
  const url = new URL(text, base);
  const allowed = new URL(base).protocol === 'http:' ? ['http:', 'https:'] : ['https:'];
  if (!allowed.includes(url.protocol)) throw refused(`one that begins with ${url.protocol}`);
  if (url.username !== '' || url.password !== '') throw refused('one with a user name or password');
  return url;
}

function refused(what: string): UploadError {
  return new UploadError(`the service wants a file put at an address that is refused: ${what}`, { transient: false });
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** They speak for a person, or say how the connection works: not the service's to choose. */
const NEVER = /^(?:authorization|cookie2?|host|connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** The headers of an upload by name. Throws an UploadError for one that is not plain or not the service's to choose. */
export function uploadHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, Math.max(colon, 0)).trim(), line.slice(colon + 1).trim()];
    const isPlain = TOKEN.test(name) && VALUE.test(value);
    if (!isPlain || NEVER.test(name) || /^proxy-/i.test(name)) {
      const what = isPlain ? name : JSON.stringify(line.slice(0, 80));
      throw new UploadError(`the service asks for a header that is not sent: ${what}`, { transient: false });
    }
    // Its own length is what it is.
    if (!/^content-length$/i.test(name)) headers[name] = value;
  }
  return headers;
}
