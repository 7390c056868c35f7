import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Execution, ExecutionRequest, Executor, Exit } from './executor.ts';
import { succeeded } from './executor.ts';
import type { ProcessGuard } from './guard.ts';
import { limitAdvice } from './limit-advice.ts';
import { readLines } from './lines.ts';
import { sendToGroup, signalGroup } from './process-groups.ts';

/** Time (ms) that processes which a command left behind get to write the rest of their output. */
const leftoverGrace = 1000;

/**
 * Runs shell commands as processes of this machine, each the leader of a process group of its own: a Ctrl-C in the
 * terminal reaches the runner alone, which then stops the stages in its own order.
 *
 * Processes are started with node's spawn, because the log has to be streamed and never kept whole in memory; zx ends
 * process trees and puts exit codes into words.
 */
export class LocalExecutor implements Executor {
  readonly #guard: ProcessGuard;

  constructor(guard: ProcessGuard) {
    this.#guard = guard;
  }

  start(request: ExecutionRequest): Execution {
    let current: ChildProcess | null = null;
    let stoppedBy: NodeJS.Signals | null = null;
    const runAll = async (): Promise<Exit> => {
      let exit: Exit = { type: 'exited', code: 0 };
      for (const command of request.commands) {
        if (stoppedBy !== null) return { type: 'killed', signal: stoppedBy };
        const child = spawn('/bin/sh', ['-c', command], {
          cwd: request.cwd,
          env: request.env,
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.#guard.watch(child);
        current = child;
        exit = await exitOf(child, request);
        if (!succeeded(exit)) return exit;
      }
      return exit;
    };
    return {
      done: runAll(),
      stop(signal) {
        stoppedBy = signal;
        if (current !== null) signalGroup(current, signal);
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Of a missing working directory the system says that the shell does not exist. */
function startFailure(error: Error, cwd: string): string {
  if (!existsSync(cwd)) return `the working directory ${cwd} does not exist`;
  return `cannot start a shell: ${error.message}${limitAdvice(error)}`;
}

/** Resolves when the process has ended and all its output has been passed on. */
function exitOf(child: ChildProcess, { cwd, onLine }: ExecutionRequest): Promise<Exit> {
  return new Promise((resolve) => {
    // When the descriptors run out there are no streams at all, whatever the type says; the error follows.
    const { stdout = null, stderr = null } = child as Partial<ChildProcess>;
    let ended: Exit | null = null;
    let open = 2;
    let leftovers: NodeJS.Timeout | undefined;
    const settle = (): void => {
      if (ended === null || open > 0) return;
      clearTimeout(leftovers);
      resolve(ended);
    };
    const close = (): void => {
      open--;
      settle();
    };
    child.on('error', (error) => resolve({ type: 'not-started', message: startFailure(error, cwd) }));
    if (stdout !== null) readLines(stdout, (line) => onLine('stdout', line), close);
    if (stderr !== null) readLines(stderr, (line) => onLine('stderr', line), close);
    child.on('exit', (code, signal) => {
      ended = signal === null ? { type: 'exited', code: code ?? 1 } : { type: 'killed', signal };
      settle();
      // What the command left running in the background would keep the streams open for ever.
      const { pid } = child;
      if (open > 0 && pid !== undefined) leftovers = setTimeout(() => sendToGroup(pid, 'SIGKILL'), leftoverGrace);
    });
  });
}
