import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JournalEntry } from '../../src/tracking/journal.ts';
import { trackRun } from '../../src/tracking/start-run.ts';
import type { Tracker } from '../../src/tracking/tracker.ts';
import { png } from './support/pictures.ts';
import { message, messages, type ReadRun, readRun, text, texts } from './support/wandb-reader.ts';

const START = new Date(2026, 0, 2, 3, 4, 5).getTime();

describe('a tracked run', () => {
  let root: string;
  let journal: string;
  let clock: number;
  let warnings: string[];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tracked-'));
    journal = join(root, '.pipeline/journal/inv/train@a.jsonl');
    clock = START;
    warnings = [];
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const description = {
    name: 'train@a',
    group: 'inv',
    jobType: 'train',
    tags: ['faces', 'cnn'],
    config: { net: 'VGG13', options: { width: 0.5 } },
  };
  const start = (env: Record<string, string> = {}): Promise<Tracker> =>
    trackRun({ journal, root, env, warn: (line) => warnings.push(line), now: () => clock })(description);
  const directories = (at = join(root, 'wandb')): string[] => (existsSync(at) ? readdirSync(at) : []);
  const only = (at?: string): string => {
    const [name, ...others] = directories(at);
    assert.deepEqual(others, []);
    return join(at ?? join(root, 'wandb'), name!);
  };
  const read = (directory = only()): ReadRun => {
    const file = readdirSync(directory).find((name) => name.endsWith('.wandb'))!;
    return readRun(readFileSync(join(directory, file)));
  };
  const lines = (): JournalEntry[] =>
    readFileSync(journal, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JournalEntry);

  it('lies in a directory of the official form, with the id in its names', async () => {
    await (await start()).finish('finished');
    const directory = only();
    const [, id] = /offline-run-20260102_030405-([a-z0-9]{8})$/.exec(directory) ?? [];
    assert.ok(id !== undefined, directory);
    assert.deepEqual(readdirSync(directory).sort(), ['files', 'logs', 'pipeline.json', `run-${id}.wandb`]);
    const { run } = read();
    assert.equal(text(run, 1), id);
  });

  it('says who ran, in which group, as which job, with which tags, from which commit and with all params', async () => {
    mkdirSync(join(journal, '..'), { recursive: true });
    const git = { commit: 'c0ffee', dirty: true, remote: 'https://example.org/x.git' };
    const facts = {
      stage: 'train',
      fingerprint: 'f1',
      params: { seed: 7, training: { batch: 4 } },
      git,
      sweep: { id: 's1', trial: 't3' },
    };
    writeFileSync(journal.replace('.jsonl', '.run.json'), JSON.stringify(facts));
    await (await start({ WANDB_ENTITY: 'lab', WANDB_PROJECT: 'faces' })).finish('finished');
    const { run, config } = read();
    assert.deepEqual(
      [text(run, 2), text(run, 3), text(run, 6), text(run, 7), text(run, 8)],
      ['lab', 'faces', 'inv', 'train', 'train@a'],
    );
    assert.deepEqual(texts(run, 10), ['faces', 'cnn']);
    assert.equal(text(run, 12), 's1');
    assert.equal(text(message(run, 17), 1), String(START / 1000));
    assert.deepEqual([text(message(run, 21), 1), text(message(run, 21), 2)], ['https://example.org/x.git', 'c0ffee']);
    assert.deepEqual(config, {
      seed: 7,
      training: { batch: 4 },
      net: 'VGG13',
      options: { width: 0.5 },
      pipeline: {
        name: 'train@a',
        invocation: 'inv',
        fingerprint: 'f1',
        commit: 'c0ffee',
        dirty: true,
        sweep: 's1',
        trial: 't3',
      },
    });
  });

  it('numbers its records from 1, begins with header and run and ends with exit', async () => {
    const tracker = await start();
    tracker.log(1, { loss: 1 });
    tracker.summary({ accuracy: 0.5 });
    await tracker.finish('finished');
    const { numbers, kinds } = read();
    assert.deepEqual(
      numbers,
      kinds.map((_, at) => at + 1),
    );
    assert.deepEqual(kinds, ['header', 'run', 'files', 'history', 'summary', 'summary', 'exit']);
  });

  it('gives each row the time at which the stage spoke', async () => {
    const tracker = await start();
    clock += 1500;
    tracker.log(10, { loss: 2, other: NaN });
    clock += 250;
    tracker.log(20, { loss: 1 });
    await tracker.finish('finished');
    const at = START / 1000;
    assert.deepEqual(read().history, [
      { loss: 2, other: 'NaN', _step: 10, _runtime: 1.5, _timestamp: at + 1.5 },
      { loss: 1, _step: 20, _runtime: 1.75, _timestamp: at + 1.75 },
    ]);
  });

  it('keeps the last value of everything in the summary, as the official readers do not derive it', async () => {
    const tracker = await start();
    tracker.log(1, { loss: 2, rate: 0.1 });
    clock += 4000;
    tracker.log(2, { loss: 1 });
    tracker.summary({ best: 'VGG13' });
    await tracker.finish('finished');
    const { summary } = read();
    assert.deepEqual(
      { ...summary, _timestamp: 0 },
      { loss: 1, rate: 0.1, best: 'VGG13', _step: 2, _runtime: 4, _timestamp: 0, _wandb: { runtime: 4 } },
    );
  });

  it('ends with the code that says how: 0 finished, 1 failed, 255 stopped', async () => {
    for (const [outcome, code] of [
      ['finished', 0],
      ['failed', 1],
      ['stopped', 255],
    ] as const) {
      await (await start()).finish(outcome);
      assert.equal(read().exitCode, code);
      rmSync(join(root, 'wandb'), { recursive: true });
    }
  });

  it('keeps a picture as it was, and puts it into the next row instead of one of its own', async () => {
    const picture = join(root, 'strip.png');
    writeFileSync(picture, png(4, 3));
    const sha256 = createHash('sha256').update(png(4, 3)).digest('hex');
    const tracker = await start();
    tracker.log(1, { loss: 2 });
    tracker.image('faces/strip', { path: picture, caption: 'weak to peak' });
    rmSync(picture);
    tracker.log(5, { loss: 1 });
    await tracker.finish('finished');
    const { history, files, summary } = read();
    const path = `media/images/faces_strip_2_${sha256.slice(0, 20)}.png`;
    const value = {
      _type: 'image-file',
      path,
      format: 'png',
      width: 4,
      height: 3,
      sha256,
      size: png(4, 3).length,
      caption: 'weak to peak',
    };
    assert.deepEqual(
      history.map((row) => [row['_step'], row['faces/strip']]),
      [
        [1, undefined],
        [5, value],
      ],
    );
    assert.deepEqual(summary['faces/strip'], value);
    assert.ok(files.includes(path));
    assert.deepEqual(readFileSync(join(only(), 'files', path)), Buffer.from(png(4, 3)));
  });

  it('writes a table as a file with columns and data, in a last row when no step follows', async () => {
    const tracker = await start();
    tracker.log(3, { loss: 2 });
    tracker.table('confusion', {
      columns: ['true', 'anger'],
      rows: [
        ['anger', 3],
        ['fear', null],
      ],
    });
    await tracker.finish('finished');
    const { history, files } = read();
    const last = history.at(-1)!;
    const value = last['confusion'] as Record<string, unknown>;
    assert.equal(last['_step'], 4);
    assert.deepEqual([value['_type'], value['ncols'], value['nrows']], ['table-file', 2, 2]);
    assert.ok(files.includes(value['path'] as string));
    const table = JSON.parse(readFileSync(join(only(), 'files', value['path'] as string), 'utf8')) as unknown;
    assert.deepEqual(table, {
      columns: ['true', 'anger'],
      data: [
        ['anger', 3],
        ['fear', null],
      ],
    });
  });

  it('versions an artifact by its content, and keeps the content', async () => {
    writeFileSync(join(root, 'b.csv'), 'b');
    writeFileSync(join(root, 'a.csv'), 'a');
    const tracker = await start();
    tracker.artifact({ name: 'tables demo', type: 'report', files: [join(root, 'b.csv'), join(root, 'a.csv')] });
    rmSync(join(root, 'a.csv'));
    await tracker.finish('finished');
    const [artifact] = read().artifacts;
    const md5 = (content: string) => createHash('md5').update(content).digest('base64');
    const digest = createHash('md5')
      .update(`wandb-artifact-manifest-v1\na.csv:${md5('a')}\nb.csv:${md5('b')}\n`)
      .digest('hex');
    assert.deepEqual([text(artifact!, 4), text(artifact!, 5), text(artifact!, 6)], ['report', 'tables-demo', digest]);
    const contents = messages(message(artifact!, 12), 4);
    for (const [at, name] of ['b.csv', 'a.csv'].entries()) {
      assert.equal(text(contents[at]!, 1), name);
      assert.equal(readFileSync(text(contents[at]!, 6)!, 'utf8'), name[0]);
    }
  });

  it('tells the journal the same, with the id of the run and its directory', async () => {
    const tracker = await start();
    tracker.log(1, { loss: 1 });
    await tracker.finish('finished');
    const [first, log] = lines();
    assert.ok(first?.type === 'start');
    assert.equal(join(root, first.origin!.directory!), only());
    assert.deepEqual(log, { time: clock, type: 'log', step: 1, values: { loss: 1 } });
  });

  it('honours WANDB_DIR', async () => {
    await (await start({ WANDB_DIR: 'elsewhere' })).finish('finished');
    assert.equal(directories().length, 0);
    assert.ok(statSync(only(join(root, 'elsewhere/wandb'))).isDirectory());
  });

  it('keeps the journal alone where WANDB_MODE is disabled', async () => {
    const tracker = await start({ WANDB_MODE: 'disabled' });
    tracker.log(1, { loss: 1 });
    await tracker.finish('finished');
    assert.deepEqual(directories(), []);
    assert.deepEqual(
      lines().map(({ type }) => type),
      ['start', 'log', 'finish'],
    );
  });

  it('goes on, and says so once, when the record cannot be written', async () => {
    writeFileSync(join(root, 'wandb'), 'a file where the directory should be');
    const tracker = await start();
    tracker.log(1, { loss: 1 });
    await tracker.finish('finished');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /not all of this run is recorded for Weights & Biases: .*wandb/);
    assert.equal(lines().length, 3);
  });

  it('records everything else when a picture is none', async () => {
    writeFileSync(join(root, 'x.png'), 'not a picture, although it is long enough to have a header');
    const tracker = await start();
    tracker.image('strip', { path: join(root, 'x.png') });
    tracker.image('strip', { path: join(root, 'x.png') });
    tracker.log(1, { loss: 1 });
    await tracker.finish('finished');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /expected a PNG to track/);
    assert.equal(read().history.length, 1);
  });

  it('has every row on disk when its process is killed, and counts as crashed', async () => {
    const program = fileURLToPath(new URL('./support/logs-forever.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program, root], { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await new Promise<number>((resolve) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const last = text.split('\n').at(-2);
        if (Number(last) >= 20) resolve(Number(last));
      });
    });
    const gone = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const { history, exitCode, summary } = read();
    assert.ok(history.length >= said, `${history.length} rows, although ${said} were said to be logged`);
    assert.ok(typeof summary['loss'] === 'number');
    assert.equal(exitCode, null);
  });

  it('never holds the API key', async () => {
    const key = 'f00dfacef00dfacef00dfacef00dfacef00dface';
    const tracker = await start({ WANDB_API_KEY: key });
    tracker.log(1, { loss: 1 });
    await tracker.finish('finished');
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(key), entry.name);
    }
  });
});
