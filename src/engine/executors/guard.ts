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

/** Sees to it that no stage outlives the runner, not even when the runner is killed with SIGKILL. */
export class ProcessGuard {
  #shell: ChildProcess | null = null;

  /** Watches the process group of a child that was started as its leader (`detached`). */
  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#tell(`+ ${pid}`);
    child.once('exit', () => this.#tell(`- ${pid}`));
  }

  /** Ends the guard; what it still watches dies. */
  close(): void {
    this.#shell?.stdin?.end();
    this.#shell = null;
  }

  #tell(line: string): void {
    this.#shell ??= this.#start();
    this.#shell.stdin?.write(`${line}\n`);
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
