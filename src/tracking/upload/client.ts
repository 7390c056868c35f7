/**
 * The requests of Weights & Biases that uploading a run takes: GraphQL, the stream of rows, and files put where the
 * service says. Each has a time limit, and each failure says whether trying again makes sense.
 */
import { Backoff, pause } from './backoff.ts';
import { UploadError } from './upload-error.ts';
import { uploadHeaders, uploadUrl } from './upload-target.ts';

export interface ClientOptions {
  readonly baseUrl: string;
  readonly key: string;
  /** Of one request, in ms. */
  readonly timeout?: number;
  /** How often a request is sent that may succeed later (default 1). One that was not answered in time is not repeated. */
  readonly attempts?: number;
  readonly backoff?: Backoff;
  /** Ends whatever is under way. */
  readonly signal?: AbortSignal;
}

const TIMEOUT = 20_000;
const MIB = 2 ** 20;
/** Bytes of an answer that are read: it may name some ten thousand files with their signed addresses. */
const ANSWER = 64 * MIB;
/** Largest answer of a file store, in bytes; its content does not matter. */
const UPLOAD_ANSWER = MIB;
/** How often a file store may send an upload on. */
const REDIRECTS = 3;

export class WandbClient {
  readonly baseUrl: string;
  readonly #authorization: string;
  readonly #timeout: number;
  readonly #attempts: number;
  readonly #backoff: Backoff;
  readonly #signal: AbortSignal;

  constructor({ baseUrl, key, timeout = TIMEOUT, attempts = 1, backoff, signal }: ClientOptions) {
    this.baseUrl = baseUrl;
    this.#authorization = `Basic ${Buffer.from(`api:${key}`).toString('base64')}`;
    this.#timeout = timeout;
    this.#attempts = attempts;
    this.#backoff = backoff ?? new Backoff();
    this.#signal = signal ?? new AbortController().signal;
  }

  /** The `data` of an answer. Throws an UploadError. */
  async graphql(name: string, query: string, variables: Readonly<Record<string, unknown>>): Promise<unknown> {
    const answer = await this.#postJson('/graphql', name, { operationName: name, query, variables });
    const { data, errors } = answer as { data?: unknown; errors?: unknown };
    if (Array.isArray(errors) && errors.length > 0) {
      const reasons = errors.map((error) => (error as { message?: string } | null)?.message ?? 'no message');
      throw new UploadError(`the service refused ${name}: ${plainText(reasons.join('; '))}`, { transient: false });
    }
    if (typeof data !== 'object' || data === null) {
      throw new UploadError(`the service answered ${name} with no data`, { transient: true });
    }
    return data;
  }

  /** Appends to a run's files, or says that it is complete. Repeating a request changes nothing: offsets are absolute. */
  async fileStream(
    run: { readonly entity: string; readonly project: string; readonly id: string },
    body: object,
  ): Promise<void> {
    const parts = [run.entity, run.project, run.id];
    const odd = parts.find((part) => ['', '.', '..'].includes(part));
    if (odd !== undefined) throw new UploadError(`no run can be at ${parts.join('/')}`, { transient: false });
    const path = parts.map(encodeURIComponent).join('/');
    await this.#postJson(`/files/${path}/file_stream`, 'file_stream', body);
  }

  /** Puts a file where the service said, with the headers (`Name:value`) that it said. The key is not sent there. */
  async put(url: string, headers: readonly string[], content: Uint8Array): Promise<void> {
    const init = { method: 'PUT', headers: uploadHeaders(headers), body: content };
    await this.#fetch(uploadUrl(url, this.baseUrl), 'uploading a file', init);
  }

  async #postJson(path: string, what: string, body: object): Promise<unknown> {
    const text = await this.#fetch(new URL(`${this.baseUrl}${path}`), what, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: this.#authorization },
      body: JSON.stringify(body),
    });
    const answer = text === '' ? {} : parsed(text);
    if (typeof answer === 'object' && answer !== null) return answer;
    throw new UploadError(`the service answered ${what} with something that is not JSON`, { transient: true });
  }

  async #fetch(url: URL, what: string, init: Init): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        const text = await this.#fetchOnce(url, what, init);
        this.#backoff.reset();
        return text;
      } catch (error) {
        const mayRepeat = error instanceof UploadError && error.transient && !error.timedOut;
        if (!mayRepeat || attempt >= this.#attempts || this.#signal.aborted) throw error;
        await pause(this.#backoff.next(error.retryAfter), this.#signal);
      }
    }
  }

  /** A file store may send a client on to another of its hosts; the service, which is given the key, may not. */
  async #fetchOnce(url: URL, what: string, init: Init): Promise<string> {
    const limit = AbortSignal.timeout(this.#timeout);
    const signal = AbortSignal.any([limit, this.#signal]);
    const isUpload = init.method === 'PUT';
    let place = url;
    for (let hops = 0; ; hops++) {
      let response: Response;
      let text: string | null;
      try {
        response = await fetch(place, { ...init, redirect: 'manual', signal });
        text = await textOf(response, isUpload ? UPLOAD_ANSWER : ANSWER);
      } catch (error) {
        const timedOut = limit.aborted;
        const reason = timedOut ? `did not answer within ${this.#timeout / 1000} s` : reasonOf(error);
        throw new UploadError(`${place.host} ${reason}`, { transient: true, timedOut });
      }
      const next = response.headers.get('location');
      const isSentOn = response.status >= 300 && response.status < 400 && next !== null;
      if (!isSentOn) {
        if (!response.ok) throw refusal(response, place, what);
        if (text !== null || isUpload) return text ?? '';
        throw new UploadError(`${place.host} answered ${what} with more than ${ANSWER / MIB} MiB`, {
          transient: false,
        });
      }
      const isFollowed = isUpload && (response.status === 307 || response.status === 308) && hops < REDIRECTS;
      if (!isFollowed) throw sentOn(place, next, what);
      place = uploadUrl(next, place.href);
    }
  }
}

interface Init {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return `cannot be reached${cause?.code === undefined ? '' : ` (${cause.code})`}`;
}

/** The body, or null when it is longer than so many bytes. */
async function textOf(response: Response, limit: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop ends the download.
    if (length > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Words of the service that may reach a terminal: in one line, of bounded length. */
function plainText(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 500);
}

function sentOn({ host }: URL, location: string, what: string): UploadError {
  const to = URL.canParse(location, `https://${host}`) ? new URL(location, `https://${host}`).origin : 'nowhere';
  const advice = what === 'uploading a file' ? '' : '. If you trust that address, set WANDB_BASE_URL to it';
  return new UploadError(`${host} sends ${what} on to ${to}${advice}`, { transient: false });
}

function refusal({ status, headers }: Response, { host }: URL, what: string): UploadError {
  if (status === 401 || status === 403) {
    const message = `${host} does not accept the API key (${status}). Check WANDB_API_KEY or ~/.netrc`;
    return new UploadError(message, { transient: false });
  }
  const transient = status === 408 || status === 409 || status === 429 || status >= 500;
  const seconds = Number(headers.get('retry-after') ?? NaN);
  const retryAfter = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
  return new UploadError(`${host} answered ${what} with ${status}`, { transient, retryAfter });
}
