import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { engineHome } from './engine-home.ts';
import type { Execution, ExecutionRequest, Executor, Exit } from './executor.ts';
import type { ProcessGuard } from './guard.ts';
import { type HostAnswer, type HostOrder, MarkerSplitter } from './host-protocol.ts';
import { type OutputName, outputStreams, readBytes } from './output-streams.ts';
import { signalGroup } from './process-groups.ts';
import { startFailure } from './start-failure.ts';

/**
 * Runs stage files in processes that stay alive between instances. A host runs one instance at a time, so there are
 * never more hosts than instances running at once, whose number the scheduler bounds. A host whose instance failed in
 * whatever way is replaced: nothing it left in memory reaches another instance.
 */
export class WarmHosts implements Executor {
  readonly #guard: ProcessGuard;
  readonly #idle: Host[] = [];
  #nextId = 1;

  constructor(guard: ProcessGuard) {
    this.#guard = guard;
  }

  start(request: ExecutionRequest): Execution {
    const { warm } = request;
    if (warm === null) throw new Error('a warm host needs a stage file');
    const host = this.#takeOrStart(warm.file, request);
    if ('type' in host) return { done: Promise.resolve(host), stop: () => undefined };
    const done = host.run(
      {
        id: this.#nextId++,
        file: warm.file,
        cwd: request.cwd,
        args: warm.args,
        contextFile: request.contextFile,
        env: added(request.env),
      },
      request.onOutput,
    );
    return {
      done: done.then((exit) => {
        if (exit.type === 'exited' && exit.code === 0 && host.alive) this.#idle.push(host);
        else host.end();
        return exit;
      }),
      stop: (signal) => host.signal(signal),
    };
  }

  async close(): Promise<void> {
    const hosts = this.#idle.splice(0);
    for (const host of hosts) host.end();
    await Promise.all(hosts.map((host) => host.ended));
  }

  #takeOrStart(file: string, request: ExecutionRequest): Host | Exit {
    try {
      return this.#take(file, request);
    } catch (error) {
      return startFailure(error, 'a stage host', request);
    }
  }

  /** An idle host, best one that has imported the file already, or a new one. */
  #take(file: string, request: ExecutionRequest): Host {
    for (let at = this.#idle.length - 1; at >= 0; at--) if (this.#idle[at]?.alive !== true) this.#idle.splice(at, 1);
    // A program looks for its GPUs and starts its threads once, so a host keeps what it began with.
    const fitting = this.#idle.filter(({ gpus, cpus }) => gpus === gpusOf(request.env) && cpus === request.cpus);
    const host = fitting.find(({ files }) => files.has(file)) ?? fitting[0];
    if (host === undefined) {
      // One that cannot be of use now makes room.
      this.#idle.shift()?.end();
      return new Host(this.#guard, request);
    }
    this.#idle.splice(this.#idle.indexOf(host), 1);
    return host;
  }
}

function gpusOf(env: NodeJS.ProcessEnv): string | null {
  return env['CUDA_VISIBLE_DEVICES'] ?? null;
}

/** Variables of the request that the host, a child of this process, does not have anyway. */
function added(env: NodeJS.ProcessEnv): Record<string, string> {
  const changed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && process.env[name] !== value) changed[name] = value;
  }
  return changed;
}

type OnOutput = ExecutionRequest['onOutput'];

/** Time (ms) for which a daemon that a stage started may keep the streams of a host that has ended. */
const leftoverGrace = 1000;

interface Task {
  readonly id: number;
  readonly onOutput: OnOutput;
  readonly resolve: (exit: Exit) => void;
  /** What is still to come before the instance is done: the answer and the end of both streams. */
  readonly open: Set<'answer' | 'stdout' | 'stderr'>;
  code: number;
}

class Host {
  readonly files = new Set<string>();
  readonly ended: Promise<void>;
  readonly gpus: string | null;
  readonly cpus: number;
  alive = true;
  readonly #child: ChildProcess;
  #task: Task | null = null;

  constructor(guard: ProcessGuard, { cwd, env, cpus }: ExecutionRequest) {
    this.gpus = gpusOf(env);
    this.cpus = cpus;
    const home = engineHome();
    const tsx = createRequire(path.join(home, 'package.json')).resolve('tsx');
    const program = path.join(home, 'src/engine/executors/stage-host.ts');
    this.#child = spawn(process.execPath, ['--import', pathToFileURL(tsx).href, program], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    guard.watch(this.#child);
    this.#child.on('message', (answer: HostAnswer) => this.#onAnswer(answer));
    const streams = outputStreams(this.#child);
    this.#child.on('exit', () => {
      this.alive = false;
      const closing = setTimeout(() => {
        for (const [, stream] of streams) stream.destroy();
      }, leftoverGrace);
      this.#child.on('close', () => clearTimeout(closing));
    });
    this.ended = this.#watchEnd({ cwd, env });
    for (const [name, stream] of streams) this.#read(name, stream);
  }

  run(order: HostOrder, onOutput: OnOutput): Promise<Exit> {
    return new Promise((resolve) => {
      this.#task = { id: order.id, onOutput, resolve, open: new Set(['answer', 'stdout', 'stderr']), code: 1 };
      this.files.add(order.file);
      // An error here means that the host is gone, or never came; its end, which follows, settles the task.
      if (this.#child.connected) this.#child.send(order, () => undefined);
    });
  }

  signal(signal: NodeJS.Signals): void {
    signalGroup(this.#child, signal);
  }

  /** Ends an idle host. It has nothing to lose, and a clean exit would take longer. */
  end(): void {
    if (this.alive) signalGroup(this.#child, 'SIGTERM');
    this.alive = false;
  }

  #watchEnd(place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Promise<void> {
    return new Promise((resolve) => {
      const finish = (exit: Exit): void => {
        this.alive = false;
        this.#task?.resolve(exit);
        this.#task = null;
        resolve();
      };
      this.#child.on('error', (error) => finish(startFailure(error, 'a stage host', place)));
      // "close", unlike "exit", comes when all output has been read.
      this.#child.on('close', (code, signal) =>
        finish(signal === null ? { type: 'exited', code: code ?? 1 } : { type: 'killed', signal }),
      );
    });
  }

  #read(name: OutputName, stream: Readable): void {
    const splitter = new MarkerSplitter(
      (bytes) => this.#task?.onOutput(name, bytes),
      (id) => {
        if (id === this.#task?.id) this.#settle(name);
      },
    );
    readBytes(
      stream,
      (bytes) => splitter.push(bytes),
      () => splitter.end(),
    );
  }

  #onAnswer(answer: HostAnswer): void {
    if (this.#task?.id !== answer.id) return;
    this.#task.code = answer.code;
    this.#settle('answer');
  }

  #settle(part: 'answer' | 'stdout' | 'stderr'): void {
    const task = this.#task;
    if (task === null) return;
    task.open.delete(part);
    if (task.open.size > 0) return;
    this.#task = null;
    task.resolve({ type: 'exited', code: task.code });
  }
}
