import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { runPipeline } from '../../../src/engine/running/run.ts';
import { StopSwitch } from '../../../src/engine/running/stop.ts';
import { removeEmptyScratch, scratchLeftovers, scratchRoot } from '../../../src/engine/store/scratch.ts';
import { makePipeline, type StageSketch } from '../support/make-pipeline.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../support/temporary.ts';

// Counts up in its scratch folder; says how far it has come, and fails until the count is what `goal` says.
const program = `
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const { scratch } = JSON.parse(readFileSync(process.env.PIPELINE_CONTEXT, 'utf8'));
mkdirSync(scratch, { recursive: true });
const file = scratch + '/count';
const count = (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0) + 1;
writeFileSync(file, String(count));
writeFileSync('reached', String(count));
if (count < Number(readFileSync('goal', 'utf8'))) process.exit(1);
writeFileSync('out', String(count));
`;

describe('the scratch folder of a stage', () => {
  afterEach(removeTemporary);
  const project = (): string => temporaryDirectory({ 'count.mjs': program, goal: '9', input: '1' });
  const stage: StageSketch = { cmd: 'node count.mjs', deps: ['input'], outs: ['out'] };

  /** Runs once; to the count that the stage reached. */
  async function count(root: string, sketch = stage, forced = false, lockFile = 'pipeline.lock'): Promise<number> {
    const pipeline = makePipeline(root, { a: sketch });
    await runPipeline(pipeline, [...pipeline.instances.keys()], {
      lockFile,
      machine: () => ({ totals: { cpus: 1 }, devices: [] }),
      keepGoing: false,
      save: true,
      stop: new StopSwitch(),
      listener: () => undefined,
      force: forced,
    });
    return Number(readFileSync(path.join(root, 'reached'), 'utf8'));
  }
  const kept = (root: string): string[] => scratchLeftovers(root).map(({ file }) => path.basename(file));

  it('keeps what is in it from one run to the next, until one succeeds', async () => {
    const root = project();
    assert.equal(await count(root), 1);
    assert.equal(await count(root), 2);
    assert.deepEqual(kept(root), ['count']);
    writeFiles(root, { goal: '3' });
    assert.equal(await count(root), 3);
    assert.equal(readFileSync(path.join(root, 'out'), 'utf8'), '3');
    assert.deepEqual(kept(root), []);
  });

  it('is never seen with other inputs, and goes once it is out of date', async () => {
    const root = project();
    await count(root);
    writeFiles(root, { input: '2' });
    assert.equal(await count(root), 1);
    assert.deepEqual(kept(root), ['count']);
  });

  it('is empty when a stage is forced to run, or always changed', async () => {
    const root = project();
    await count(root);
    assert.equal(await count(root, stage, true), 1);
    const always = { ...stage, alwaysChanged: true };
    await count(root, always);
    assert.equal(await count(root, always), 1);
  });

  it('is another for another profile, which may be running at the same time', async () => {
    const root = project();
    await count(root, stage, false, 'reports/one/pipeline.lock');
    assert.equal(await count(root, stage, false, 'reports/two/pipeline.lock'), 1);
    assert.equal(kept(root).length, 2);
  });

  it('is listed as a leftover with its age, and its empty folders can be removed', async () => {
    const root = project();
    await count(root);
    const [leftover] = scratchLeftovers(root);
    assert.ok(leftover !== undefined && leftover.size === 1);
    utimesSync(leftover.file, 1, 1);
    assert.ok(scratchLeftovers(root)[0]!.changedAt > 1000, 'the moment of the last change of any kind counts');
    removeEmptyScratch(root);
    assert.deepEqual(kept(root), ['count'], 'folders with something in them stay');
    writeFiles(root, { goal: '2' });
    await count(root);
    removeEmptyScratch(root);
    assert.equal(existsSync(path.join(root, scratchRoot)), false);
    assert.deepEqual(readdirSync(root).includes('out'), true);
  });
});
