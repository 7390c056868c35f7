import { type ChildProcess, spawn } from 'node:child_process';
import type { Execution, ExecutionRequest, Executor, Exit } from './executor.ts';
import { succeeded } from './executor.ts';
import type { ProcessGuard } from './guard.ts';
import { outputStreams, readBytes } from './output-streams.ts';
import { sendToGroup, signalGroup } from './process-groups.ts';
import { startFailure } from './start-failure.ts';

/** Time (ms) that processes which a command left behind get to write the rest of their output. */
const leftoverGrace = 1000;

/** Time (ms) after which the streams of those that are gone must have been read to their end. */
const lastReads = 300;

/**
 * Runs shell commands as processes of this machine, each the leader of a process group of its own: a Ctrl-C in the
 * terminal reaches the runner alone, which then stops the stages in its own order.
 *
 * Processes are started with node's spawn, because the log has to be streamed and never kept whole in memory; zx ends
 * process trees.
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
        const child = startShell(command, request);
        if ('type' in child) return child;
        this.#guard.watch(child);
        current = child;
        exit = await exitOf(child, command, request);
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

/** The shell's process, or why there is none: the system may refuse at once, or later by an error of the process. */
function startShell(command: string, request: ExecutionRequest): ChildProcess | Exit {
  try {
    return spawn('/bin/sh', shellArguments(command), {
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    return startFailure(error, 'a shell', { ...request, command });
  }
}

/** A text of several lines stops at its first line that fails, as a list of commands does. */
function shellArguments(command: string): string[] {
  return [command.includes('\n') ? '-ec' : '-c', command];
}

/** Resolves when the process has ended and all its output has been passed on. */
function exitOf(child: ChildProcess, command: string, request: ExecutionRequest): Promise<Exit> {
  return new Promise((resolve) => {
    const streams = outputStreams(child);
    let ended: Exit | null = null;
    let open = streams.length;
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
    child.on('error', (error) => resolve(startFailure(error, 'a shell', { ...request, command })));
    for (const [name, stream] of streams) readBytes(stream, (bytes) => request.onOutput(name, bytes), close);
    child.on('exit', (code, signal) => {
      ended = signal === null ? { type: 'exited', code: code ?? 1 } : { type: 'killed', signal };
      settle();
      if (open > 0) leftovers = setTimeout(endLeftovers, leftoverGrace);
    });
    // What the command left running in the background would keep the streams open for ever.
    const endLeftovers = (): void => {
      const { pid } = child;
      if (pid !== undefined) sendToGroup(pid, 'SIGKILL');
      // A daemon has left the group. What it writes from now on is nobody's.
      leftovers = setTimeout(() => {
        for (const [, stream] of streams) stream.destroy();
      }, lastReads);
    };
  });
}
