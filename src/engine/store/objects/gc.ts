import { type Digest, hashOf, isExecutable } from '../contents/digest.ts';

/** An object of the cache, as garbage collection sees it. */
export interface StoredObject {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** When its file was last changed in any way (ms since 1970). */
  readonly changedAt: number;
}

export interface StoredRun {
  readonly fingerprint: Digest;
  /** When it was recorded (ms since 1970). */
  readonly recordedAt: number;
  /** Objects it refers to: outputs and log. */
  readonly needs: readonly Digest[];
}

/** A temporary or quarantined file that no command will ask for, or what an unfinished stage could go on from. */
export interface Leftover {
  readonly file: string;
  readonly size: number;
  readonly changedAt: number;
}

export interface CacheContents {
  readonly objects: readonly StoredObject[];
  readonly runs: readonly StoredRun[];
  readonly leftovers: readonly Leftover[];
}

export interface GarbageRules {
  /** Digests that lock files refer to; what is named here stays whatever its age. */
  readonly referenced: ReadonlySet<string>;
  /** The files of a directory that is in the cache. */
  readonly filesOf: (directory: Digest) => readonly Digest[];
  /** Nothing that was recorded or written after this moment (ms since 1970) goes. */
  readonly keepSince: number;
  /** Bytes; when given, only as much goes as is too much, oldest first. Null: everything that may go does. */
  readonly maxSize: number | null;
}

export interface Garbage {
  readonly objects: readonly StoredObject[];
  readonly runs: readonly StoredRun[];
  readonly leftovers: readonly Leftover[];
  /** Bytes of objects and leftovers that go. */
  readonly freed: number;
  /** Bytes of objects that stay. */
  readonly kept: number;
}

/**
 * Decides what a cache can do without. A run that is older than the rules keep goes with the objects that nobody else
 * needs; what the lock files refer to, and what a younger run needs, stays.
 */
export function collectGarbage({ objects, runs, leftovers }: CacheContents, rules: GarbageRules): Garbage {
  const { referenced, filesOf, keepSince, maxSize } = rules;
  const closureOf = (digest: Digest): readonly Digest[] =>
    digest.endsWith('.dir') ? [digest, ...filesOf(digest)] : [digest];
  const needsOf = new Map(runs.map((run) => [run, [...new Set(run.needs.flatMap(closureOf))]]));

  const protectedRuns = runs.filter((run) => run.recordedAt >= keepSince || referenced.has(run.fingerprint));
  const safe = new Set<Digest>(protectedRuns.flatMap((run) => needsOf.get(run) ?? []));
  for (const { digest } of objects) {
    // A lock names a dependency by its bytes alone.
    const isReferenced = referenced.has(digest) || (isExecutable(digest) && referenced.has(hashOf(digest)));
    if (isReferenced) for (const inner of closureOf(digest)) safe.add(inner);
  }

  const open = runs.filter((run) => !protectedRuns.includes(run)).sort((a, b) => a.recordedAt - b.recordedAt);
  const users = new Map<Digest, number>();
  for (const run of open) for (const need of needsOf.get(run) ?? []) users.set(need, (users.get(need) ?? 0) + 1);

  const mayGo = (object: StoredObject): boolean => !safe.has(object.digest) && object.changedAt < keepSince;
  const byDigest = new Map(objects.map((object) => [object.digest, object]));
  const gone = new Set<StoredObject>();
  const oldLeftovers = leftovers.filter(({ changedAt }) => changedAt < keepSince);
  let size = sum(objects);
  const enough = (): boolean => maxSize !== null && size <= maxSize;
  const drop = (object: StoredObject): void => {
    if (gone.has(object)) return;
    gone.add(object);
    size -= object.size;
  };

  // First what no run knows, then runs from the oldest on.
  const orphans = objects.filter((object) => mayGo(object) && !users.has(object.digest));
  for (const object of orphans.sort((a, b) => a.changedAt - b.changedAt)) if (!enough()) drop(object);
  const goneRuns: StoredRun[] = [];
  for (const run of open) {
    if (enough()) break;
    const needs = needsOf.get(run) ?? [];
    for (const need of needs) users.set(need, (users.get(need) ?? 1) - 1);
    const free = needs.flatMap((need) => byDigest.get(need) ?? []).filter(mayGo);
    // A run whose objects all stay costs nothing, and can still be restored.
    const whole = needs.every((need) => byDigest.has(need));
    if (whole && free.length === 0) continue;
    goneRuns.push(run);
    for (const object of free) if (users.get(object.digest) === 0) drop(object);
  }
  return {
    objects: [...gone],
    runs: goneRuns,
    leftovers: oldLeftovers,
    freed: sum(gone) + sum(oldLeftovers),
    kept: size,
  };
}

function sum(items: Iterable<{ readonly size: number }>): number {
  let total = 0;
  for (const { size } of items) total += size;
  return total;
}
