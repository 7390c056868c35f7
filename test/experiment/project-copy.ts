import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../../src/engine/running/events.ts';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const PARTS = ['package.json', 'package-lock.json', 'pipeline.yaml', 'tsconfig.json', 'params', 'src', 'stages', 'bin'];

/** The smoke profile with less training: every stage, method and task stays in. */
export const SMALL: readonly string[] = [
  ...['-p', 'params/smoke.yaml', '-S', 'training.pretrainE.iterations=6', '-S', 'training.pretrainG.iterations=2'],
  ...['-S', 'training.train.iterations.cnn=4', '-S', 'training.train.iterations.gan=2'],
  ...[
    '-S',
    'synthesize.ck-plus.subjects=4',
    '-S',
    'synthesize.oulu-casia.subjects=4',
    '-S',
    'pictures.sketches.perClass=6',
  ],
];

/** What a run leaves in reports/ that must be the same wherever it ran; the lock also tells what the files cost. */
export const RESULTS: readonly string[] = ['metrics', 'results', 'figures'];

/** A fresh copy of this project, as a clone would be, with the packages of the original. */
export class ProjectCopy {
  readonly root: string;
  readonly #parent = mkdtempSync(path.join(tmpdir(), 'experiment-'));

  /** @param source the files as they lie here, or as git has committed them last */
  constructor(name: string, source: 'working files' | 'HEAD' = 'working files') {
    this.root = path.join(this.#parent, name);
    if (source === 'HEAD') this.#clone();
    else this.#copy();
    symlinkSync(path.join(home, 'node_modules'), path.join(this.root, 'node_modules'));
  }

  /** @param node the Node.js to run with; default: the one that runs this */
  run(
    words: readonly string[],
    env: NodeJS.ProcessEnv = {},
    node = process.execPath,
  ): { code: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(node, ['bin/pipeline.js', ...words], {
      cwd: this.root,
      // Stages find `node` by its name.
      env: { ...process.env, PATH: pathWith(node), CI: 'true', NO_COLOR: '1', ...env },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    return { code: status, output: stdout + stderr };
  }

  /** Runs until the stage that starts as number `count` (from 1) has started, then kills the runner with SIGKILL. */
  async killAfterStarts(
    words: readonly string[],
    count: number,
  ): Promise<{ signal: NodeJS.Signals | null; events: RunEvent[] }> {
    const child = spawn(process.execPath, ['bin/pipeline.js', ...words, '--json'], {
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = new Promise<NodeJS.Signals | null>((resolve) =>
      child.on('close', (_code, signal) => resolve(signal)),
    );
    const events: RunEvent[] = [];
    let started = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as RunEvent;
      events.push(event);
      if (event.type === 'stage-started' && ++started === count) child.kill('SIGKILL');
    }
    return { signal: await closed, events };
  }

  /**
   * Runs until a file is there whose path below a folder ends so, then kills the runner with SIGKILL; its stages end
   * with it. To the events until then.
   */
  async killWhenThere(
    words: readonly string[],
    { folder, ending, env }: { readonly folder: string; readonly ending: string; readonly env: NodeJS.ProcessEnv },
  ): Promise<RunEvent[]> {
    const child = spawn(process.execPath, ['bin/pipeline.js', ...words, '--json'], {
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    const looks = setInterval(() => {
      const at = path.join(this.root, folder);
      const names = existsSync(at) ? readdirSync(at, { recursive: true, encoding: 'utf8' }) : [];
      if (names.some((name) => name.endsWith(ending))) child.kill('SIGKILL');
    }, 5);
    const events: RunEvent[] = [];
    for await (const line of createInterface({ input: child.stdout })) events.push(JSON.parse(line) as RunEvent);
    clearInterval(looks);
    return events;
  }

  /** Every file below a folder with its bytes in hex. */
  contents(folder: string): Record<string, string> {
    const at = path.join(this.root, folder);
    if (!existsSync(at)) return {};
    const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const entries = files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(at, file), readFileSync(file).toString('hex')] as const;
    });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** SHA-256 over names and bytes of every file below the folders. */
  digest(folders: readonly string[]): string {
    const hash = createHash('sha256');
    for (const folder of folders) hash.update(`${folder} ${JSON.stringify(this.contents(folder))}\n`);
    return hash.digest('hex');
  }

  remove(): void {
    rmSync(this.#parent, { recursive: true, force: true });
  }

  #copy(): void {
    mkdirSync(this.root);
    for (const part of PARTS) cpSync(path.join(home, part), path.join(this.root, part), { recursive: true });
  }

  #clone(): void {
    const { status, stderr } = spawnSync('git', ['clone', '--quiet', home, this.root], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`cannot clone this project: ${stderr.trim()}`);
  }
}

function pathWith(node: string): string {
  return [path.dirname(node), process.env['PATH'] ?? ''].join(path.delimiter);
}
