import { type ChildProcess, spawn } from 'node:child_process';
import type { Listener } from '../engine/running/events.ts';
import { apiKey, trackingSettings } from '../tracking/settings.ts';
import type { MirrorResult } from '../tracking/upload/mirror.ts';

/** A little longer than the mirror itself goes on after the end, in ms. */
const LIMIT = 75_000;

/**
 * Mirrors a run of the pipeline to Weights & Biases from a process of its own, where WANDB_MODE asks for it: whatever
 * becomes of that process, no stage waits for it nor fails.
 */
export class MirrorProcess {
  readonly #root: string;
  readonly #listener: Listener;
  readonly #env: NodeJS.ProcessEnv;
  readonly #baseUrl: string;
  readonly #isOnline: boolean;
  #child: ChildProcess | null = null;
  #result: Promise<MirrorResult | null> = Promise.resolve(null);

  /** Throws a TrackingSettingsError. */
  constructor(root: string, listener: Listener, env: NodeJS.ProcessEnv) {
    const { mode, baseUrl } = trackingSettings(root, env);
    this.#root = root;
    this.#listener = listener;
    this.#env = env;
    this.#baseUrl = baseUrl;
    this.#isOnline = mode === 'online';
  }

  /** Passes events on, and starts the mirror with the run. */
  readonly listener: Listener = (event) => {
    this.#listener(event);
    if (event.type === 'run-started' && this.#isOnline) this.#start(event.invocation);
  };

  /** Gives the mirror its time to finish, and says in one line what is uploaded and what is not. */
  async finish(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
    const result = await this.#result;
    clearTimeout(timer);
    const isWhole = result !== null && result.left === 0;
    this.#listener({ type: 'note', level: isWhole ? 'info' : 'warning', text: this.#inWords(result) });
  }

  #start(invocation: string): void {
    const main = process.argv[1];
    if (main === undefined || apiKey(this.#env, this.#baseUrl) === null) {
      const text = `WANDB_MODE is online, but there is no key for ${this.#baseUrl}: set WANDB_API_KEY or add the host to ~/.netrc. Runs are recorded; "pipeline sync" uploads them later.`;
      this.#listener({ type: 'note', level: 'warning', text });
      return;
    }
    const child = spawn(process.execPath, [main, '__mirror', invocation], {
      cwd: this.#root,
      env: this.#env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child = child;
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    // A mirror that died has closed its end.
    child.stdin.on('error', () => undefined);
    this.#result = new Promise((resolve) => {
      child.on('error', () => resolve(null));
      child.on('close', () => resolve(parseResult(text)));
    });
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
