/**
 * What this project sends to Weights & Biases, beside what the official npm client sends for the same run: an
 * implementation that shares no code with ours. Where the two differ, the tests say in what, and docs/tracking.md why.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { OfflineRun } from '../../../src/tracking/offline/offline-run.ts';
import { WandbClient } from '../../../src/tracking/upload/client.ts';
import { foundRun } from '../../../src/tracking/upload/find-runs.ts';
import { syncRun } from '../../../src/tracking/upload/sync.ts';
import { KEY, type SeenRequest, StandIn } from '../service/stand-in.ts';

const program = fileURLToPath(new URL('../support/official-client.ts', import.meta.url));
const losses = [1, 1 / 2, 1 / 3];
const plain = { project: 'faces', id: 'abcd1234', name: 'train@a' };
const described = { ...plain, job_type: 'train', group: 'inv', tags: ['faces'], config: { lr: 0.1 } };

/** Runs the official client to its end, and returns its exit code. */
function official(service: StandIn, home: string, options: object, logged: readonly number[]): Promise<number | null> {
  const words = ['--import', 'tsx', program, JSON.stringify(options), JSON.stringify(logged)];
  const env = { PATH: process.env['PATH'], HOME: home, WANDB_BASE_URL: service.url, WANDB_API_KEY: KEY };
  const child = spawn(process.execPath, words, { env, stdio: 'ignore', timeout: 60_000, killSignal: 'SIGKILL' });
  return new Promise((resolve) => child.on('close', resolve));
}

/** Records the same run offline, and uploads it. */
async function ours(service: StandIn, root: string): Promise<void> {
  const { name, group, job_type: jobType, tags, config } = described;
  const place = { directory: join(root, 'wandb'), id: 'abcd1234', project: 'faces', entity: null };
  const run = new OfflineRun(
    { name, group, jobType, tags, config },
    { ...place, git: null, sweep: null, now: () => 1.7e12 },
  );
  for (const [step, loss] of losses.entries()) run.log(step, { loss });
  await run.finish('finished');
  const outcome = await syncRun(foundRun(run.path)!, new WandbClient({ baseUrl: service.url, key: KEY }));
  assert.deepEqual(outcome, { type: 'uploaded' });
}

interface Message {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const message = ({ requests }: StandIn, name: string): Message => {
  const request = requests.find((seen) => seen.name === name);
  assert.ok(request !== undefined, `nobody sent ${name}`);
  return JSON.parse(request.body.toString()) as Message;
};

const operation = ({ query }: Message): OperationDefinitionNode => {
  const [definition] = parse(query).definitions;
  assert.ok(definition?.kind === Kind.OPERATION_DEFINITION);
  return definition;
};

/** `$name` with its type. */
const variablesOf = (document: OperationDefinitionNode): Map<string, string> =>
  new Map((document.variableDefinitions ?? []).map(({ variable, type }) => [variable.name.value, print(type)]));

/** Which field of the input a variable goes into. */
const inputsOf = (document: OperationDefinitionNode): Map<string, string> => {
  const inputs = new Map<string, string>();
  visit(document, {
    ObjectField({ name, value }) {
      if (value.kind === Kind.VARIABLE) inputs.set(value.name.value, name.value);
    },
  });
  return inputs;
};

/** Paths of all fields that are asked for: `upsertBucket.bucket.id`. */
const asked = (set: SelectionSetNode | undefined, above = ''): string[] =>
  (set?.selections ?? [])
    .filter((selection): selection is FieldNode => selection.kind === Kind.FIELD)
    .flatMap(({ name, selectionSet }) => [`${above}${name.value}`, ...asked(selectionSet, `${above}${name.value}.`)]);

const without = <T>(all: Iterable<T>, known: Iterable<T>): T[] => {
  const set = new Set(known);
  return [...all].filter((one) => !set.has(one));
};

describe('our requests beside those of the official npm client', function () {
  this.timeout(120_000);
  const root = mkdtempSync(join(tmpdir(), 'conformance-'));
  const [we, they, theyDescribed, theyTwice, theyRefused] = Array.from({ length: 5 }, () => new StandIn());
  const all = [we!, they!, theyDescribed!, theyTwice!, theyRefused!];
  const codes: Record<string, number | null> = {};
  before(async () => {
    await Promise.all(all.map((service) => service.start()));
    let streams = 0;
    theyRefused!.fault = ({ name }) =>
      name === 'file_stream' && streams++ === 0 ? { type: 'status', status: 500 } : null;
    await Promise.all([
      ours(we!, root),
      official(they!, root, plain, losses).then((code) => (codes['plain'] = code)),
      official(theyDescribed!, root, described, losses),
      official(theyTwice!, root, plain, losses).then(() => official(theyTwice!, root, plain, [9])),
      official(theyRefused!, root, plain, losses).then((code) => (codes['refused'] = code)),
    ]);
  });
  after(async () => {
    await Promise.all(all.map((service) => service.stop()));
    rmSync(root, { recursive: true, force: true });
  });

  const shared = ({ requests }: StandIn): SeenRequest[] =>
    requests.filter(({ name }) => ['Viewer', 'UpsertBucket', 'file_stream'].includes(name));

  it('are the same ones in the same order, at the same addresses, with the key in the same place', () => {
    const form = ({ name, method, url, headers }: SeenRequest): unknown => [
      name,
      method,
      url,
      headers.authorization,
      headers['content-type'],
    ];
    assert.equal(codes['plain'], 0);
    assert.deepEqual(shared(we!).map(form), shared(they!).map(form));
    assert.equal(shared(we!).length, 4);
  });

  for (const name of ['Viewer', 'UpsertBucket']) {
    it(`${name}: every variable has the official type and goes into the official field, and no other field is asked for`, () => {
      const [mine, official] = [operation(message(we!, name)), operation(message(they!, name))];
      assert.deepEqual(without(entries(variablesOf(mine)), entries(variablesOf(official))), []);
      assert.deepEqual(without(entries(inputsOf(mine)), entries(inputsOf(official))), []);
      assert.deepEqual(without(asked(mine.selectionSet), asked(official.selectionSet)), []);
      assert.equal(mine.operation, official.operation);
    });
  }

  it('name run, project and entity alike', () => {
    const said = ({ variables }: Message): unknown =>
      ['name', 'project', 'entity', 'displayName'].map((name) => variables[name]);
    assert.deepEqual(said(message(we!, 'UpsertBucket')), said(message(they!, 'UpsertBucket')));
    assert.deepEqual([...we!.runs.keys()], [...they!.runs.keys()]);
  });

  it('stream rows and summary in files of the same form, and end the run in the same words', () => {
    const [rows, end] = streamsOf(we!);
    const [theirRows, theirEnd] = streamsOf(they!);
    assert.deepEqual(Object.keys(rows!.files!).sort(), Object.keys(theirRows!.files!).sort());
    const [history, theirHistory] = [rows!, theirRows!].map(({ files }) => files!['wandb-history.jsonl']);
    assert.deepEqual(Object.keys(history!).sort(), Object.keys(theirHistory!).sort());
    assert.equal(history!.offset, theirHistory!.offset);
    const parsed = [history!, theirHistory!].map(({ content }) =>
      content.map((row) => JSON.parse(row) as Record<string, unknown>),
    );
    assert.deepEqual(...pair(parsed.map((all) => all.map((row) => Object.keys(row).sort()))));
    assert.deepEqual(...pair(parsed.map((all) => all.map(({ loss, _step }) => [_step, loss]))));
    assert.deepEqual({ ...end, uploaded: undefined }, { ...theirEnd, uploaded: undefined });
    const served = [we!, they!].map(({ runs }) => [...runs.values()][0]!);
    assert.deepEqual(...pair(served.map((run) => [run.rows.length, run.exitCode, run.completions])));
  });

  describe('what that client does, and why it does not carry our runs', () => {
    it('says nothing of group, job type and tags, and sends the config without the wrapping that the Python client gives it', () => {
      const { variables } = message(theyDescribed!, 'UpsertBucket');
      assert.deepEqual(
        ['groupName', 'jobType', 'tags'].map((name) => variables[name]),
        [undefined, undefined, undefined],
      );
      assert.deepEqual(JSON.parse(variables['config'] as string), { lr: 0.1 });
      assert.deepEqual(JSON.parse(message(we!, 'UpsertBucket').variables['config'] as string), { lr: { value: 0.1 } });
    });

    it('numbers rows from 0 in each process, so that a second one overwrites the first', () => {
      const rows = [...theyTwice!.runs.values()][0]!.rows.map((row) => (JSON.parse(row) as { loss: number }).loss);
      assert.deepEqual(rows, [9, 1 / 2, 1 / 3]);
    });

    it('loses rows that the service answers with 500, and ends well', () => {
      const run = [...theyRefused!.runs.values()][0]!;
      assert.deepEqual([run.rows, run.exitCode, codes['refused']], [[], 0, 0]);
    });
  });
});

interface Stream {
  readonly files?: Readonly<Record<string, { readonly offset: number; readonly content: readonly string[] }>>;
  readonly uploaded?: readonly string[];
}

function streamsOf({ requests }: StandIn): Stream[] {
  return requests.filter(({ name }) => name === 'file_stream').map(({ body }) => JSON.parse(body.toString()) as Stream);
}

function entries(map: ReadonlyMap<string, string>): string[] {
  return [...map].map(([key, value]) => `${key}: ${value}`);
}

function pair<T>([first, second]: readonly T[]): [T, T] {
  return [first!, second!];
}
