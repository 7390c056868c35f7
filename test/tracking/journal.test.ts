import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JournalEntry, journalTo } from '../../src/tracking/journal.ts';

describe('journal', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'journal-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const run = { name: 'train@cnn-VGG13-0', group: 'g', jobType: 'train', tags: ['demo'], config: { width: 0.25 } };
  const entries = async (path: string): Promise<JournalEntry[]> =>
    (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JournalEntry);

  it('keeps everything a stage says, in order, one line each', async () => {
    const path = join(directory, 'deep', 'run.jsonl');
    let clock = 100;
    const tracker = await journalTo(path, () => clock++)(run);
    tracker.log(0, { loss: 1.5 });
    tracker.log(10, { loss: 0.5, accuracy: 0.25 });
    tracker.summary({ accuracy: 0.5, net: 'VGG13' });
    tracker.image('strip', { path: 'strip.png', caption: 'weak to peak' });
    tracker.table('confusion', { columns: ['class', 'n'], rows: [['anger', 3]] });
    tracker.artifact({ name: 'checkpoint', type: 'model', files: ['model.safetensors'] });
    await tracker.finish('finished');
    const written = await entries(path);
    assert.deepEqual(
      written.map((entry) => entry.type),
      ['start', 'log', 'log', 'summary', 'image', 'table', 'artifact', 'finish'],
    );
    assert.deepEqual(written[0], { time: 100, type: 'start', version: 1, ...run });
    assert.deepEqual(written[2], { time: 102, type: 'log', step: 10, values: { loss: 0.5, accuracy: 0.25 } });
    assert.deepEqual(written.at(-1), { time: 107, type: 'finish', outcome: 'finished' });
  });

  it('keeps NaN and Infinity by name, because a diverging loss must stay visible', async () => {
    const path = join(directory, 'run.jsonl');
    const tracker = await journalTo(path)(run);
    tracker.log(0, { loss: NaN, other: Infinity });
    await tracker.finish('failed');
    const [, log] = await entries(path);
    assert.ok(log?.type === 'log');
    assert.deepEqual(log.values, { loss: 'NaN', other: 'Infinity' });
  });

  it('refuses a step that does not grow and anything after the end', async () => {
    const tracker = await journalTo(join(directory, 'run.jsonl'))(run);
    tracker.log(5, { loss: 1 });
    assert.throws(() => tracker.log(5, { loss: 2 }), /steps must grow: step 5 came after step 5/);
    await tracker.finish('finished');
    await tracker.finish('finished');
    assert.throws(() => tracker.log(6, { loss: 1 }), /'log' came too late/);
  });

  it('has every line on disk as soon as the stage pauses, so that a kill loses nothing said before', async () => {
    const path = join(directory, 'run.jsonl');
    const tracker = await journalTo(path)(run);
    for (let step = 0; step < 50; step++) tracker.log(step, { loss: step });
    let lines: JournalEntry[] = [];
    while (lines.length < 51) {
      await new Promise((resolve) => setImmediate(resolve));
      const text = await readFile(path, 'utf8');
      lines = text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as JournalEntry);
    }
    await tracker.finish('stopped');
    assert.equal(lines.length, 51);
  });
});
