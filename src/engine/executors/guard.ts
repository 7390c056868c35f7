import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Kills the process groups it was told of once its stdin ends, which the kernel sees to when the runner dies,
 * however it dies. A shell, because it starts in a millisecond and every system that runs the stages has one.
 */
const script = `
trap '' INT TERM HUP
groups=' '
while read -r sign group; do
  case "$sign" in
    +) groups="$groups$group " ;;
    -) case "$groups" in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/** Time (ms) after which the guard hears of ended processes even if no new one starts. */
const tellPause = 100;

/** A guard that ends so often is being ended on purpose, or cannot work here. */
const mostStarts = 10;

/** Sees to it that no stage outlives the runner, not even when the runner is killed with SIGKILL. */
export class ProcessGuard {
  #shell: ChildProcess | null = null;
  #starts = 0;
  #isClosed = false;
  #toldProblem = false;
  /** Groups that are to die with the runner. */
  readonly #watched = new Set<number>();
  /** Groups that have ended and of which the guard has not been told: each message costs it a wake-up. */
  readonly #ended: number[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** Told, once and in words, when stages run without a guard. */
  onProblem: (text: string) => void = () => undefined;

  /** Watches the process group of a child that was started as its leader (`detached`). */
  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#watched.add(pid);
    this.#tell(pid);
    child.once('exit', () => {
      this.#watched.delete(pid);
      this.#ended.push(pid);
      this.#timer ??= setTimeout(() => this.#tell(), tellPause).unref();
    });
  }

  /** Ends the guard; what it still watches dies. */
  close(): void {
    this.#isClosed = true;
    if (this.#shell !== null) this.#tell();
    this.#shell?.stdin?.end();
    this.#shell = null;
  }

  #tell(started?: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const ended = this.#ended.splice(0).map((group) => `- ${group}\n`);
    if (this.#shell === null) {
      if (started !== undefined) this.#start();
      return;
    }
    const lines = [...ended, ...(started === undefined ? [] : [`+ ${started}\n`])];
    if (lines.length > 0) this.#shell.stdin?.write(lines.join(''));
  }

  /** Starts a guard and tells it of everything that is to be watched. */
  #start(): void {
    if (this.#isClosed) return;
    if (this.#starts++ >= mostStarts) {
      this.#tellProblem('it was ended again and again');
      return;
    }
    const shell = startShell();
    if (typeof shell === 'string') {
      this.#tellProblem(shell);
      return;
    }
    this.#shell = shell;
    shell.once('error', (error) => {
      this.#tellProblem(error.message);
      if (this.#shell === shell) this.#shell = null;
    });
    shell.once('exit', () => {
      if (this.#shell !== shell) return;
      this.#shell = null;
      if (this.#watched.size > 0) this.#start();
    });
    // Without descriptors for them the system gives no streams, whatever the type says; then the error above follows.
    const { stdin } = shell as Partial<ChildProcess>;
    stdin?.on('error', () => undefined);
    stdin?.write([...this.#watched].map((group) => `+ ${group}\n`).join(''));
  }

  #tellProblem(reason: string): void {
    if (this.#toldProblem || this.#isClosed) return;
    this.#toldProblem = true;
    this.onProblem(
      `the process that would end the stages if this one were killed does not run (${reason}); after a kill -9 of the ` +
        'runner, end its stages by hand',
    );
  }
}

/** The guard's process, or why there is none. */
function startShell(): ChildProcess | string {
  try {
    const shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    shell.unref();
    return shell;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
