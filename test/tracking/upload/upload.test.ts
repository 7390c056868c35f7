import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { OfflineRun } from '../../../src/tracking/offline/offline-run.ts';
import { Backoff } from '../../../src/tracking/upload/backoff.ts';
import { WandbClient } from '../../../src/tracking/upload/client.ts';
import { type FoundRun, foundRun, unsyncedRuns } from '../../../src/tracking/upload/find-runs.ts';
import { mirrorRuns, type MirrorResult } from '../../../src/tracking/upload/mirror.ts';
import { syncRun, type SyncOutcome } from '../../../src/tracking/upload/sync.ts';
import { type Fault, KEY, StandIn } from '../service/stand-in.ts';
import { png } from '../support/pictures.ts';

describe('uploading a run', () => {
  let root: string;
  let service: StandIn;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'upload-'));
    service = new StandIn();
    await service.start();
  });
  afterEach(async () => {
    await service.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const directory = (): string => join(root, 'wandb');
  const open = (id = 'abcd1234', entity: string | null = null): OfflineRun =>
    new OfflineRun(
      { name: 'train@a', group: 'inv', jobType: 'train', tags: ['faces'], config: { lr: 0.1, net: { width: 2 } } },
      {
        directory: directory(),
        id,
        project: 'faces',
        entity,
        git: { commit: 'c0ffee', dirty: false, remote: null },
        sweep: 's1',
        now: () => 1.7e12,
      },
    );
  /** A run with a bit of everything. */
  const record = async (): Promise<FoundRun> => {
    const picture = join(root, 'strip.png');
    const table = join(root, 'table-1.csv');
    writeFileSync(picture, png());
    writeFileSync(table, 'a,b\n');
    const run = open();
    for (let step = 1; step <= 3; step++) run.log(step, { loss: 1 / step });
    run.image('strip', { path: picture });
    run.log(4, { loss: NaN });
    run.artifact({ name: 'tables', type: 'report', files: [table, picture] });
    await run.finish('finished');
    return foundRun(run.path)!;
  };
  const client = (timeout = 5000, attempts = 1): WandbClient =>
    new WandbClient({ baseUrl: service.url, key: KEY, timeout, attempts, backoff: new Backoff(() => 0, 0) });
  const sync = (run: FoundRun, attempts = 1): Promise<SyncOutcome> => syncRun(run, client(5000, attempts));
  const names = (): string[] => service.requests.map(({ name }) => name);
  const served = () => {
    const run = service.runs.get('tester/faces/abcd1234');
    assert.ok(run !== undefined, 'the service does not know the run');
    return run;
  };
  /** All that the service holds, but for what it made up itself. */
  const holdings = () => ({
    runs: [...service.runs].map(([at, { variables, rows, summary, files, exitCode }]) => ({
      at,
      variables,
      rows,
      summary,
      files: [...files].sort(),
      exitCode,
    })),
    artifacts: [...service.artifacts.values()].map(({ files, manifest, committed }) => ({
      files: [...files],
      manifest,
      committed,
    })),
  });

  it('gives the service the rows, the summary, the wrapped config, tags, group, job type, commit and sweep', async () => {
    assert.deepEqual(await sync(await record()), { type: 'uploaded' });
    const { variables, rows, summary, exitCode } = served();
    const { config, ...others } = variables;
    assert.deepEqual(JSON.parse(config as string), { lr: { value: 0.1 }, net: { value: { width: 2 } } });
    assert.deepEqual(
      [
        others['groupName'],
        others['jobType'],
        others['tags'],
        others['commit'],
        others['sweep'],
        others['displayName'],
      ],
      ['inv', 'train', ['faces'], 'c0ffee', 's1', 'train@a'],
    );
    assert.equal(rows.length, 4);
    assert.equal((JSON.parse(rows[2]!) as { loss: number }).loss, 1 / 3);
    assert.match(rows[3]!, /"loss":NaN/);
    assert.match(summary, /"_step":4/);
    assert.equal(exitCode, 0);
  });

  it('puts pictures where the service says, and artifacts in the order that it wants', async () => {
    const run = await record();
    await sync(run);
    assert.deepEqual([...served().files.keys()].map((name) => name.replace(/_\w+\.png/, '')).sort(), [
      'media/images/strip',
      'wandb-metadata.json',
    ]);
    const order = names().filter((name) => /Artifact|PUT (table|strip|wandb_man)/.test(name));
    assert.deepEqual(order, [
      'CreateArtifact',
      'CreateArtifactManifest',
      'CreateArtifactFiles',
      'PUT table-1.csv',
      'PUT strip.png',
      'CreateArtifactManifest',
      'PUT wandb_manifest.json',
      'CommitArtifact',
    ]);
    const [artifact] = [...service.artifacts.values()];
    assert.ok(artifact!.committed);
    assert.equal(artifact!.files.get('table-1.csv')?.toString(), 'a,b\n');
  });

  it('happens exactly once: what is uploaded is marked, and never sent again', async () => {
    const run = await record();
    await sync(run);
    assert.deepEqual(
      readdirSync(run.directory).filter((name) => name.endsWith('.synced')),
      ['run-abcd1234.wandb.synced'],
    );
    assert.deepEqual(unsyncedRuns(directory()), []);
    assert.equal(served().completions, 1);
  });

  it('ends up the same wherever the service dies: before or after it did what it was asked', async function () {
    this.timeout(120_000);
    await sync(await record());
    const expected = holdings();
    const requests = service.requests.length;
    for (const type of ['cut', 'cut-after'] as const) {
      for (let at = 0; at < requests; at++) {
        rmSync(directory(), { recursive: true });
        service.runs.clear();
        service.artifacts.clear();
        service.requests.length = 0;
        service.fault = (request) => (request.at === at ? { type } : null);
        const run = await record();
        const first = await sync(run);
        assert.equal(first.type, 'failed', `${type} at request ${at}`);
        assert.deepEqual(await sync(run), { type: 'uploaded' });
        assert.deepEqual(holdings(), expected, `${type} at request ${at}`);
      }
    }
  });

  const faults: readonly (readonly [string, Fault])[] = [
    ['answers 500', { type: 'status', status: 500 }],
    ['answers 429', { type: 'status', status: 429, retryAfter: 0 }],
    ['breaks connections', { type: 'cut' }],
  ];
  for (const [what, fault] of faults) {
    it(`tries again while the service ${what}, and loses nothing`, async () => {
      service.fault = ({ at }) => (at % 3 === 1 ? fault : null);
      assert.deepEqual(await sync(await record(), 20), { type: 'uploaded' });
      assert.equal(served().rows.length, 4);
      assert.ok([...service.artifacts.values()].every(({ committed }) => committed));
    });
  }

  it('does not wait for ever for a service that does not answer, and goes on where it stopped', async () => {
    service.fault = ({ name }) => (name === 'CommitArtifact' ? { type: 'hang' } : null);
    const run = await record();
    const outcome = await syncRun(run, client(300, 20));
    assert.ok(outcome.type === 'failed');
    assert.match(outcome.reason, /did not answer within 0\.3 s$/);
    service.fault = () => null;
    assert.deepEqual(await sync(run), { type: 'uploaded' });
    assert.ok([...service.artifacts.values()].every(({ committed }) => committed));
  });

  it('goes on from the last acknowledged row', async () => {
    const run = open();
    for (let step = 1; step <= 1200; step++) run.log(step, { loss: step });
    await run.finish('finished');
    let streams = 0;
    service.fault = ({ name }) => (name === 'file_stream' && ++streams === 3 ? { type: 'status', status: 500 } : null);
    assert.equal((await sync(foundRun(run.path)!)).type, 'failed');
    assert.equal(served().rows.length, 1000);
    service.fault = () => null;
    service.requests.length = 0;
    assert.equal((await sync(foundRun(run.path)!)).type, 'uploaded');
    assert.deepEqual(names(), ['file_stream', 'file_stream']);
    assert.deepEqual(
      served().rows.map((row) => (JSON.parse(row) as { loss: number }).loss),
      Array.from({ length: 1200 }, (_, at) => at + 1),
    );
  });

  it('names the service and what to mend when the key is refused, and never the key', async () => {
    const wrong = new WandbClient({ baseUrl: service.url, key: 'not-the-key' });
    const outcome = await syncRun(await record(), wrong);
    assert.ok(outcome.type === 'failed');
    assert.match(outcome.reason, /does not accept the API key \(401\). Check WANDB_API_KEY or ~\/\.netrc/);
    assert.ok(!outcome.reason.includes('not-the-key'));
    assert.equal(service.requests.length, 1);
  });

  it('says why when nobody listens', async () => {
    await service.stop();
    const outcome = await sync(await record());
    assert.ok(outcome.type === 'failed');
    assert.match(outcome.reason, /^127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)$/);
    await service.start();
  });

  it('leaves a run alone that is still being written, and uploads it as crashed when its process is gone', async () => {
    const run = open();
    run.log(1, { loss: 1 });
    const found = foundRun(run.path)!;
    assert.deepEqual(await sync(found), { type: 'running' });
    // No process has this id.
    const dead = { ...found, marker: { ...found.marker!, pid: 2 ** 30 } };
    assert.deepEqual(await sync(dead), { type: 'uploaded' });
    assert.equal(served().exitCode, 1);
    assert.equal(served().rows.length, 1);
  });

  describe('while it is written', () => {
    const mirror = (over: AbortSignal, patience = 2000): Promise<MirrorResult> =>
      mirrorRuns({
        directory: directory(),
        invocations: new Set(['inv']),
        client: client(500),
        over,
        every: 1,
        patience,
        longest: 30_000,
        backoff: new Backoff(() => 0, 2),
      });
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    const rows = (): number => service.runs.get('tester/faces/abcd1234')?.rows.length ?? 0;

    it('shows rows before the run is over, and completes it when it is', async () => {
      const over = new AbortController();
      const result = mirror(over.signal);
      const run = open();
      run.log(1, { loss: 1 });
      await until(() => rows() === 1);
      assert.equal(served().exitCode, null);
      run.log(2, { loss: 0.5 });
      await until(() => rows() === 2);
      await run.finish('stopped');
      over.abort();
      assert.deepEqual(await result, { uploaded: 1, left: 0, problem: null });
      assert.equal(served().exitCode, 255);
    });

    it('catches up when the service comes back', async () => {
      const over = new AbortController();
      const run = open();
      run.log(1, { loss: 1 });
      const result = mirror(over.signal);
      await until(() => rows() === 1);
      await service.stop();
      run.log(2, { loss: 1 });
      run.log(3, { loss: 1 });
      await service.start();
      await until(() => rows() === 3);
      await run.finish('finished');
      over.abort();
      assert.equal((await result).left, 0);
    });

    it('gives up some time after the end, says why, and leaves the rest to sync', async () => {
      service.fault = ({ name }) => (name === 'file_stream' ? { type: 'status', status: 500 } : null);
      const run = open();
      run.log(1, { loss: 1 });
      await run.finish('finished');
      const over = new AbortController();
      over.abort();
      const { uploaded, left, problem } = await mirror(over.signal, 50);
      assert.deepEqual([uploaded, left], [0, 1]);
      assert.match(problem!, /answered file_stream with 500/);
      service.fault = () => null;
      assert.deepEqual(await sync(foundRun(run.path)!), { type: 'uploaded' });
    });

    it('takes the runs of its own invocation alone', async () => {
      const other = new OfflineRun(
        { name: 'x', group: 'other', jobType: 'x', tags: [], config: {} },
        {
          directory: directory(),
          id: 'zzzz9999',
          project: 'faces',
          entity: null,
          git: null,
          sweep: null,
          now: Date.now,
        },
      );
      await other.finish('finished');
      await open().finish('finished');
      const over = new AbortController();
      over.abort();
      assert.equal((await mirror(over.signal)).uploaded, 1);
      assert.deepEqual([...service.runs.keys()], ['tester/faces/abcd1234']);
      assert.ok(!existsSync(join(other.path, 'run-zzzz9999.wandb.synced')));
    });

    it('is left to one process at a time', async () => {
      const run = await record();
      let second: SyncOutcome | null = null;
      service.fault = ({ at }) => {
        if (at === 0) void sync(run).then((outcome) => (second = outcome));
        return null;
      };
      await sync(run);
      await until(() => second !== null);
      assert.deepEqual(second, { type: 'busy', by: `process ${process.pid} on ${hostname()}` });
    });
  });
});

describe('backoff', () => {
  it('doubles up to half a minute, spreads by chance, waits at least as long as asked, and starts anew after a success', () => {
    const high = new Backoff(() => 1);
    assert.deepEqual(
      Array.from({ length: 8 }, () => high.next(null)),
      [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000],
    );
    high.reset();
    assert.equal(high.next(null), 500);
    const low = new Backoff(() => 0);
    assert.equal(low.next(null), 250);
    assert.equal(low.next(7000), 7500);
  });
});
