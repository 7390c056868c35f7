import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import type { RunEvent } from '../../../src/engine/running/events.ts';
import { runPipeline, type RunResult } from '../../../src/engine/running/run.ts';
import { StopSwitch } from '../../../src/engine/running/stop.ts';
import { makePipeline, type StageSketch } from '../support/make-pipeline.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../support/temporary.ts';

interface Outcome {
  readonly result: RunResult;
  readonly events: readonly RunEvent[];
  /** Instance to what became of it. */
  readonly outcomes: Readonly<Record<string, string>>;
}

async function run(root: string, stages: Record<string, StageSketch>, jobs = 2): Promise<Outcome> {
  const pipeline = makePipeline(root, stages);
  const events: RunEvent[] = [];
  const result = await runPipeline(pipeline, [...pipeline.instances.keys()], {
    lockFile: 'pipeline.lock',
    machine: () => ({ totals: { cpus: jobs }, devices: [] }),
    keepGoing: false,
    save: true,
    stop: new StopSwitch(),
    listener: (event) => void events.push(event),
  });
  const finished = events.flatMap((event) => (event.type === 'stage-finished' ? [event] : []));
  return { result, events, outcomes: Object.fromEntries(finished.map((one) => [one.instance, one.outcome.type])) };
}

describe('runPipeline', () => {
  afterEach(removeTemporary);
  const read = (root: string, file: string): string => readFileSync(path.join(root, file), 'utf8');

  it('removes old outputs before a run, but not persistent ones', async () => {
    const root = temporaryDirectory({ 'old.txt': 'old\n', 'kept.txt': 'old\n' });
    const { result } = await run(root, {
      fresh: { cmd: 'echo new >> old.txt', outs: ['old.txt'] },
      persistent: { cmd: 'echo new >> kept.txt', outs: ['kept.txt'], persist: true },
    });
    assert.equal(result, 'ok');
    assert.equal(read(root, 'old.txt'), 'new\n');
    assert.equal(read(root, 'kept.txt'), 'old\nnew\n');
  });

  it('leaves a frozen stage alone while its outputs are there', async () => {
    const root = temporaryDirectory({ 'in.txt': '1' });
    const stages = (frozen: boolean): Record<string, StageSketch> => ({
      a: { cmd: 'cp in.txt out.txt', deps: ['in.txt'], outs: ['out.txt'], frozen },
    });
    await run(root, stages(false));
    writeFiles(root, { 'in.txt': '2' });
    await run(root, stages(true));
    assert.equal(read(root, 'out.txt'), '1');
    await run(root, stages(false));
    assert.equal(read(root, 'out.txt'), '2');
  });

  it('runs an always-changed stage every time', async () => {
    const root = temporaryDirectory();
    const stages = { a: { cmd: 'echo x >> count.txt; echo out > out.txt', outs: ['out.txt'], alwaysChanged: true } };
    await run(root, stages);
    await run(root, stages);
    assert.equal(read(root, 'count.txt'), 'x\nx\n');
  });

  it('records an output outside the cache, and runs again when it is lost', async () => {
    const root = temporaryDirectory();
    const stages = { a: { cmd: 'echo x >> count.txt; echo metric > m.json', outs: ['m.json'], cache: false } };
    await run(root, stages);
    assert.deepEqual((await run(root, stages)).outcomes, {});
    assert.equal(existsSync(path.join(root, '.pipeline/store/objects')), false);
    rmSync(path.join(root, 'm.json'));
    assert.deepEqual((await run(root, stages)).outcomes, { a: 'ran' });
  });

  it('follows a dependency into a directory that is going to be restored', async () => {
    const root = temporaryDirectory();
    const stages = {
      make: { cmd: 'mkdir -p d/e; echo 1 > d/e/f.txt; echo 2 > d/g.txt', outs: ['d'] },
      use: { cmd: 'cat d/e/f.txt > u.txt', deps: ['d/e'], outs: ['u.txt'] },
    };
    await run(root, stages);
    for (const name of ['d', 'u.txt']) rmSync(path.join(root, name), { recursive: true });
    const { outcomes, events } = await run(root, stages);
    assert.deepEqual(outcomes, { make: 'restored', use: 'restored' });
    const plan = events.find((event) => event.type === 'plan');
    assert.deepEqual(
      plan?.instances.map(({ action }) => action),
      ['restore', 'restore'],
    );
  });

  it('ends what a command left running in the background, instead of waiting for it', async () => {
    const root = temporaryDirectory();
    const { result } = await run(root, { a: { cmd: 'sleep 1000 & echo 1 > out', outs: ['out'] } });
    assert.equal(result, 'ok');
  });

  it('runs the commands of a list one after the other, until one fails', async () => {
    const root = temporaryDirectory();
    const { result, events } = await run(root, { a: { cmd: ['echo 1 >> n', 'exit 4', 'echo 2 >> n'], outs: ['out'] } });
    assert.equal(result, 'failed');
    assert.equal(read(root, 'n'), '1\n');
    const finished = events.find((event) => event.type === 'stage-finished');
    assert.ok(finished?.outcome.type === 'failed' && finished.outcome.failure.type === 'exit');
    assert.equal(finished.outcome.failure.code, 4);
  });

  it('reports progress lines as events, and keeps them out of the log', async () => {
    const root = temporaryDirectory();
    const cmd = "printf '::progress 0.25 epoch 1 of 4\\nplain\\n::progress nonsense\\n' && echo 1 > out";
    const { events } = await run(root, { a: { cmd, outs: ['out'] } });
    assert.deepEqual(
      events.filter((event) => event.type === 'progress'),
      [{ type: 'progress', instance: 'a', fraction: 0.25, note: 'epoch 1 of 4' }],
    );
    assert.equal(read(root, '.pipeline/logs/a.log'), 'plain\n::progress nonsense\n');
  });

  it('passes on output without a newline at its end, and bytes that are cut between two reads', async () => {
    const root = temporaryDirectory();
    const cmd = "printf 'gr\\303'; printf '\\274n'; echo 1 > out";
    const { events } = await run(root, { a: { cmd, outs: ['out'] } });
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'output' ? [event.line] : [])),
      ['grün'],
    );
  });

  it('does not run a stage whose input appears to be missing after its maker ran', async () => {
    const root = temporaryDirectory();
    const { outcomes, events } = await run(root, {
      make: { cmd: 'mkdir -p d; echo 1 > d/a', outs: ['d'] },
      use: { cmd: 'cat d/b > u', deps: ['d/b'], outs: ['u'] },
    });
    assert.deepEqual(outcomes, { make: 'ran', use: 'failed' });
    const failed = events.flatMap((event) => (event.type === 'stage-finished' ? [event.outcome] : []))[1];
    assert.ok(failed?.type === 'failed');
    assert.match(failed.failure.message, /its inputs d\/b do not exist although the stages before it succeeded/);
  });
});
