import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { FaultProject, flipAndRestore, killAndRepeat, seeded } from '../support/faults.ts';

describe('a run of 30 stages', () => {
  let project: FaultProject;
  before(async () => {
    project = new FaultProject();
    await project.prepare();
  });
  after(() => project.close());

  it('comes to the same outputs after kills at random moments, and leaves nothing behind', async () => {
    const random = seeded(1);
    for (const kills of [1, 2, 1]) assert.deepEqual(await killAndRepeat(project, random, kills), []);
  });

  it('lets no flipped bit in the cache reach an output, and leaves no damaged object', async () => {
    assert.deepEqual(await flipAndRestore(project, seeded(2), 10), []);
  });
});
