import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Value } from './yaml/values.ts';

/**
 * The contract between the runner and a stage program, and the only file of the engine that stages import.
 *
 * The runner starts the stage's command with `PIPELINE_CONTEXT` naming a JSON file (see `ContextData`); the program
 * answers with files at its declared outputs, lines on stdout and an exit code. Programs in other languages can read
 * the same file and print the same progress line: `::progress <fraction from 0 to 1> [note]`.
 */
export interface StageContext {
  /** Instance name, for example `train@AlexNet-cnn-0`. */
  readonly name: string;
  /** The options of the command: `--net VGG13 --fast` is `{ net: 'VGG13', fast: 'true' }`. */
  readonly args: Readonly<Record<string, string>>;
  /** Absolute path of the project's root. */
  readonly root: string;
  /** Id of this invocation of the pipeline; the same for all its stages. */
  readonly invocation: string;
  /** Absolute path of a JSON-lines file for metrics while running. It lies outside the outputs, so clock times are welcome. */
  readonly journal: string;
  /**
   * Absolute path of a folder for what an unfinished stage could go on from, and nobody else reads; it need not exist.
   * What is in it is there again when the stage starts anew after it was killed, stopped or failed, with the same
   * inputs, params and code (its name is the fingerprint). It is removed once the outputs are recorded.
   */
  readonly scratch: string;
  /** Cores that the stage was given (meta.resources.cpus): what starts threads should start so many. */
  readonly cpus: number;
  /** Aborted when the run is being stopped. A stage that never looks at it is ended at once instead. */
  readonly signal: AbortSignal;
  /**
   * The values of the params that pipeline.yaml declares for this stage and no others, nested as in a params file. What
   * a path of words and dots cannot name (an item of a list, a param of another file) stands under its whole key.
   */
  params(): Readonly<Record<string, Value>>;
  /** The keys of those params as pipeline.yaml has them: `training.model` stands for all that is below it. */
  readonly paramKeys: readonly string[];
  /** The resolved value of a params key. Throws a StageError when pipeline.yaml does not declare it (or a parent) for this stage. */
  param(key: string): unknown;
  /**
   * Absolute path of the one dependency that `name` means. Where pipeline.yaml gives the dependencies names, those alone
   * count; else it is the whole path, else its last segment, else any segment. Throws a StageError when none or several
   * match.
   */
  dep(name: string): string;
  /**
   * Absolute paths of all dependencies, each once, in the order of pipeline.yaml; with a name, of those that it means
   * (several for `{stage: ...}`). Throws a StageError when there is no such name.
   */
  deps(name?: string): readonly string[];
  /** The names that pipeline.yaml gives to dependencies, in its order, without those that are null; empty for a list. */
  depNames(): readonly string[];
  /** Like `dep`, for outputs; the parent directory exists. With one output the name may be left out. */
  out(name?: string): string;
  /** Reports how far the stage is, from 0 to 1, and what it is doing. */
  progress(fraction: number, note?: string): void;
  /** Writes a line to the stage's log. */
  log(text: string): void;
}

/** What the runner writes for a stage to read; paths are relative to `root`. */
export interface ContextData {
  readonly name: string;
  readonly root: string;
  readonly invocation: string;
  readonly journal: string;
  readonly scratch: string;
  readonly cpus: number;
  readonly params: Readonly<Record<string, Value>>;
  readonly deps: readonly string[];
  /** By name its paths among `deps`; absent where dependencies have no names. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly outs: readonly string[];
}

export interface StageProgram {
  readonly kind: 'stage-program';
  readonly run: (context: StageContext) => Promise<void>;
}

/** The environment variable that names the context file. */
export const contextVariable = 'PIPELINE_CONTEXT';

/** Begins a line on stdout that reports progress. */
export const progressPrefix = '::progress ';

/** Set in a process that imports stages to run them one after the other, so that importing does not run them. */
const hostMark = Symbol.for('pipeline.stage-host');

/**
 * A failure with a message for the user; printed without a stack trace. Errors of other rooms ask for the same with a
 * property `forUser: true`, so that they need not know this class.
 */
export class StageError extends Error {
  override readonly name = 'StageError';
  readonly forUser = true;
}

/**
 * Makes a module a stage: `export default defineStage(import.meta.url, async (context) => { ... })`.
 * When the module is the program that was started, the stage runs; when it is imported, it is only returned.
 */
export function defineStage(importMetaUrl: string, run: (context: StageContext) => Promise<void>): StageProgram {
  const program: StageProgram = { kind: 'stage-program', run };
  if (!(hostMark in globalThis) && isMainModule(importMetaUrl)) void runDirectly(program);
  return program;
}

/** Tells `defineStage` that this process imports stages instead of being one. */
export function markStageHost(): void {
  Object.defineProperty(globalThis, hostMark, { value: true });
}

/** Reads the file that the runner wrote. */
export function readContextData(file: string): ContextData {
  return JSON.parse(readFileSync(file, 'utf8')) as ContextData;
}

/** What a failed stage says on stderr: the message alone when it is meant for the user, else everything we know. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isForUser = 'forUser' in error && error.forUser === true;
  return isForUser ? error.message : (error.stack ?? error.message);
}

/**
 * Stops a stage on request: a stage that uses `context.signal` is given the chance to finish, any other ends at once.
 */
export class StopRequest {
  readonly #controller = new AbortController();
  #watched = false;

  get signal(): AbortSignal {
    this.#watched = true;
    return this.#controller.signal;
  }

  /** Returns false when nobody watches the signal, so that the caller has to end the stage itself. */
  stop(): boolean {
    this.#controller.abort();
    return this.#watched;
  }
}

export function createStageContext(data: ContextData, argv: readonly string[], stop: StopRequest): StageContext {
  const absolute = (relative: string): string => path.resolve(data.root, relative);
  return {
    name: data.name,
    args: parseArguments(argv),
    root: data.root,
    invocation: data.invocation,
    journal: data.journal,
    scratch: data.scratch,
    cpus: data.cpus,
    get signal() {
      return stop.signal;
    },
    params: () => nested(Object.entries(data.params).map(([key, value]) => [pathOfKey(key), value])),
    paramKeys: Object.keys(data.params),
    param: (key) => lookUpParam(data, key),
    dep: (name) => absolute(data.names === undefined ? findPath(data, 'deps', name) : onlyPathNamed(data, name)),
    deps: (name) => (name === undefined ? data.deps : depsNamed(data, name)).map(absolute),
    depNames: () => Object.keys(data.names ?? {}),
    out(name) {
      const out = absolute(findPath(data, 'outs', name));
      mkdirSync(path.dirname(out), { recursive: true });
      return out;
    },
    progress(fraction, note) {
      const bounded = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
      const tail = note === undefined ? '' : ` ${note.replaceAll(/\s+/g, ' ')}`;
      process.stdout.write(`${progressPrefix}${Math.round(bounded * 1e4) / 1e4}${tail}\n`);
    },
    log: (text) => void process.stdout.write(`${text}\n`),
  };
}

function parseArguments(argv: readonly string[]): Record<string, string> {
  const args: Record<string, string> = {};
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (!word.startsWith('--')) throw new StageError(`expected options of the form --name value, found "${word}"`);
    const equals = word.indexOf('=');
    const next = argv[at + 1];
    if (equals > 0) {
      args[word.slice(2, equals)] = word.slice(equals + 1);
    } else if (next === undefined || next.startsWith('--')) {
      args[word.slice(2)] = 'true';
    } else {
      args[word.slice(2)] = next;
      at++;
    }
  }
  return args;
}

type Placed = readonly [path: readonly string[], value: Value];

/** `train.seed` is a path of names; `setup.json:train.seed` is of another file, `rates[0]` one item of a list. */
function pathOfKey(key: string): readonly string[] {
  return /[:[]/.test(key) ? [key] : key.split('.');
}

/** Values at their paths as one map. A path that begins with another one is in the value of that already. */
function nested(values: readonly Placed[]): Record<string, Value> {
  const names = new Set(values.map(([path]) => path[0] ?? ''));
  const entries = Array.from(names, (name): [string, Value] => {
    const below = values.filter(([path]) => path[0] === name);
    const whole = below.find(([path]) => path.length === 1);
    return [name, whole === undefined ? nested(below.map(([path, value]) => [path.slice(1), value])) : whole[1]];
  });
  return Object.fromEntries(entries);
}

function lookUpParam(data: ContextData, key: string): unknown {
  const segments = key.split('.');
  for (let length = segments.length; length > 0; length--) {
    const declared = segments.slice(0, length).join('.');
    if (!Object.hasOwn(data.params, declared)) continue;
    let value: unknown = data.params[declared];
    for (const segment of segments.slice(length)) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) {
        throw new StageError(`stage ${data.name} asks for param ${key}, but ${declared} has no "${segment}"`);
      }
      value = (value as Record<string, unknown>)[segment];
    }
    return value;
  }
  throw new StageError(
    `stage ${data.name} reads param ${key}, which it does not declare. ` +
      `Add "- ${key}" to the stage's params in pipeline.yaml, so that a change of it reruns the stage. ` +
      `Declared: ${Object.keys(data.params).join(', ') || 'none'}.`,
  );
}

function findPath(data: ContextData, list: 'deps' | 'outs', name: string | undefined): string {
  const paths = data[list];
  const matching = name === undefined ? paths : pathsNamed(paths, name);
  const [found] = matching;
  if (found !== undefined && matching.length === 1) return found;
  const asked = name === undefined ? 'its only path' : `"${name}"`;
  throw new StageError(
    `stage ${data.name} asks for ${asked} among its ${list}; expected exactly one match, found ${matching.length}. ` +
      `Its ${list} in pipeline.yaml: ${paths.join(', ') || 'none'}.`,
  );
}

function onlyPathNamed(data: ContextData, name: string): string {
  const paths = depsNamed(data, name);
  const [only] = paths;
  if (only !== undefined && paths.length === 1) return only;
  throw new StageError(
    `stage ${data.name} asks for "${name}" as one path, and it has ${paths.length}: ${paths.join(', ') || 'none'}. ` +
      `Use context.deps('${name}').`,
  );
}

function depsNamed(data: ContextData, name: string): readonly string[] {
  const { names = {} } = data;
  const paths = Object.hasOwn(names, name) ? names[name] : undefined;
  if (paths !== undefined) return paths;
  throw new StageError(
    `stage ${data.name} asks for the dependency "${name}". ` +
      `The names in its deps in pipeline.yaml: ${Object.keys(names).join(', ') || 'none'}.`,
  );
}

/** The paths that a name means, by the first rule that finds any: directories above are often named by a profile. */
function pathsNamed(paths: readonly string[], name: string): readonly string[] {
  const rules: readonly ((path: string) => boolean)[] = [
    (path) => path === name,
    (path) => path.endsWith(`/${name}`),
    (path) => path.split('/').includes(name),
  ];
  return rules.map((rule) => paths.filter(rule)).find((found) => found.length > 0) ?? [];
}

function isMainModule(importMetaUrl: string): boolean {
  const main = process.argv[1];
  if (main === undefined || !existsSync(main)) return false;
  return realpathSync(main) === realpathSync(fileURLToPath(importMetaUrl));
}

async function runDirectly(program: StageProgram): Promise<void> {
  const file = process.env[contextVariable];
  if (file === undefined) {
    process.stderr.write(
      'This program is a stage of a pipeline and gets its inputs from the runner. ' +
        'Start it with: npm run pipeline -- --stage NAME\n',
    );
    process.exitCode = 2;
    return;
  }
  const stop = new StopRequest();
  process.once('SIGINT', () => {
    if (!stop.stop()) process.exit(130);
  });
  try {
    await program.run(createStageContext(readContextData(file), process.argv.slice(2), stop));
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = 1;
  }
}
