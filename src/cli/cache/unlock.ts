import { rmSync } from 'node:fs';
import { holderName, type SeenHolder, spanText } from '../../base/locks/holder.ts';
import { lockInventory } from '../../base/locks/holders.ts';
import { momentPrefix } from '../../base/locks/lock-folders.ts';
import { ProcessLocks } from '../../base/locks/process-locks.ts';
import { isHereAndGone } from '../../base/locks/liveness.ts';
import { lookUpProcess, thisPlace } from '../../base/locks/place.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { findRoot } from '../find-root.ts';
import { visible } from '../../engine/console/visible.ts';

export interface UnlockOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

type Listed = SeenHolder & { readonly locks: number };

/** What is done about a holder, and when nothing is, why. */
type Verdict =
  | { readonly remove: true }
  /** `lives`: on this machine. `believed`: elsewhere, and it still gives signs of life. */
  | { readonly remove: false; readonly because: 'lives' | 'believed' };

/** `pipeline unlock [NAME...]`: lists who holds locks in the project, and removes those of dead processes. */
export function unlock(names: readonly string[], options: UnlockOptions): ExitCode {
  const root = findRoot();
  const { holders, strangers } = lockInventory(root);
  const all = holders.map(withOwnWord);
  const meant = names.length === 0 ? all : named(all, names);
  const verdicts = meant.map((holder): [Listed, Verdict] => [holder, verdictOn(holder, names, options)]);
  const going = verdicts.filter(([, { remove }]) => remove).map(([holder]) => holder);
  const removesStrangers = options.force === true && names.length === 0;
  if (options.dryRun !== true) {
    remove(root, going);
    if (removesStrangers) for (const { file } of strangers) rmSync(file, { recursive: true, force: true });
  }
  const shownStrangers = names.length > 0 ? [] : strangers;
  if (options.json === true) {
    const document = {
      dryRun: options.dryRun ?? false,
      holders: verdicts.map(([holder, verdict]) => jsonOf(holder, verdict)),
      strangers: shownStrangers.map(({ file, problem }) => ({ file, problem, remove: removesStrangers })),
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    const verb = options.dryRun === true ? 'would be removed' : 'removed';
    const lines = [
      ...verdicts.map(([holder, verdict]) => lineOf(holder, verdict, verb)),
      ...shownStrangers.map(({ file, problem }) => (removesStrangers ? `${file}: no lock; ${verb}` : problem)),
    ];
    process.stdout.write(lines.length === 0 ? 'Nothing is locked.\n' : `${lines.map(visible).join('\n')}\n`);
  }
  // Of what was asked for by name, something is left.
  return names.length > 0 && going.length < meant.length ? exitCodes.failed : exitCodes.ok;
}

/** A person asks: of a process that ran under another host's name, this machine's own table of processes is enough. */
function withOwnWord(holder: Listed): Listed {
  return isHereAndGone(holder, thisPlace(), lookUpProcess) ? { ...holder, life: 'dead' } : holder;
}

/** The holders that the names mean: by id, process number or host. Throws UsageError for a name that means none. */
function named(all: readonly Listed[], names: readonly string[]): Listed[] {
  const means = ({ id, pid, host }: Listed, name: string): boolean =>
    id === name || host === name || (pid > 0 && String(pid) === name);
  for (const name of names) {
    if (all.some((holder) => means(holder, name))) continue;
    const known = all.length === 0 ? 'nothing is locked' : `these hold locks: ${all.map(({ id }) => id).join(', ')}`;
    throw new UsageError(`"${name}" is no holder of locks here (an id, a process number or a host); ${known}`);
  }
  return all.filter((holder) => names.some((name) => means(holder, name)));
}

function verdictOn({ id, life }: Listed, names: readonly string[], { force = false }: UnlockOptions): Verdict {
  switch (life) {
    case 'dead':
      return { remove: true };
    case 'unknown':
      return force ? { remove: true } : { remove: false, because: 'believed' };
    case 'alive':
      // A process that hangs beyond any kill is all that this is for, so its whole id is asked for.
      return force && names.includes(id) ? { remove: true } : { remove: false, because: 'lives' };
  }
}

/** Takes over what they have and releases it, as a run does with what a dead process left: safe beside other runs. */
function remove(root: string, holders: readonly Listed[]): void {
  if (holders.length === 0) return;
  const locks = ProcessLocks.open(root, { prefix: momentPrefix, deposed: new Set(holders.map(({ id }) => id)) });
  try {
    locks.sweep();
  } finally {
    locks.close();
  }
}

function lineOf(holder: Listed, verdict: Verdict, verb: string): string {
  const { id, life, since, lastSign, locks, pid, silence } = holder;
  const facts = [
    `${holderName(holder)} (${id})`,
    `since ${since}`,
    `last sign of life ${new Date(lastSign).toISOString()}`,
    `${locks} ${locks === 1 ? 'lock' : 'locks'}`,
    life,
  ];
  return `${facts.join(', ')}: ${end()}`;

  function end(): string {
    if (verdict.remove) return verb;
    if (verdict.because === 'lives') {
      return `left, because it lives; stop it with: kill ${pid}. If that is impossible: pipeline unlock --force ${id}`;
    }
    return (
      `left, because it may live on another machine or in another container; ${spanText(silence)} after its last sign ` +
      `of life it counts as dead. If you know that it is gone: pipeline unlock --force ${id}`
    );
  }
}

function jsonOf(holder: Listed, verdict: Verdict): object {
  const { id, pid, host, since, lastSign, life, locks, file } = holder;
  return {
    id,
    pid,
    host,
    since,
    lastSign: new Date(lastSign).toISOString(),
    life,
    locks,
    file,
    remove: verdict.remove,
  };
}
