import type { Holder, Life } from './holder.ts';
import type { Place, ProcessState } from './place.ts';

/** Time (ms) between two signs of life of a holder. */
export const defaultHeartbeat = 5000;

/**
 * Time (ms) without a sign of life after which a holder that cannot be asked counts as dead. Network folders may show
 * a file's time a minute late, and a busy machine may miss some beats.
 */
export const defaultSilence = 180_000;

/** Time (ms) for which a file without a readable holder may be one that is being written. */
const halfMadeFor = 5000;

/** A heartbeat slower than the usual one gets so many times its length before it counts as silence. */
const missedBeats = 4;

/** What a holder is judged by. All of it is passed in, so that judging is a function of its arguments. */
export interface Circumstances {
  readonly here: Place;
  /** The time (ms) that has passed since the system here was started. */
  readonly uptime: () => number;
  readonly lookUp: (pid: number) => ProcessState;
  /** Time (ms since 1970) by the clock that dates signs of life; null: it has just jumped. Asked only when it matters. */
  readonly now: () => number | null;
  readonly silence: number;
}

/** A look at a holder's file. */
export interface Sign {
  readonly holder: Holder;
  /** When the file was touched last (ms since 1970). */
  readonly lastSign: number;
  /** `damaged`: it holds no holder. `unreadable`: this user may not read it. */
  readonly quality: 'whole' | 'damaged' | 'unreadable';
}

/**
 * Whether a holder lives. A process of the same place (host, boot, pid namespace) is looked up; one of an earlier boot of
 * this machine is dead; any other is believed for as long as it gives signs of life.
 */
export function judge({ holder, lastSign, quality }: Sign, at: Circumstances): Life {
  const { here, now, lookUp, uptime } = at;
  // A sign from the future is none: the clock was set back, and who lives gives another one soon.
  const silentFor = (limit: number): boolean => Math.abs((now() ?? lastSign) - lastSign) > limit;
  const isSilent = (): boolean => silentFor(silenceOf(holder, at));
  if (quality === 'damaged') return silentFor(halfMadeFor) ? 'dead' : 'unknown';
  if (quality === 'unreadable' || holder.pid <= 0) return isSilent() ? 'dead' : 'unknown';
  if (isSamePlace(holder, here)) {
    const process = lookUp(holder.pid);
    if (!process.exists) return 'dead';
    if (holder.birth !== null && process.birth !== null) return holder.birth === process.birth ? 'alive' : 'dead';
    // Without a birth it may be a later process with the same pid; the holder itself would keep its promise.
    return holder.heartbeat !== null && isSilent() ? 'dead' : 'alive';
  }
  const isEarlierBoot =
    holder.host === here.host && known(holder.machine, here.machine) && differ(holder.boot, here.boot);
  // A sign since the start of this machine comes from another one of the same name.
  if (isEarlierBoot && lastSign < (now() ?? 0) - uptime()) return 'dead';
  return isSilent() ? 'dead' : 'unknown';
}

/**
 * Whether a process of this boot and this pid namespace is gone, under whatever name its host ran then. Two machines
 * that were started from one snapshot share a boot as well, so that only a person may rely on it.
 */
export function isHereAndGone(holder: Holder, here: Place, lookUp: Circumstances['lookUp']): boolean {
  if (!known(holder.boot, here.boot) || !known(holder.pidNamespace, here.pidNamespace) || holder.pid <= 0) return false;
  const process = lookUp(holder.pid);
  return !process.exists || (holder.birth !== null && process.birth !== null && holder.birth !== process.birth);
}

/** Time (ms) after which silence of this holder means death. */
export function silenceOf(
  { heartbeat }: Pick<Holder, 'heartbeat'>,
  { silence }: Pick<Circumstances, 'silence'>,
): number {
  return Math.max(silence, missedBeats * (heartbeat ?? 0));
}

/** Holders of an earlier version name only their host; what they did not know does not tell them from this place. */
function isSamePlace(holder: Place, here: Place): boolean {
  return (
    holder.host === here.host && !differ(holder.boot, here.boot) && !differ(holder.pidNamespace, here.pidNamespace)
  );
}

function differ(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}

/** Both are known, and equal. */
function known(one: string | null, other: string | null): boolean {
  return one !== null && one === other;
}
