import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WandbRecord } from '../../../src/tracking/offline/records.ts';
import { WandbClient } from '../../../src/tracking/upload/client.ts';
import { foundRun } from '../../../src/tracking/upload/find-runs.ts';
import { syncRun, type SyncOutcome } from '../../../src/tracking/upload/sync.ts';
import { KEY, StandIn } from '../service/stand-in.ts';
import { artifactRecord, fileRecord, writeRun, type WrittenRun } from '../support/run-directory.ts';

/** Another host that a service could name; it keeps what it is sent. */
class OtherHost {
  readonly seen: { readonly method: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] =
    [];
  #server: Server | null = null;
  url = '';

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', headers } = request;
        this.seen.push({ method, headers, body: Buffer.concat(chunks).toString() });
        response.end('{}');
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }
}

describe('an upload that is not to be trusted', () => {
  let root: string;
  let service: StandIn;
  let other: OtherHost;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'untrusted-'));
    writeFileSync(join(root, 'secret.txt'), 'SECRET');
    service = new StandIn();
    other = new OtherHost();
    await Promise.all([service.start(), other.start()]);
  });
  afterEach(async () => {
    await Promise.all([service.stop(), other.stop()]);
    rmSync(root, { recursive: true, force: true });
  });

  const client = (): WandbClient => new WandbClient({ baseUrl: service.url, key: KEY });
  const write = (run: WrittenRun): string => writeRun(join(root, 'wandb'), run);
  const sync = (directory: string): Promise<SyncOutcome> => syncRun(foundRun(directory)!, client());
  const failure = async (directory: string): Promise<string> => {
    const outcome = await sync(directory);
    assert.ok(outcome.type === 'failed', JSON.stringify(outcome));
    assert.ok(!readdirSync(directory).some((name) => name.endsWith('.synced')));
    return outcome.reason;
  };
  /** Nothing of the secret reached anybody. */
  const nothingLeft = (): void => {
    for (const { body } of service.requests) assert.ok(!body.includes('SECRET'));
    for (const { body } of other.seen) assert.ok(!body.includes('SECRET'));
  };
  const md5 = (text: string): string => createHash('md5').update(text).digest('base64');

  describe('by a service', () => {
    for (const name of ['../../../secret.txt', 'other.txt', '/etc/hostname', '']) {
      it(`that names the file ${JSON.stringify(name)}, which it was not asked for, gets nothing`, async () => {
        service.twist = (operation, data) => {
          if (operation !== 'CreateRunFiles') return data;
          const files = [{ name, uploadUrl: `${other.url}/steal` }];
          return { createRunFiles: { runID: 'x', uploadHeaders: [], files } };
        };
        const directory = write({
          records: [fileRecord('a.txt')],
          files: { 'files/a.txt': 'a', 'files/other.txt': 'b' },
        });
        const reason = await failure(directory);
        assert.match(reason, name === '' ? /in a form that is not known/ : /which it was not asked for$/);
        assert.ok(name === '' || reason.includes(JSON.stringify(name)));
        assert.deepEqual(other.seen, []);
        nothingLeft();
      });
    }

    it('that names one file twice is refused, so that no file goes to two places', async () => {
      service.twist = (operation, data) => {
        if (operation !== 'CreateRunFiles') return data;
        const file = { name: 'a.txt', uploadUrl: `${other.url}/steal` };
        return { createRunFiles: { uploadHeaders: [], files: [file, file] } };
      };
      const directory = write({ records: [fileRecord('a.txt')], files: { 'files/a.txt': 'a' } });
      assert.match(await failure(directory), /answered CreateRunFiles with "a\.txt", which it was not asked for/);
      assert.deepEqual(other.seen, []);
    });

    it('that names another file of an artifact gets nothing', async () => {
      service.twist = (operation, data) => {
        if (operation !== 'CreateArtifactFiles') return data;
        const node = { name: '../../secret.txt', uploadUrl: `${other.url}/steal`, uploadHeaders: [] };
        return { createArtifactFiles: { files: { edges: [{ node }] } } };
      };
      const directory = write({
        records: [artifactRecord('t.csv', '')],
        files: { 'artifacts/tables/t.csv': 'a', 'artifacts/secret.txt': 'SECRET' },
      });
      assert.match(await failure(directory), /CreateArtifactFiles with "\.\.\/\.\.\/secret\.txt", which it was not/);
      nothingLeft();
    });

    it('that forgets a file does not have the run marked as uploaded', async () => {
      service.twist = (operation, data) =>
        operation === 'CreateRunFiles' ? { createRunFiles: { uploadHeaders: [], files: [] } } : data;
      const directory = write({ records: [fileRecord('a.txt')], files: { 'files/a.txt': 'a' } });
      assert.match(await failure(directory), /does not say where to put files\/a\.txt/);
    });

    it('may put files on another host, which gets the file and the headers, and no key', async () => {
      service.twist = (operation, data) => {
        if (operation !== 'CreateRunFiles') return data;
        const files = [{ name: 'a.txt', uploadUrl: `${other.url}/bucket?signature=1` }];
        return { createRunFiles: { uploadHeaders: ['x-goog-meta: 1', 'Content-Type:text/plain'], files } };
      };
      assert.deepEqual(await sync(write({ records: [fileRecord('a.txt')], files: { 'files/a.txt': 'a' } })), {
        type: 'uploaded',
      });
      const [request] = other.seen;
      assert.deepEqual([request?.method, request?.body], ['PUT', 'a']);
      assert.equal(request?.headers['x-goog-meta'], '1');
      assert.equal(request.headers.authorization, undefined);
    });

    for (const [what, uploadUrl, uploadHeaders, message] of [
      ['a file address', 'file:///etc/hostname', [], /address that is refused: one that begins with file:/],
      ['a data address', 'data:text/plain,x', [], /one that begins with data:/],
      ['what is no address', 'http://[', [], /one that is no address/],
      ['an address with a password', 'http://user:pw@127.0.0.1/x', [], /one with a user name or password/],
      ['a number', 5, [], /in a form that is not known/],
      ['an authorization', null, ['Authorization:Basic x'], /asks for a header that is not sent: Authorization/],
      ['a cookie', null, ['cookie: a=b'], /a header that is not sent: cookie/],
      ['a host', null, ['Host:internal'], /a header that is not sent: Host/],
      ['a second header in a value', null, ['x-a:1\r\nAuthorization: x'], /a header that is not sent: "x-a/],
      ['a header without a name', null, ['nothing'], /a header that is not sent: "nothing"/],
    ] as const) {
      it(`that wants ${what} is told that it is refused`, async () => {
        service.twist = (operation, data) => {
          if (operation !== 'CreateRunFiles') return data;
          const files = [{ name: 'a.txt', uploadUrl: uploadUrl ?? `${other.url}/x` }];
          return { createRunFiles: { uploadHeaders, files } };
        };
        assert.match(await failure(write({ records: [fileRecord('a.txt')], files: { 'files/a.txt': 'a' } })), message);
        assert.deepEqual(other.seen, []);
      });
    }

    for (const [what, answer] of [
      ['null', null],
      ['a text', 'x'],
      ['empty maps', {}],
      ['lists of null', { createRunFiles: { files: [null] }, createArtifactFiles: { files: { edges: [null] } } }],
      ['numbers', { createRunFiles: 1, upsertBucket: 2, viewer: 3, createArtifact: 4 }],
    ] as const) {
      it(`that answers ${what} is a reason in words`, async () => {
        const files = { 'files/a.txt': 'a', 'artifacts/tables/t.csv': 'a' };
        const directory = write({ records: [fileRecord('a.txt'), artifactRecord('t.csv', '')], files });
        for (const operation of ['Viewer', 'UpsertBucket', 'CreateRunFiles', 'CreateArtifact', 'CreateArtifactFiles']) {
          service.twist = (name, data) => (name === operation ? answer : data);
          const outcome = await sync(directory);
          if (outcome.type === 'failed') assert.doesNotMatch(outcome.reason, /TypeError|undefined|properties|iterable/);
        }
      });
    }

    it('cannot draw on the terminal', async () => {
      service.twist = () => {
        throw new Error('\u001b]0;owned\u0007\nnext');
      };
      const reason = await failure(write({}));
      assert.equal(reason, 'the service refused Viewer:  ]0;owned next');
    });
  });

  describe('over a redirect', () => {
    let front: Server;
    let base: string;
    let location = '';
    let status = 307;
    beforeEach(async () => {
      front = createServer((request, response) => {
        request
          .resume()
          .on('end', () => response.writeHead(status, { location: location + (request.url ?? '') }).end());
      });
      await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
      base = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    });
    afterEach(async () => {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
    });

    for (const code of [301, 302, 303, 307, 308]) {
      it(`of the service (${code}) takes neither key nor run elsewhere, and says where it leads`, async () => {
        [status, location] = [code, other.url];
        const outcome = await syncRun(foundRun(write({}))!, new WandbClient({ baseUrl: base, key: KEY }));
        assert.ok(outcome.type === 'failed');
        assert.equal(
          outcome.reason,
          `${new URL(base).host} sends Viewer on to ${other.url}. If you trust that address, set WANDB_BASE_URL to it`,
        );
        assert.deepEqual(other.seen, []);
      });
    }

    const through = (): void => {
      service.twist = (operation, data) =>
        operation === 'CreateRunFiles'
          ? { createRunFiles: { uploadHeaders: [], files: [{ name: 'a.txt', uploadUrl: `${base}/x` }] } }
          : data;
    };

    it('of a file store (307) puts the file there', async () => {
      through();
      [status, location] = [307, other.url];
      const directory = write({ records: [fileRecord('a.txt')], files: { 'files/a.txt': 'a' } });
      assert.deepEqual(await sync(directory), { type: 'uploaded' });
      assert.deepEqual([other.seen[0]?.method, other.seen[0]?.body], ['PUT', 'a']);
    });

    for (const [what, to, message] of [
      ['in a circle', () => base, /sends uploading a file on to http:/],
      ['to a file', () => 'file://', /refused: one that begins with file:/],
    ] as const) {
      it(`of a file store ${what} ends`, async () => {
        through();
        [status, location] = [307, to()];
        assert.match(await failure(write({ records: [fileRecord('a.txt')], files: { 'files/a.txt': 'a' } })), message);
      });
    }
  });

  it('of a service that answers without an end is broken off', async function () {
    this.timeout(60_000);
    const chunk = Buffer.alloc(2 ** 20, 'x');
    const endless = createServer((request, response) => {
      request.resume();
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    const outcome = await syncRun(foundRun(write({}))!, new WandbClient({ baseUrl, key: KEY, timeout: 50_000 }));
    endless.closeAllConnections();
    await new Promise((resolve) => endless.close(resolve));
    assert.ok(outcome.type === 'failed');
    assert.match(outcome.reason, /answered Viewer with more than 64 MiB$/);
  });

  describe('from a run directory of somebody else', () => {
    const refusals: readonly (readonly [string, WandbRecord, RegExp, ((directory: string) => void)?])[] = [
      ['a name that leads up', fileRecord('../../../secret.txt'), /"files\/\.\.\/\.\.\/\.\.\/secret\.txt".*leads out/],
      ['a name that leads up on its way', fileRecord('a/../../../../secret.txt'), /leads out of the run$/],
      ['an absolute name', fileRecord('/etc/hostname'), /leads out of the run$/],
      [
        'a link out',
        fileRecord('link.txt'),
        /files\/link\.txt": it is .*secret\.txt, outside/,
        (directory) => symlinkSync(join(root, 'secret.txt'), join(directory, 'files/link.txt')),
      ],
      [
        'a link of a directory on its way out',
        fileRecord('up/secret.txt'),
        /secret\.txt, outside/,
        (directory) => symlinkSync(root, join(directory, 'files/up')),
      ],
      [
        'a link in place of files/',
        fileRecord('secret.txt'),
        /secret\.txt, outside/,
        (directory) => {
          rmSync(join(directory, 'files'), { recursive: true });
          symlinkSync(root, join(directory, 'files'));
        },
      ],
      [
        'a named pipe',
        fileRecord('pipe'),
        /files\/pipe is a named pipe, not a file/,
        (directory) => execFileSync('mkfifo', [join(directory, 'files/pipe')]),
      ],
      ['a device by a link', fileRecord('zero'), /is \/dev\/zero, outside/, (directory) => symlinkSync('/dev/zero', join(directory, 'files/zero'))],
      ['an artifact with a name that leads up', artifactRecord('../../../secret.txt', ''), /leads out of the run$/],
      ['an artifact named to lead up', artifactRecord('secret.txt', '', '../../..'), /leads out of the run$/],
      ['an artifact of a file of this machine', artifactRecord('x.txt', '/etc/hostname'), /"\/etc\/hostname": it is \/etc\/hostname, outside/],
      [
        'an artifact of a link',
        artifactRecord('x.txt', ''),
        /secret\.txt, outside/,
        (directory) => {
          mkdirSync(join(directory, 'artifacts/tables'), { recursive: true });
          symlinkSync(join(root, 'secret.txt'), join(directory, 'artifacts/tables/x.txt'));
        },
      ],
    ]; // prettier-ignore
    for (const [what, record, message, prepare] of refusals) {
      it(`nothing is taken by ${what}; the file is named`, async () => {
        const directory = write({ records: [record] });
        prepare?.(directory);
        assert.match(await failure(directory), message);
        nothingLeft();
        assert.ok(!service.requests.some(({ method }) => method === 'PUT'));
      });
    }

    it('what lies in it is uploaded, also after it was moved; a directory under a file’s name is left out', async () => {
      const wandb = join(root, 'wandb');
      const place = join(wandb, 'offline-run-20260102_030405-evil0001');
      const artifact = artifactRecord('t.csv', join(place, 'artifacts/tables/t.csv'));
      const contents = [{ ...artifact.artifact!.manifest!.contents![0]!, digest: md5('a,b') }];
      const directory = write({
        records: [
          fileRecord('a.txt'),
          fileRecord('folder'),
          { artifact: { ...artifact.artifact, manifest: { version: 1, contents } } },
        ],
        files: { 'files/a.txt': 'a', 'files/folder/b.txt': 'b', 'artifacts/tables/t.csv': 'a,b' },
      });
      const moved = join(root, 'moved');
      renameSync(directory, moved);
      assert.deepEqual(await sync(moved), { type: 'uploaded' });
      const [run] = [...service.runs.values()];
      assert.deepEqual([...run!.files.keys()], ['a.txt']);
      assert.equal([...service.artifacts.values()][0]?.files.get('t.csv')?.toString(), 'a,b');
    });

    it('a token in the address of its git remote stays here', async () => {
      assert.deepEqual(await sync(write({ remote: 'https://user:SECRET@example.org/x.git?token=SECRET' })), {
        type: 'uploaded',
      });
      assert.equal([...service.runs.values()][0]!.variables['repo'], 'https://example.org/x.git');
      nothingLeft();
    });

    it('no link leads what is written beside it elsewhere', async () => {
      const directory = write({});
      const state = join(directory, 'run-evil0001.wandb');
      symlinkSync(join(root, 'secret.txt'), `${state}.upload.lock`);
      symlinkSync(join(root, 'secret.txt'), `${state}.${process.pid}.tmp`);
      symlinkSync(join(root, 'made.txt'), `${state}.upload.json`);
      await sync(directory);
      assert.ok(!existsSync(join(root, 'made.txt')));
      assert.equal(execFileSync('cat', [join(root, 'secret.txt')]).toString(), 'SECRET');
    });

    for (const odd of ['.', '..']) {
      it(`a project named ${JSON.stringify(odd)} reaches no other address of the service`, async () => {
        const directory = write({ records: [{ run: { project: odd } }] });
        assert.match(await failure(directory), /^no run can be at tester\/\.{1,2}\/evil0001$/);
      });
    }
  });
});
