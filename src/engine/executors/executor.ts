import { constants } from 'node:os';
import type { OutputName } from './output-streams.ts';

/** How a stage's process ended. */
export type Exit =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'killed'; readonly signal: NodeJS.Signals }
  | { readonly type: 'not-started'; readonly message: string };

export interface ExecutionRequest {
  /** Shell commands, run one after the other until one fails. */
  readonly commands: readonly string[];
  /** The same work for a warm stage host: a stage file (absolute) and its arguments; null when it has to be a process. */
  readonly warm: { readonly file: string; readonly args: readonly string[] } | null;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of the stage's context (see stage-context.ts). */
  readonly contextFile: string;
  /** Cores that the instance was given. */
  readonly cpus: number;
  /** Called with everything that is written, of each stream in its order, and never after `done`. */
  readonly onOutput: (stream: OutputName, bytes: Buffer) => void;
}

export interface Execution {
  readonly done: Promise<Exit>;
  /** Sends a signal to the process and all its descendants. */
  stop(signal: NodeJS.Signals): void;
}

/** A place where stages run. */
export interface Executor {
  start(request: ExecutionRequest): Execution;
  /** Ends idle processes; to be called when nothing runs any more. */
  close(): Promise<void>;
}

export function succeeded(exit: Exit): boolean {
  return exit.type === 'exited' && exit.code === 0;
}

/** Exit codes that a shell gives a meaning; a program may mean by any of the others whatever it likes. */
const meanings: Readonly<Record<number, string>> = {
  126: 'Invoked command cannot execute',
  127: 'Command not found',
};

/** The exit in words: `exit code 127 (Command not found)`, `killed by SIGTERM`. */
export function describeExit(exit: Exit): string {
  switch (exit.type) {
    case 'not-started':
      return exit.message;
    case 'killed':
      return killedBy(exit.signal);
    case 'exited': {
      const signal = signalBehind(exit.code);
      if (signal !== null) return `exit code ${exit.code} (${killedBy(signal)})`;
      const words = meanings[exit.code];
      return words === undefined ? `exit code ${exit.code}` : `exit code ${exit.code} (${words})`;
    }
  }
}

/** A shell whose command was killed exits with 128 and the number of the signal. */
function signalBehind(code: number): NodeJS.Signals | null {
  const found = Object.entries(constants.signals).find(([, number]) => code === 128 + number);
  return found === undefined ? null : (found[0] as NodeJS.Signals);
}

function killedBy(signal: NodeJS.Signals): string {
  return signal === 'SIGKILL'
    ? 'killed by SIGKILL: by hand, or by the system because memory ran out'
    : `killed by ${signal}`;
}
