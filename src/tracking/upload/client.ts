/**
 * The requests of Weights & Biases that uploading a run takes: GraphQL, the stream of rows, and files put where the
 * service says. Each has a time limit, and each failure says whether trying again makes sense.
 */
import { Backoff, pause } from './backoff.ts';
import { UploadError } from './upload-error.ts';

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
    const { data, errors } = answer as { data?: unknown; errors?: readonly { readonly message?: string }[] };
    if (errors !== undefined && errors.length > 0) {
      const reason = errors.map(({ message }) => message ?? 'no message').join('; ');
      throw new UploadError(`the service refused ${name}: ${reason}`, { transient: false });
    }
    return data;
  }

  /** Appends to a run's files, or says that it is complete. Repeating a request changes nothing: offsets are absolute. */
  async fileStream(
    run: { readonly entity: string; readonly project: string; readonly id: string },
    body: object,
  ): Promise<void> {
    const path = [run.entity, run.project, run.id].map(encodeURIComponent).join('/');
    await this.#postJson(`/files/${path}/file_stream`, 'file_stream', body);
  }

  /** Puts a file where the service said, with the headers (`Name:value`) that it said. The key is not sent there. */
  async put(url: string, headers: readonly string[], content: Uint8Array): Promise<void> {
    const pairs = headers.map((header): [string, string] => {
      const colon = header.indexOf(':');
      return [header.slice(0, colon), header.slice(colon + 1)];
    });
    const target = new URL(url, this.baseUrl);
    await this.#fetch(target, 'uploading a file', { method: 'PUT', headers: Object.fromEntries(pairs), body: content });
  }

  async #postJson(path: string, what: string, body: object): Promise<unknown> {
    const text = await this.#fetch(new URL(`${this.baseUrl}${path}`), what, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: this.#authorization },
      body: JSON.stringify(body),
    });
    try {
      return text === '' ? {} : JSON.parse(text);
    } catch {
      throw new UploadError(`the service answered ${what} with something that is not JSON`, { transient: true });
    }
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

  async #fetchOnce(url: URL, what: string, init: Init): Promise<string> {
    const limit = AbortSignal.timeout(this.#timeout);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, { ...init, signal: AbortSignal.any([limit, this.#signal]) });
      text = await response.text();
    } catch (error) {
      const timedOut = limit.aborted;
      const reason = timedOut ? `did not answer within ${this.#timeout / 1000} s` : reasonOf(error);
      throw new UploadError(`${url.host} ${reason}`, { transient: true, timedOut });
    }
    if (response.ok) return text;
    throw refusal(response, what);
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

function refusal({ status, headers, url }: Response, what: string): UploadError {
  const host = new URL(url).host;
  if (status === 401 || status === 403) {
    const message = `${host} does not accept the API key (${status}). Check WANDB_API_KEY or ~/.netrc`;
    return new UploadError(message, { transient: false });
  }
  const transient = status === 408 || status === 409 || status === 429 || status >= 500;
  const seconds = Number(headers.get('retry-after') ?? NaN);
  const retryAfter = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
  return new UploadError(`${host} answered ${what} with ${status}`, { transient, retryAfter });
}
