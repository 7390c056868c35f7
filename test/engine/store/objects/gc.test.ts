import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Digest, hashBytes } from '../../../../src/engine/store/contents/digest.ts';
import { type CacheContents, collectGarbage, type GarbageRules } from '../../../../src/engine/store/objects/gc.ts';

const digest = (name: string): Digest => hashBytes(name);
const rules = (more: Partial<GarbageRules> = {}): GarbageRules => ({
  referenced: new Set(),
  filesOf: () => [],
  keepSince: 100,
  maxSize: null,
  ...more,
});

/** Objects a to f of 10 bytes; runs r0, r1, ... by age and what they need. */
function cache(objects: Record<string, number>, runs: readonly (readonly [number, string])[] = []): CacheContents {
  return {
    objects: Object.entries(objects).map(([name, changedAt]) => ({ digest: digest(name), size: 10, changedAt })),
    runs: runs.map(([recordedAt, needs], index) => ({
      fingerprint: digest(`r${index}`),
      recordedAt,
      needs: Array.from(needs, digest),
    })),
    leftovers: [],
  };
}

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const gone = (contents: CacheContents, more: Partial<GarbageRules> = {}): string => {
  const { objects } = collectGarbage(contents, rules(more));
  return names.filter((name) => objects.some((object) => object.digest === digest(name))).join('');
};

describe('collectGarbage', () => {
  it('takes what nobody refers to and what only old runs need', () => {
    assert.equal(
      gone(
        cache({ a: 1, b: 1, c: 1 }, [
          [50, 'a'],
          [150, 'b'],
        ]),
      ),
      'ac',
    );
  });

  it('leaves what a lock file refers to, the output or the run', () => {
    const contents = cache({ a: 1, b: 1, c: 1 }, [
      [50, 'a'],
      [50, 'b'],
    ]);
    assert.equal(gone(contents, { referenced: new Set([digest('a'), digest('r1')]) }), 'c');
  });

  it('leaves the files of a directory that is referred to', () => {
    const directory = `${digest('d')}.dir` as Digest;
    const objects = [directory, digest('a'), digest('b')].map((one) => ({ digest: one, size: 10, changedAt: 1 }));
    const result = collectGarbage(
      { objects, runs: [], leftovers: [] },
      rules({ referenced: new Set([directory]), filesOf: (one) => (one === directory ? [digest('a')] : []) }),
    );
    assert.deepEqual(
      result.objects.map((object) => object.digest),
      [digest('b')],
    );
  });

  it('leaves what was written a moment ago, whoever may be about to refer to it', () => {
    assert.equal(gone(cache({ a: 101, b: 99 })), 'b');
  });

  it('with a size takes only as much as is too much: first what no run knows, then the oldest runs', () => {
    const contents = cache({ a: 1, b: 2, c: 3, d: 4 }, [
      [60, 'b'],
      [50, 'c'],
      [70, 'd'],
    ]);
    assert.deepEqual(
      [40, 30, 20, 10, 0].map((maxSize) => gone(contents, { maxSize })),
      ['', 'a', 'ac', 'abc', 'abcd'],
    );
  });

  it('takes old leftovers of writes and of quarantine', () => {
    const leftover = (file: string, changedAt: number) => ({ file, size: 5, changedAt });
    const { leftovers, freed } = collectGarbage(
      { objects: [], runs: [], leftovers: [leftover('old.tmp', 1), leftover('new.tmp', 101)] },
      rules(),
    );
    assert.deepEqual([leftovers.map(({ file }) => file), freed], [['old.tmp'], 5]);
  });

  it('never takes what a lock or a run that stays needs, and frees what it says', () => {
    const ages = fc.integer({ min: 0, max: 200 });
    const arbitrary = fc.record({
      ages: fc.record(Object.fromEntries(names.map((name) => [name, ages]))),
      runs: fc.array(
        fc.tuple(
          ages,
          fc.subarray(names).map((some) => some.join('')),
        ),
      ),
      referenced: fc.subarray([...names, 'r0', 'r1']),
      maxSize: fc.option(fc.integer({ min: 0, max: 60 })),
    });
    fc.assert(
      fc.property(arbitrary, (one) => {
        const contents = cache(one.ages, one.runs);
        const referenced = new Set<string>(one.referenced.map(digest));
        const result = collectGarbage(contents, rules({ referenced, maxSize: one.maxSize }));
        const removed = new Set(result.objects.map((object) => object.digest));
        const removedRuns = new Set(result.runs.map((run) => run.fingerprint));
        for (const run of contents.runs) {
          if (run.recordedAt >= 100 || referenced.has(run.fingerprint)) assert(!removedRuns.has(run.fingerprint));
          if (!removedRuns.has(run.fingerprint)) for (const need of run.needs) assert(!removed.has(need));
        }
        for (const object of result.objects) assert(!referenced.has(object.digest) && object.changedAt < 100);
        assert.equal(result.freed, removed.size * 10);
        assert.equal(result.kept + result.freed, contents.objects.length * 10);
        if (one.maxSize === null) return;
        if (removed.size > 0) assert(result.kept + 10 * names.length > one.maxSize);
      }),
    );
  });
});
