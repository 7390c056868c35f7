import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Holder } from '../../../src/base/locks/holder.ts';
import { type Circumstances, isHereAndGone, judge, type Sign } from '../../../src/base/locks/liveness.ts';

const here = { host: 'here', machine: 'm1', boot: 'b1', pidNamespace: 'pid:[1]' };
const minute = 60_000;
const now = 1_000 * minute;

/** Pid 7 lives here, born at 100; pid 8 lives, and who is no member of this machine's root may not see since when. */
function at(changes: Partial<Circumstances> = {}): Circumstances {
  return {
    here,
    uptime: () => 60 * minute,
    lookUp: (pid) => (pid === 7 || pid === 8 ? { exists: true, birth: pid === 7 ? '100' : null } : { exists: false }),
    now: () => now,
    silence: 3 * minute,
    ...changes,
  };
}

function sign(changes: Partial<Holder> = {}, age = 0, quality: Sign['quality'] = 'whole'): Sign {
  const holder = { ...here, id: 'a', pid: 7, since: '', birth: '100', heartbeat: 5000, ...changes };
  return { holder, lastSign: now - age, quality };
}

describe('judging a holder', () => {
  it('asks the table of processes about one of this host, boot and pid namespace, and nothing else', () => {
    const noClock = at({
      now: () => {
        throw new Error('the clock does not matter');
      },
    });
    assert.equal(judge(sign({}, 100 * minute), noClock), 'alive');
    assert.equal(judge(sign({ pid: 9 }), noClock), 'dead');
    assert.equal(judge(sign({ birth: '99' }), noClock), 'dead', 'a later process has the pid');
  });

  it('lets signs of life decide where the start of a process cannot be seen', () => {
    assert.equal(judge(sign({ pid: 8 }), at()), 'alive');
    assert.equal(judge(sign({ pid: 8 }, 4 * minute), at()), 'dead');
    assert.equal(judge(sign({ pid: 8, heartbeat: null }, 4 * minute), at()), 'alive', 'it never promised any');
  });

  for (const [where, changes] of Object.entries({
    'another host': { host: 'elsewhere' },
    'another pid namespace': { pidNamespace: 'pid:[2]' },
    'another boot of another machine of the same name': { boot: 'b2', machine: 'm2' },
    'another boot of a machine that does not say which': { boot: 'b2', machine: null },
  })) {
    it(`believes one in ${where} until it is silent`, () => {
      for (const pid of [7, 9]) {
        assert.equal(judge(sign({ ...changes, pid }), at()), 'unknown');
        assert.equal(judge(sign({ ...changes, pid }, 3 * minute), at()), 'unknown');
        assert.equal(judge(sign({ ...changes, pid }, 3 * minute + 1), at()), 'dead');
      }
    });
  }

  it('takes one of an earlier boot of this machine for dead at once', () => {
    const restarted = at({ uptime: () => minute });
    assert.equal(judge(sign({ boot: 'b0' }, 1.5 * minute), restarted), 'dead');
    assert.equal(
      judge(sign({ boot: 'b0' }, 0.5 * minute), restarted),
      'unknown',
      'a sign since then is not of this one',
    );
  });

  it('judges a holder of an earlier version by its host and pid, and one of a later version by its signs', () => {
    const old = { machine: null, boot: null, pidNamespace: null, heartbeat: null };
    assert.equal(judge(sign(old), at()), 'alive');
    assert.equal(judge(sign({ ...old, pid: 9 }), at()), 'dead');
    assert.equal(judge(sign({ ...old, host: 'elsewhere' }, 30 * 24 * 60 * minute), at()), 'dead');
    assert.equal(judge(sign({ pid: 0, host: 'unknown' }), at()), 'unknown');
    assert.equal(judge(sign({ pid: 0, host: 'unknown' }, 4 * minute), at()), 'dead');
  });

  it('gives a damaged file some seconds in which it may be being written, and does not believe one from the future', () => {
    assert.equal(judge(sign({}, 1000, 'damaged'), at()), 'unknown');
    assert.equal(judge(sign({}, 6000, 'damaged'), at()), 'dead');
    assert.equal(judge(sign({}, -60 * minute, 'damaged'), at()), 'dead');
    assert.equal(judge(sign({ host: 'elsewhere' }, -60 * minute), at()), 'dead');
    assert.equal(judge(sign({}, minute, 'unreadable'), at()), 'unknown');
    assert.equal(judge(sign({}, 4 * minute, 'unreadable'), at()), 'dead');
  });

  it('takes nobody for silent while the clock settles, nor one whose heartbeat is slow', () => {
    assert.equal(judge(sign({ host: 'elsewhere' }, 100 * minute), at({ now: () => null })), 'unknown');
    assert.equal(judge(sign({ host: 'elsewhere', heartbeat: 2 * minute }, 7 * minute), at()), 'unknown');
  });

  it('never calls a holder dead that is elsewhere and gave a sign within the time', () => {
    const text = fc.option(fc.constantFrom('here', 'm1', 'b1', 'pid:[1]', 'other'), { nil: null });
    fc.assert(
      fc.property(text, text, text, fc.nat(3 * minute), fc.integer(), (machine, boot, pidNamespace, age, pid) => {
        const judged = judge(sign({ host: 'elsewhere', machine, boot, pidNamespace, pid }, age), at());
        assert.equal(judged, 'unknown');
      }),
    );
  });
});

describe('isHereAndGone', () => {
  it('is true of a process of this boot and pid namespace that is gone, whatever the host is called', () => {
    const gone = (changes: Partial<Holder>): boolean =>
      isHereAndGone(sign({ host: 'old-container', ...changes }).holder, here, at().lookUp);
    assert.equal(gone({ pid: 9 }), true);
    assert.equal(gone({ birth: '99' }), true);
    assert.equal(gone({}), false);
    assert.equal(gone({ pid: 9, boot: 'b2' }), false);
    assert.equal(gone({ pid: 9, boot: null }), false);
    assert.equal(gone({ pid: 9, pidNamespace: 'pid:[2]' }), false);
  });
});
