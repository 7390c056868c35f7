import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** Where a process runs: which processes its pid can be looked up among. Null: the system does not say. */
export interface Place {
  readonly host: string;
  /** The installation of the system; stays the same when it is started again. */
  readonly machine: string | null;
  /** This start of the kernel. */
  readonly boot: string | null;
  /** The set of pids that the process belongs to: each container has its own. */
  readonly pidNamespace: string | null;
}

let system: Omit<Place, 'host'> | null = null;

/** The place of this process. */
export function thisPlace(): Place {
  // The rest stays as it is for as long as the process lives.
  system ??= {
    machine: firstLine('/etc/machine-id'),
    boot: firstLine('/proc/sys/kernel/random/boot_id'),
    pidNamespace: linkTarget('/proc/self/ns/pid'),
  };
  return { host: hostname(), ...system };
}

/** A process as the system's table of processes shows it. */
export type ProcessState =
  | { readonly exists: false }
  /** `birth` tells it from a later process with the same pid; null: it cannot be seen from here. */
  | { readonly exists: true; readonly birth: string | null };

/** Looks up a process of this place. */
export function lookUpProcess(pid: number): ProcessState {
  if (!Number.isSafeInteger(pid) || pid <= 0) return { exists: false };
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not permitted: there is one, of another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return { exists: false };
  }
  const stat = statFields(pid);
  // A zombie does nothing any more.
  if (stat?.state === 'Z' || stat?.state === 'X') return { exists: false };
  return { exists: true, birth: stat?.birth ?? null };
}

/** When a process was started, in the system's own count (Linux: clock ticks since boot); null where it cannot be seen. */
export function birthOf(pid: number): string | null {
  return statFields(pid)?.birth ?? null;
}

/** Time (ms) since the system was started. */
export function uptimeMs(): number {
  return uptime() * 1000;
}

function statFields(pid: number): { state: string; birth: string | null } | null {
  const stat = text(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name of the program, in brackets, may hold blanks and brackets itself.
  const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state, birth: rest[18] ?? null };
}

function firstLine(file: string): string | null {
  const [line = ''] = (text(file) ?? '').split('\n', 1);
  return line.trim() === '' ? null : line.trim();
}

function linkTarget(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
}

function text(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
