import { type ChildProcess, spawn } from 'node:child_process';
import type { RunEvent } from '../../engine/running/events.ts';
import { trackingSettings } from '../../tracking/settings.ts';
import { type ServiceKey, serviceKey } from '../../tracking/upload/access.ts';
import type { MirrorResult } from '../../tracking/upload/mirror.ts';

/** A little longer than the mirror itself goes on after the end, in ms. */
const LIMIT = 75_000;

type Note = Extract<RunEvent, { type: 'note' }>;

/**
 * Mirrors the runs of one command, a run of the pipeline or all trials of a sweep, to Weights & Biases from a process
 * of its own, where WANDB_MODE asks for it: whatever becomes of that process, no stage waits for it nor fails.
 */
export class MirrorProcess {
  readonly #root: string;
  readonly #say: (note: Note) => void;
  readonly #env: NodeJS.ProcessEnv;
  readonly #baseUrl: string;
  readonly #key: ServiceKey;
  #isWanted: boolean;
  #child: ChildProcess | null = null;
  #result: Promise<MirrorResult | null> = Promise.resolve(null);

  /** Throws a TrackingSettingsError. */
  constructor(root: string, say: (note: Note) => void, env: NodeJS.ProcessEnv) {
    const { mode, baseUrl } = trackingSettings(root, env);
    this.#root = root;
    this.#say = say;
    this.#env = env;
    this.#baseUrl = baseUrl;
    this.#isWanted = mode === 'online';
    this.#key = this.#isWanted ? serviceKey(env, baseUrl) : { key: null, warnings: [] };
  }

  /** Follows what a run of the pipeline records as soon as it starts. */
  note(event: RunEvent): void {
    if (event.type !== 'run-started' || !this.#isWanted) return;
    this.#child ??= this.#start();
    this.#child?.stdin?.write(`${event.invocation}\n`);
  }

  /** Gives the mirror its time to finish, and says in one line what is uploaded and what is not. */
  async finish(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    child.stdin?.end();
    const timer = setTimeout(() => this.giveUp(), LIMIT);
    const result = await this.#result;
    clearTimeout(timer);
    const isWhole = result !== null && result.left === 0;
    this.#say({ type: 'note', level: isWhole ? 'info' : 'warning', text: this.#inWords(result) });
  }

  /** Ends the mirror at once; what is not uploaded stays for `pipeline sync`. */
  giveUp(): void {
    this.#child?.kill('SIGKILL');
  }

  #start(): ChildProcess | null {
    const main = process.argv[1];
    const { key, warnings } = this.#key;
    for (const text of warnings) this.#say({ type: 'note', level: 'warning', text });
    if (main === undefined || key === null) {
      this.#isWanted = false;
      const text = `WANDB_MODE is online, but there is no key for ${this.#baseUrl}: set WANDB_API_KEY or add the host to ~/.netrc. Runs are recorded; "pipeline sync" uploads them later.`;
      this.#say({ type: 'note', level: 'warning', text });
      return null;
    }
    const child = spawn(process.execPath, [main, '__mirror'], {
      cwd: this.#root,
      env: this.#env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    // A mirror that died has closed its end.
    child.stdin.on('error', () => undefined);
    this.#result = new Promise((resolve) => {
      child.on('error', () => resolve(null));
      child.on('close', () => resolve(parseResult(text)));
    });
    return child;
  }

  #inWords(result: MirrorResult | null): string {
    if (result === null) return 'W&B: the mirror did not finish; "pipeline sync" uploads what is missing';
    const { uploaded, left, problem } = result;
    const runs = (count: number): string => `${count} ${count === 1 ? 'run' : 'runs'}`;
    if (left === 0) return `W&B: ${runs(uploaded)} uploaded to ${this.#baseUrl}`;
    const reason = problem === null ? '' : ` (${problem})`;
    return `W&B: ${runs(uploaded)} uploaded, ${runs(left)} not yet${reason}; "pipeline sync" uploads the rest`;
  }
}

function parseResult(text: string): MirrorResult | null {
  try {
    return JSON.parse(text) as MirrorResult;
  } catch {
    return null;
  }
}
