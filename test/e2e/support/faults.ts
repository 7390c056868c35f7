import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const bin = path.join(home, 'bin/pipeline.js');

const layerCount = 5;
const width = 6;

/** 30 stages in five layers. Each writes half of its output first; the last of a layer writes a directory. */
function pipelineFile(): string {
  const outOf = (layer: number, at: number): string => `out/${layer}-${at}`;
  const stages: string[] = [];
  for (let layer = 0; layer < layerCount; layer++) {
    for (let at = 0; at < width; at++) {
      const deps =
        layer === 0 ? ['source.txt'] : [outOf(layer - 1, at), outOf(layer - 1, (at + 1) % width), 'source.txt'];
      const out = outOf(layer, at);
      const digest = `find ${deps.join(' ')} -type f | sort | xargs cat | sha256sum`;
      const work =
        at === width - 1
          ? `mkdir ${out} && echo half > ${out}/a && ${digest} > ${out}/b && cp ${out}/b ${out}/a && echo ${out} >> ${out}/a`
          : `echo half > ${out} && (${digest}; echo ${out}) > ${out}`;
      stages.push(`  s${layer}-${at}:\n    cmd: ${work}\n    deps: [${deps.join(', ')}]\n    outs: [${out}]\n`);
    }
  }
  return `stages:\n${stages.join('')}`;
}

/** Random numbers in [0, 1) that are the same for the same seed (xorshift). */
export function seeded(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

interface Ended {
  readonly code: number | null;
  readonly text: string;
  readonly ms: number;
}

/** A project of 30 stages that can be run, killed, damaged and looked at. */
export class FaultProject {
  readonly root = mkdtempSync(path.join(tmpdir(), 'pipeline-faults-'));
  /** Files of an undisturbed run with their contents, and its time in ms. */
  expected: ReadonlyMap<string, string> = new Map();
  undisturbedMs = 0;

  async prepare(): Promise<void> {
    writeFileSync(path.join(this.root, 'pipeline.yaml'), pipelineFile());
    writeFileSync(path.join(this.root, 'source.txt'), 'source\n');
    const { code, text, ms } = await this.run();
    if (code !== 0) throw new Error(`the undisturbed run failed:\n${text}`);
    this.expected = this.outputs();
    this.undisturbedMs = ms;
  }

  /** Everything but the pipeline and its input goes. */
  reset(): void {
    for (const name of ['out', '.pipeline', 'pipeline.lock']) this.remove(name);
  }

  remove(name: string): void {
    rmSync(path.join(this.root, name), { recursive: true, force: true });
  }

  run(): Promise<Ended> {
    return this.#start(() => undefined);
  }

  /** Kills the runner after `ms`, with `groups` also the process groups of its children, its guard among them. */
  runAndKill(ms: number, groups: boolean): Promise<Ended> {
    return this.#start((pid, ended) => {
      const timer = setTimeout(() => {
        const children = groups ? childGroups(pid) : [];
        kill(pid);
        for (const group of children) kill(-group);
      }, ms);
      void ended.then(() => clearTimeout(timer));
    });
  }

  /** What is wrong with a finished run, in words. */
  faults(): string[] {
    const found = this.wrongOutputs();
    for (const file of this.objects()) {
      const name = path.basename(path.dirname(file)) + path.basename(file);
      const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
      if (name.replace(/\.dir$/, '') !== digest) found.push(`object ${name} is corrupt`);
    }
    for (const folder of ['held', 'running', 'tmp']) {
      const directory = path.join(this.root, '.pipeline', folder);
      const left = existsSync(directory) ? readdirSync(directory) : [];
      if (left.length > 0) found.push(`.pipeline/${folder} still holds ${left.join(', ')}`);
    }
    return found;
  }

  wrongOutputs(): string[] {
    const outputs = this.outputs();
    const names = new Set([...this.expected.keys(), ...outputs.keys()]);
    return [...names]
      .filter((file) => outputs.get(file) !== this.expected.get(file))
      .map((file) => `${file} is not as in an undisturbed run`);
  }

  outputs(): Map<string, string> {
    return new Map(
      filesBelow(path.join(this.root, 'out')).map((file) => [
        path.relative(this.root, file),
        readFileSync(file, 'utf8'),
      ]),
    );
  }

  /** Objects of the cache that outputs are made of. */
  objects(): string[] {
    return filesBelow(path.join(this.root, '.pipeline/store/objects')).filter((file) => !file.endsWith('.tmp'));
  }

  flipBit(file: string, random: () => number): void {
    const bytes = readFileSync(file);
    const at = Math.floor(random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    chmodSync(file, 0o644);
    writeFileSync(file, bytes);
  }

  /** Resolves once no process works in the project any more; to what is still there after `patience` ms. */
  async orphans(patience = 20_000): Promise<number[]> {
    const startedAt = performance.now();
    for (;;) {
      const left = processesIn(this.root);
      if (left.length === 0 || performance.now() - startedAt > patience) return left;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #start(onStart: (pid: number, ended: Promise<void>) => void): Promise<Ended> {
    const startedAt = performance.now();
    const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
    for (const name of ['NODE_OPTIONS', 'NODE_V8_COVERAGE']) Reflect.deleteProperty(env, name);
    const child = spawn(process.execPath, [bin, '--json', '-j4'], { cwd: this.root, env });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
    if (child.pid !== undefined) onStart(child.pid, closed);
    return Promise.all([ended, closed]).then(([code]) => ({ code, text, ms: performance.now() - startedAt }));
  }
}

/** Kills one run one to three times and lets it complete. Resolves to what is wrong then. */
export async function killAndRepeat(project: FaultProject, random: () => number, kills: number): Promise<string[]> {
  const found: string[] = [];
  if (random() < 0.5) project.reset();
  else writeHalf(project, random);
  for (let kill = 0; kill < kills; kill++) {
    await project.runAndKill(random() * project.undisturbedMs * 1.1, random() < 0.3);
    const orphans = await project.orphans();
    if (orphans.length > 0) found.push(`processes ${orphans.join(', ')} outlived the runner`);
  }
  const { code, text } = await project.run();
  if (code !== 0) found.push(`the run after the kill ended with ${code}:\n${text}`);
  return [...found, ...project.faults()];
}

/** Another start than an empty folder: everything in the cache, some outputs lost. */
function writeHalf(project: FaultProject, random: () => number): void {
  for (const file of project.expected.keys()) if (random() < 0.5) project.remove(file);
}

/**
 * Flips a bit in each of some random objects and lets outputs be restored, twice. A damaged object is quarantined when it
 * is read, or replaced unread when its stage runs because the manifest around it is damaged, too: either way no output
 * is wrong and no damaged object stays. Resolves to what is wrong then.
 */
export async function flipAndRestore(project: FaultProject, random: () => number, flips: number): Promise<string[]> {
  const objects = project.objects();
  const chosen = new Set<string>();
  while (chosen.size < Math.min(flips, objects.length)) {
    chosen.add(objects[Math.floor(random() * objects.length)] ?? '');
  }
  for (const file of chosen) project.flipBit(file, random);
  const found: string[] = [];
  let detected = 0;
  for (const round of ['first', 'second']) {
    project.remove('out');
    const { code, text } = await project.run();
    detected += text.split('\n').filter((line) => line.includes('"object-quarantined"')).length;
    if (code !== 0) found.push(`the ${round} run on a damaged cache ended with ${code}:\n${text}`);
    found.push(...project.wrongOutputs());
  }
  if (detected === 0) found.push(`none of ${chosen.size} damaged objects was detected`);
  return [...found, ...project.faults()];
}

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Process groups that the children of a process lead (Linux; elsewhere none are found). */
function childGroups(pid: number): number[] {
  return processes().flatMap(({ pid: child, parent, group }) => (parent === pid && group === child ? [group] : []));
}

function processesIn(directory: string): number[] {
  return processes().flatMap(({ pid, state }) => {
    try {
      return state !== 'Z' && readlinkSync(`/proc/${pid}/cwd`).startsWith(directory) ? [pid] : [];
    } catch {
      return [];
    }
  });
}

function processes(): { pid: number; state: string; parent: number; group: number }[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state = '', parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), state, parent: Number(parent), group: Number(group) }];
    } catch {
      return [];
    }
  });
}
