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

/** Sees to it that no stage outlives the runner, not even when the runner is killed with SIGKILL. */
export class ProcessGuard {
  #shell: ChildProcess | null = null;
  /** Groups that have ended and of which the guard has not been told: each message costs it a wake-up. */
  readonly #ended: number[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** Watches the process group of a child that was started as its leader (`detached`). */
  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#tell(pid);
    child.once('exit', () => {
      this.#ended.push(pid);
      this.#timer ??= setTimeout(() => this.#tell(), tellPause).unref();
    });
  }

  /** Ends the guard; what it still watches dies. */
  close(): void {
    if (this.#shell !== null) this.#tell();
    this.#shell?.stdin?.end();
    this.#shell = null;
  }

  #tell(started?: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const ended = this.#ended.splice(0).map((group) => `- ${group}\n`);
    const lines = [...ended, ...(started === undefined ? [] : [`+ ${started}\n`])];
    if (lines.length === 0) return;
    this.#shell ??= this.#start();
    this.#shell.stdin?.write(lines.join(''));
  }

  #start(): ChildProcess {
    const shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // Without a guard stages still run; only their end after a SIGKILL of the runner is not seen to.
    shell.on('error', () => undefined);
    shell.stdin.on('error', () => undefined);
    shell.unref();
    return shell;
  }
}
