import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const bin = path.join(home, 'bin/pipeline.js');

/** The specifier under which a stage of a temporary project imports the contract. */
export const stageContext = JSON.stringify(pathToFileURL(path.join(home, 'src/engine/stage-context.ts')).href);

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stage that is running and does what the test says. */
export interface HeldStage {
  readonly pid: number;
  /** Lets it go on to its end. */
  release(): void;
  /** Resolves when its process is gone, however it ended. */
  readonly gone: Promise<void>;
}

// Connects to the test, says who it is, and goes on when it is told to.
const holdProgram = `
import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
const [name, ...outs] = process.argv.slice(2);
for (const out of outs) writeFileSync(out, 'half of ' + name);
const socket = connect(process.env.RIG_SOCKET);
socket.write(JSON.stringify({ name, pid: process.pid }) + '\\n');
socket.once('data', () => {
  for (const out of outs) writeFileSync(out, 'all of ' + name + '\\n');
  socket.destroy();
});
`;

// Writes its outputs from its inputs, and notes that it ran.
const workProgram = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const [name, output, ...inputs] = process.argv.slice(2);
appendFileSync('ran.txt', name + '\\n');
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : file);
mkdirSync(path.dirname(output), { recursive: true });
writeFileSync(output, inputs.map(read).join('+') + '\\n');
`;

/** A project in a directory of its own, and the real command line on it. */
export class Rig {
  readonly root = mkdtempSync(path.join(tmpdir(), 'pipeline-test-'));
  readonly #started = new Set<ChildProcess>();
  readonly #waiting = new Map<string, (stage: HeldStage) => void>();
  readonly #arrived = new Map<string, HeldStage>();
  /** A command that starts the command line, such as `unshare --pid --fork`; it also gets the words of that. */
  starter: readonly string[] = [];
  #server: Server | null = null;
  #user: { readonly uid: number; readonly gid: number } | Record<string, never> = {};

  constructor(files: Readonly<Record<string, string>>) {
    this.write({ 'work.mjs': workProgram, 'hold.mjs': holdProgram, ...files });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
      writeFileSync(path.join(this.root, file), text);
    }
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  exists(file: string): boolean {
    return existsSync(path.join(this.root, file));
  }

  remove(file: string): void {
    rmSync(path.join(this.root, file), { recursive: true });
  }

  /** Names of the stages that ran since this was asked last, in order. */
  ran(): string[] {
    if (!this.exists('ran.txt')) return [];
    const names = this.read('ran.txt').split('\n').slice(0, -1);
    this.remove('ran.txt');
    return names;
  }

  run(...args: string[]): Promise<Result> {
    return this.start(...args).result;
  }

  start(...args: string[]): { readonly child: ChildProcess; readonly result: Promise<Result> } {
    const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', RIG_SOCKET: this.#socketPath() };
    // What this test runs under is no business of the command's.
    for (const name of ['NODE_OPTIONS', 'NODE_V8_COVERAGE', 'CI', 'FORCE_COLOR']) Reflect.deleteProperty(env, name);
    const [command = process.execPath, ...words] = [...this.starter, process.execPath, bin, ...args];
    const child = spawn(command, words, {
      cwd: this.root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...this.#user,
    });
    this.#started.add(child);
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (chunk: string) => (texts[name] += chunk));
    }
    const result = new Promise<Result>((resolve) => {
      child.on('close', (code, signal) => {
        this.#started.delete(child);
        resolve({ code, signal, ...texts });
      });
    });
    return { child, result };
  }

  /**
   * Lets the command line work as a user for whom modes of files count, which they do not for root. False when the
   * machine has no way to do that.
   */
  beOrdinaryUser(): boolean {
    if (process.getuid === undefined) return false;
    if (process.getuid() !== 0) return true;
    return this.beUser(65_534, 65_534);
  }

  /** Lets the command line work as this user, to whom the project then belongs; false when the machine cannot do that. */
  beUser(uid: number, gid: number): boolean {
    this.#user = { uid, gid };
    const { status } = spawnSync(process.execPath, [bin, '--help'], { cwd: this.root, ...this.#user });
    return spawnSync('chown', ['-R', `${uid}:${gid}`, this.root]).status === 0 && status === 0;
  }

  /** Takes from everybody the right to write into a directory, or gives it back to its owner. */
  writable(directory: string, allowed: boolean): void {
    chmodSync(path.join(this.root, directory), allowed ? 0o755 : 0o555);
  }

  /** Waits until a stage `node hold.mjs NAME OUTS...` has started. */
  async held(name: string): Promise<HeldStage> {
    const arrived = this.#arrived.get(name);
    if (arrived !== undefined) {
      this.#arrived.delete(name);
      return arrived;
    }
    return new Promise((resolve) => this.#waiting.set(name, resolve));
  }

  /** Lets stages be held from now on. */
  async listen(): Promise<void> {
    const server = createServer((socket) => this.#onConnection(socket));
    this.#server = server;
    await new Promise<void>((resolve) => void server.listen(this.#socketPath(), resolve));
  }

  close(): void {
    for (const child of this.#started) child.kill('SIGKILL');
    this.#server?.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  #socketPath(): string {
    return path.join(this.root, 'rig.sock');
  }

  #onConnection(socket: Socket): void {
    const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      const { name, pid } = JSON.parse(data.toString()) as { name: string; pid: number };
      const stage: HeldStage = { pid, gone, release: () => void socket.write('go') };
      const waiting = this.#waiting.get(name);
      this.#waiting.delete(name);
      if (waiting === undefined) this.#arrived.set(name, stage);
      else waiting(stage);
    });
  }
}

/** The last line of a text. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

/** The last line without the time. */
export function summary({ stdout }: Result): string {
  return lastLine(stdout).replace(/ \([^)]*\)$/, '');
}
