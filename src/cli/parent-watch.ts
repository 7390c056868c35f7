import { readFileSync } from 'node:fs';

/** Time (ms) between two looks. */
const lookEvery = 1000;

/** What is asked about processes; passed in for tests. */
export interface ParentFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ppid: () => number;
  /** The text of `/proc/PID/stat`; null where there is none. */
  readonly stat: (pid: number | 'self') => string | null;
}

const realFacts: ParentFacts = {
  env: process.env,
  ppid: () => process.ppid,
  stat: (pid) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8');
    } catch {
      return null;
    }
  },
};

/**
 * Calls back once when the package manager that runs this process as a script is gone: a SIGTERM to npm ends npm alone,
 * which does not pass it on. A process that was started in another way, or put into the background, is left alone.
 */
export function watchParent(gone: () => void, every = lookEvery, facts = realFacts): void {
  const isGone = parentWatch(facts);
  if (isGone === null) return;
  const timer = setInterval(() => {
    if (!isGone()) return;
    clearInterval(timer);
    gone();
  }, every).unref();
}

const packageManager = /^(?:npm|node|pnpm|yarn|bun)/;
const shell = /^(?:(?:da|ba|a|k|z)?sh|busybox)$/;
/** What a script has that leaves its command behind on purpose. */
const outlivesScript = /&|\b(?:nohup|setsid|disown|daemonize|start-stop-daemon|systemd-run|tmux|screen|at|batch)\b/;
/** The other meanings of `&`: and, and redirections. */
const notBackground = /&&|[<>]&|&>/g;

/**
 * How to find out whether the package manager is gone; null when there is none, or nothing follows from its end.
 *
 * npm starts a script by a shell, which waits for the command or is replaced by it. Only a script that puts nothing into
 * the background ends after its command; and a command with a process group of its own (setsid, a shell with job
 * control) was meant to be on its own.
 */
export function parentWatch({ env, ppid, stat }: ParentFacts): (() => boolean) | null {
  const { npm_lifecycle_script: script = '' } = env;
  if (script === '' || outlivesScript.test(script.replaceAll(notBackground, ' '))) return null;
  const parentId = ppid();
  const [me, parent] = [parse(stat('self')), parse(stat(parentId))];
  if (me === null || parent?.group !== me.group) return null;
  if (packageManager.test(parent.name)) return () => ppid() !== parentId;
  const grandparent = parse(stat(parent.parent));
  if (!shell.test(parent.name) || grandparent?.group !== me.group || !packageManager.test(grandparent.name))
    return null;
  return () => ppid() !== parentId || parse(stat(parentId))?.parent !== parent.parent;
}

function parse(text: string | null): { name: string; parent: number; group: number } | null {
  // The name, in brackets, may hold blanks and brackets itself.
  const [, name = '', rest = ''] = /\((.*)\) \S+ (.*)/s.exec(text ?? '') ?? [];
  const [parent, group] = rest.split(' ').map(Number);
  return parent === undefined || group === undefined ? null : { name, parent, group };
}
