import type { ChildProcess } from 'node:child_process';

/** Sends a signal to a process group, and for SIGKILL also to descendants that left the group. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (signal === 'SIGKILL') {
    // The list of descendants has to be read before their parent is gone.
    void killTree(pid).finally(() => sendToGroup(pid, signal));
    return;
  }
  sendToGroup(pid, signal);
}

/** Sends a signal to a process group, also when its leader is gone. */
export function sendToGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

async function killTree(pid: number): Promise<void> {
  try {
    const { kill } = await import('zx/core');
    await kill(pid, 'SIGKILL');
  } catch {
    // Gone already, or the system has no descriptor left to look at the processes with.
  }
}
