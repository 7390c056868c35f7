import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { Lockfile } from '../../../../src/engine/planning/lockfile.ts';
import { findLog } from '../../../../src/engine/running/logs/instance-log.ts';
import { runPipeline } from '../../../../src/engine/running/run.ts';
import { StopSwitch } from '../../../../src/engine/running/stop.ts';
import { Workspace } from '../../../../src/engine/store/workspace.ts';
import { makePipeline } from '../../support/make-pipeline.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

async function run(root: string, cmd: string): Promise<void> {
  const pipeline = makePipeline(root, { a: { cmd, outs: ['a.txt'] } });
  await runPipeline(pipeline, [...pipeline.instances.keys()], {
    lockFile: 'pipeline.lock',
    machine: () => ({ totals: { cpus: 1 }, devices: [] }),
    keepGoing: false,
    save: true,
    stop: new StopSwitch(),
    listener: () => undefined,
  });
}

async function logOf(root: string): Promise<string | null> {
  const file = await findLog(Workspace.open(root), Lockfile.open(root, 'pipeline.lock'), 'a');
  return file === null ? null : readFileSync(file, 'utf8');
}

describe('findLog', () => {
  afterEach(removeTemporary);
  const loud = (text: string): string => `echo ${text}; echo ${text} > a.txt`;

  it('finds what the last run printed', async () => {
    const root = temporaryDirectory();
    await run(root, loud('one'));
    assert.equal(await logOf(root), 'one\n');
  });

  it('finds, after a restore, what the run printed that made the outputs', async () => {
    const root = temporaryDirectory();
    await run(root, loud('one'));
    await run(root, loud('two'));
    await run(root, loud('one'));
    assert.equal(await logOf(root), 'one\n');
  });

  it('finds it in a fresh workspace that has only lock and cache', async () => {
    const root = temporaryDirectory();
    await run(root, loud('one'));
    const other = temporaryDirectory();
    for (const name of ['pipeline.lock', '.pipeline/store']) {
      cpSync(path.join(root, name), path.join(other, name), { recursive: true });
    }
    assert.equal(await logOf(other), 'one\n');
  });

  it('is empty for a quiet stage that was restored', async () => {
    const root = temporaryDirectory();
    await run(root, 'echo 1 > a.txt');
    rmSync(path.join(root, 'a.txt'));
    await run(root, 'echo 1 > a.txt');
    assert.equal(await logOf(root), '');
  });

  it('finds none that is damaged', async () => {
    const root = temporaryDirectory();
    await run(root, loud('one'));
    rmSync(path.join(root, '.pipeline/logs'), { recursive: true });
    const objects = path.join(root, '.pipeline/store/objects');
    for (const entry of readdirSync(objects, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      rmSync(path.join(entry.parentPath, entry.name));
      writeFileSync(path.join(entry.parentPath, entry.name), 'damaged');
    }
    assert.equal(await logOf(root), null);
    assert.equal(existsSync(path.join(root, '.pipeline/logs/a.log')), false);
  });
});
