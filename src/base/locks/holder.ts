import { randomBytes } from 'node:crypto';
import { birthOf, type Place, thisPlace } from './place.ts';

/**
 * The holder of locks, as its file says it. Today that is always a process. A later kind, such as the job of a
 * scheduler, has the same first fields and is judged by its signs of life alone.
 */
export interface Holder extends Place {
  /** Unlike a pid, never used again; fit for a file name. */
  readonly id: string;
  /** 0: not known. */
  readonly pid: number;
  /** ISO time at which it began. */
  readonly since: string;
  /** What tells the process from a later one with the same pid; null where the system does not say. */
  readonly birth: string | null;
  /** The holder promises a sign of life each time so many ms have passed; null: it promises none. */
  readonly heartbeat: number | null;
}

/** `alive` and `dead` are certain; an `unknown` holder is believed while it gives signs of life. */
export type Life = 'alive' | 'dead' | 'unknown';

/** A holder that was looked at. */
export interface SeenHolder extends Holder {
  readonly life: Life;
  /** Its last sign of life as ms since 1970, by the clock of the file system. */
  readonly lastSign: number;
  /** Time (ms) of silence after which it counts as dead if it cannot be asked. */
  readonly silence: number;
  /** Absolute path of the file that was looked at. */
  readonly file: string;
}

/** Version of the text of a holder. The first had no `version`, heartbeat nor place beyond the host's name. */
const formatVersion = 2;

/** Where the holder of a file that cannot be read runs. */
const nowhere = 'unknown';

/** This process as a holder. @param prefix begins the id, which is also the name of the holder's own file */
export function describeMe(prefix: string, heartbeat: number | null): Holder {
  return {
    ...thisPlace(),
    id: `${prefix}${process.pid}-${randomBytes(6).toString('hex')}`,
    pid: process.pid,
    since: new Date().toISOString(),
    birth: birthOf(process.pid),
    heartbeat,
  };
}

/** The text of a holder: one line of JSON. */
export function holderText(holder: Holder): string {
  return JSON.stringify({ version: formatVersion, kind: 'process', ...holder });
}

/** The holder that a file's text describes, of this version, an earlier or a later one; null when it describes none. */
export function parseHolder(text: string, file: { readonly ino: number; readonly mtime: Date }): Holder | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof document !== 'object' || document === null) return null;
  const {
    kind = 'process',
    id,
    since,
    pid,
    host,
    birth,
    heartbeat,
    machine,
    boot,
    pidNamespace,
  } = document as {
    readonly [key in keyof Holder | 'kind']?: unknown;
  };
  const name = id === undefined ? `unnamed-${file.ino}` : id;
  // The id becomes part of file names.
  if (typeof name !== 'string' || !/^[\w-]{1,100}$/.test(name)) return null;
  const isProcess = kind === 'process';
  if (isProcess && (typeof pid !== 'number' || typeof host !== 'string')) return null;
  return {
    id: name,
    since: typeof since === 'string' ? since : file.mtime.toISOString(),
    // What is no process must not be looked up among processes.
    pid: isProcess && typeof pid === 'number' ? pid : 0,
    host: typeof host === 'string' ? host : nowhere,
    birth: orNull(birth),
    heartbeat: typeof heartbeat === 'number' && heartbeat > 0 ? heartbeat : null,
    machine: orNull(machine),
    boot: orNull(boot),
    pidNamespace: orNull(pidNamespace),
  };
}

/** Stands for the holder of a file that names none that can be read. */
export function unnamedHolder(id: string, since: string): Holder {
  const nothing = { birth: null, heartbeat: null, machine: null, boot: null, pidNamespace: null };
  return { id, since, pid: 0, host: nowhere, ...nothing };
}

/** `process 8682 on old-container` */
export function holderName({ pid, host, file }: SeenHolder): string {
  if (pid > 0) return `process ${pid} on ${host}`;
  return host === nowhere ? `the unknown process that wrote ${file}` : `a holder on ${host}`;
}

/** How the wait for a holder ends that cannot be asked; empty for any other. Goes on a sentence. */
export function wayOut({ life, lastSign, silence, file, id }: SeenHolder): string {
  if (life !== 'unknown') return '';
  return (
    `its last sign of life came at ${new Date(lastSign).toISOString()} (${file}). It cannot be asked from here, because ` +
    `it runs on another machine or in another container; after ${spanText(silence)} of silence it counts as dead. ` +
    `If you know that it is gone: pipeline unlock --force ${id}`
  );
}

/** `3 minutes`, `20 seconds` */
export function spanText(ms: number): string {
  const [count, unit] = ms >= 120_000 ? [Math.round(ms / 60_000), 'minute'] : [Math.ceil(ms / 1000), 'second'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function orNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
