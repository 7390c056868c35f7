/**
 * A stand-in for the service of Weights & Biases on the loopback interface: the requests that clients make to upload a
 * run, answered as the service's own clients expect, and stricter: whatever would lose or double something is refused.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export const KEY = 'f00dfacef00dfacef00dfacef00dfacef00dface';

/** The entity that the key belongs to. */
const VIEWER = 'tester';

/** What goes wrong with a request. */
export type Fault =
  /** It is never answered. */
  | { readonly type: 'hang' }
  /** It is answered with this status, and nothing happens. */
  | { readonly type: 'status'; readonly status: number; readonly retryAfter?: number }
  /** The connection breaks before anything happens. */
  | { readonly type: 'cut' }
  /** Everything happens, but the answer is lost. */
  | { readonly type: 'cut-after' };

export interface SeenRequest {
  /** `UpsertBucket`, `file_stream`, `PUT run.png`. */
  readonly name: string;
  /** Counts from 0. */
  readonly at: number;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServedRun {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly rows: string[];
  summary: string;
  readonly files: Map<string, Buffer>;
  exitCode: number | null;
  /** How often the run was said to be complete. */
  completions: number;
}

export interface ServedArtifact {
  readonly id: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly files: Map<string, Buffer>;
  manifest: Buffer | null;
  committed: boolean;
}

interface Slot {
  readonly md5: string | null;
  readonly store: (content: Buffer) => void;
  readonly name: string;
}

type Variables = Readonly<Record<string, unknown>>;

export class StandIn {
  /** By `entity/project/id`. */
  readonly runs = new Map<string, ServedRun>();
  /** By client id. */
  readonly artifacts = new Map<string, ServedArtifact>();
  readonly requests: SeenRequest[] = [];
  /** Asked for each request. */
  fault: (request: SeenRequest) => Fault | null = () => null;
  /** Changes what is answered to a GraphQL operation, as a service does that is not to be trusted. */
  twist: (operation: string, data: unknown) => unknown = (_operation, data) => data;
  readonly #slots = new Map<string, Slot>();
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Begins to answer; after `stop` at the same address as before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Refuses connections from now on. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks);
    const { url = '', method = '' } = request;
    const name = nameOf(method, url, body, this.#slots);
    const seen = { name, at: this.requests.length, method, url, headers: request.headers, body };
    this.requests.push(seen);
    const fault = this.fault(seen);
    if (fault?.type === 'hang') return;
    if (fault?.type === 'cut') {
      request.socket.destroy();
      return;
    }
    if (fault?.type === 'status') {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      response.writeHead(fault.status).end('{"error":"as the test wants it"}');
      return;
    }
    const [status, answer] = this.#answer(method, url, request.headers.authorization, body);
    if (fault?.type === 'cut-after') request.socket.destroy();
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #answer(
    method: string,
    url: string,
    authorization: string | undefined,
    body: Buffer,
  ): [status: number, answer: unknown] {
    if (method === 'PUT') return this.#put(url, authorization, body);
    if (authorization !== `Basic ${Buffer.from(`api:${KEY}`).toString('base64')}`)
      return [401, { error: 'who are you?' }];
    // Official clients also try addresses of their own, for telemetry.
    if (method !== 'POST' || !isKnown(url)) return [404, { error: `nothing is at ${url}` }];
    const message = JSON.parse(body.toString()) as Variables;
    if (url === '/graphql') {
      const { query, variables = {} } = message as { query: string; variables?: Variables };
      // Clients of the service say the same in variables of their own, or in one input.
      const said = (variables['input'] as Variables | undefined) ?? variables;
      try {
        const operation = operationOf(query);
        return [200, { data: this.twist(operation, this.#graphql(operation, said)) }];
      } catch (error) {
        return [200, { data: null, errors: [{ message: (error as Error).message }] }];
      }
    }
    const path = /^\/files\/([^/]+\/[^/]+\/[^/]+)\/file_stream$/.exec(url)?.[1];
    const run = path === undefined ? undefined : this.runs.get(path);
    return run === undefined ? [404, { error: `no run at ${url}` }] : this.#stream(run, message);
  }

  #put(url: string, authorization: string | undefined, body: Buffer): [number, unknown] {
    const slot = this.#slots.get(url);
    if (slot === undefined) return [404, { error: 'no such upload' }];
    // The address is signed and belongs to a store of somebody else.
    if (authorization !== undefined) return [400, { error: 'the key was sent to the file store' }];
    if (slot.md5 !== null && createHash('md5').update(body).digest('base64') !== slot.md5)
      return [400, { error: 'md5' }];
    slot.store(body);
    return [200, {}];
  }

  #stream(run: ServedRun, message: Variables): [number, unknown] {
    const files = (message['files'] ?? {}) as Record<string, { offset: number; content: string[] }>;
    const history = files['wandb-history.jsonl'];
    if (history !== undefined) {
      if (history.offset > run.rows.length)
        return [400, { error: `rows ${run.rows.length} to ${history.offset} are missing` }];
      for (const [at, row] of history.content.entries()) run.rows[history.offset + at] = row;
    }
    const summary = files['wandb-summary.json'];
    if (summary !== undefined) run.summary = summary.content[0] ?? '';
    if (message['complete'] === true) {
      run.completions++;
      run.exitCode = message['exitcode'] as number;
    }
    return [200, { exitcode: null, limits: {} }];
  }

  #graphql(operation: string, variables: Variables): unknown {
    switch (operation) {
      case 'Viewer':
        return { viewer: { id: 'VXNlcjox', entity: VIEWER, flags: '{}', teams: { edges: [] } } };
      case 'UpsertBucket':
        return this.#upsert(variables);
      case 'CreateRunFiles':
        return this.#runFiles(variables);
      case 'CreateArtifact':
        return this.#artifact(variables);
      case 'CreateArtifactManifest':
        return this.#manifest(variables);
      case 'CreateArtifactFiles':
        return this.#artifactFiles(variables);
      case 'CommitArtifact': {
        const artifact = this.#artifactById(variables['artifactID']);
        if (artifact.manifest === null) throw new Error('an artifact without its manifest cannot be committed');
        artifact.committed = true;
        return { commitArtifact: { artifact: { id: artifact.id, digest: artifact.variables['digest'] } } };
      }
      default:
        throw new Error(`Cannot query field "${operation}"`);
    }
  }

  #upsert(variables: Variables): unknown {
    const { name, project } = variables as { name: string; project: string };
    const entity = (variables['entity'] as string | null | undefined) ?? VIEWER;
    const wrapped = JSON.parse((variables['config'] as string | null | undefined) ?? '{}') as Record<
      string,
      { value?: unknown }
    >;
    for (const [key, value] of Object.entries(wrapped)) {
      if (!Object.hasOwn(value, 'value')) throw new Error(`config ${key} is not wrapped`);
    }
    const at = `${entity}/${project}/${name}`;
    const old = this.runs.get(at);
    const fresh = { rows: [], summary: '', files: new Map<string, Buffer>(), exitCode: null, completions: 0 };
    const news = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== null));
    this.runs.set(at, { ...(old ?? fresh), variables: { ...old?.variables, ...news } });
    const bucket = { id: name, name, project: { id: project, name: project, entity: { id: entity, name: entity } } };
    return { upsertBucket: { bucket, inserted: old === undefined } };
  }

  #runFiles({ entity, project, run, files }: Variables): unknown {
    const served = this.runs.get(`${(entity as string | null) ?? VIEWER}/${project as string}/${run as string}`);
    if (served === undefined) throw new Error('run not found');
    const targets = (files as string[]).map((name) => ({
      name,
      uploadUrl: this.#slot({ name, md5: null, store: (content) => void served.files.set(name, content) }),
    }));
    return { createRunFiles: { runID: run, uploadHeaders: ['x-test:1'], files: targets } };
  }

  #artifact(variables: Variables): unknown {
    const client = variables['clientID'] as string;
    const known = this.artifacts.get(client);
    const artifact = known ?? {
      id: `artifact-${this.artifacts.size}`,
      variables,
      files: new Map(),
      manifest: null,
      committed: false,
    };
    this.artifacts.set(client, artifact);
    return { createArtifact: { artifact: { id: artifact.id, state: artifact.committed ? 'COMMITTED' : 'PENDING' } } };
  }

  #manifest({ artifactID, includeUpload, digest, name }: Variables): unknown {
    const artifact = this.#artifactById(artifactID);
    const file =
      includeUpload === true
        ? {
            id: 'f',
            name,
            uploadUrl: this.#slot({
              name: name as string,
              md5: digest as string,
              store: (content) => (artifact.manifest = content),
            }),
            uploadHeaders: [],
          }
        : { id: 'f', name };
    return { createArtifactManifest: { artifactManifest: { id: `manifest-of-${artifact.id}`, file } } };
  }

  #artifactFiles({ artifactFiles, storageLayout }: Variables): unknown {
    if (storageLayout !== 'V2') throw new Error('expected the storage layout V2');
    const specs = artifactFiles as { artifactID: string; artifactManifestID: string; name: string; md5: string }[];
    const edges = specs.map(({ artifactID, artifactManifestID, name, md5 }) => {
      const artifact = this.#artifactById(artifactID);
      if (artifactManifestID !== `manifest-of-${artifactID}`) throw new Error('unknown manifest');
      const url = this.#slot({ name, md5, store: (content) => void artifact.files.set(name, content) });
      return {
        node: { id: name, name, displayName: name, uploadUrl: url, uploadHeaders: [], artifact: { id: artifactID } },
      };
    });
    return { createArtifactFiles: { files: { edges } } };
  }

  #artifactById(id: unknown): ServedArtifact {
    const found = [...this.artifacts.values()].find((artifact) => artifact.id === id);
    if (found === undefined) throw new Error('artifact not found');
    return found;
  }

  /** An address to put one file at. */
  #slot(slot: Slot): string {
    const path = `/storage/${randomUUID()}`;
    this.#slots.set(path, slot);
    return `${this.url}${path}`;
  }
}

function nameOf(method: string, url: string, body: Buffer, slots: ReadonlyMap<string, Slot>): string {
  if (method === 'PUT') return `PUT ${slots.get(url)?.name ?? '?'}`;
  if (url.endsWith('/file_stream')) return 'file_stream';
  if (!isKnown(url)) return `${method} ${url}`;
  return operationOf((JSON.parse(body.toString()) as { query: string }).query);
}

function isKnown(url: string): boolean {
  return url === '/graphql' || url.endsWith('/file_stream');
}

function operationOf(query: string): string {
  return /(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? '?';
}
