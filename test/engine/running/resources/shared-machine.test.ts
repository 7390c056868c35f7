import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SharedMachine } from '../../../../src/engine/running/resources/shared-machine.ts';

describe('what runs in one process share', () => {
  let shared: SharedMachine;
  beforeEach(() => {
    shared = new SharedMachine({ totals: { cpus: 2, licence: 1 }, devices: [] });
  });
  afterEach(() => shared.close());

  it('is taken wholly or not at all', () => {
    assert.equal(shared.tryTake({ cpus: 1, licence: 1 }), true);
    assert.equal(shared.tryTake({ cpus: 1, licence: 1 }), false);
    assert.equal(shared.tryTake({ cpus: 1 }), true);
    assert.equal(shared.tryTake({ cpus: 1 }), false);
    shared.giveBack({ cpus: 1, licence: 1 });
    assert.equal(shared.tryTake({ licence: 1, cpus: 1 }), true);
  });

  it('gives all there is to who asks for more, and any amount of what is not limited', () => {
    assert.equal(shared.tryTake({ cpus: 64, memory: 1e12 }), true);
    assert.equal(shared.tryTake({ cpus: 1 }), false);
    shared.giveBack({ cpus: 64, memory: 1e12 });
    assert.equal(shared.tryTake({ cpus: 2 }), true);
  });
});
