import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { bytesExamples, parseBytes } from '../base/bytes.ts';
import { DiagnosticList } from './yaml/diagnostics.ts';
import { find, kindOf, type MapNode, type Node, toValue } from './yaml/node.ts';
import { readNamed } from './params/read-file.ts';
import type { JsonSchema } from './schema/schema.ts';
import type { Position } from './yaml/values.ts';
import { validate } from './schema/validate.ts';
import { Verdicts } from './schema/verdicts.ts';
import { TextCopies } from './store/text-copies.ts';
import { readYaml } from './yaml/yaml-reader.ts';
import { defaultLinks, type LinkType, linkTypes } from './store/objects/links.ts';
import { stateFolder, statePlace } from '../base/state-place.ts';
import { between } from '../base/real-place.ts';

/** Where the settings of a machine stand, relative to the project's root. Git does not see it. */
export const settingsFile = '.pipeline/config.yaml';

/** Where contents are kept, and how they come into the workspace and out of it. */
export interface CacheSettings {
  /** Absolute. */
  readonly dir: string;
  /** The first that the file system can do is used. */
  readonly links: readonly LinkType[];
  /** A directory shared with other people or machines, absolute; or null. */
  readonly remote: string | null;
}

/** What this machine has to offer to stages. Null: not said, so the engine asks the machine. */
export interface MachineResources {
  readonly cpus: number | null;
  readonly gpus: number | null;
  /** Bytes. */
  readonly memory: number | null;
  /** Custom pools, such as licences, by name. */
  readonly pools: ReadonlyMap<string, number>;
}

/** What belongs to this machine and not to the experiment: no result depends on it. */
export interface MachineSettings {
  readonly cache: CacheSettings;
  readonly resources: MachineResources;
}

const count = { type: 'integer', minimum: 0 } as const;

/** The JSON Schema of `.pipeline/config.yaml`. */
export const settingsSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    cache: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        dir: { type: 'string', minLength: 1 },
        links: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: [...linkTypes] } },
        remote: { type: ['string', 'null'], minLength: 1 },
      },
    },
    resources: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        cpus: { type: 'integer', minimum: 1 },
        gpus: count,
        memory: { type: ['integer', 'string'] },
        pools: { type: ['object', 'null'], additionalProperties: count },
      },
    },
  },
};

/**
 * Reads the settings of this machine: `.pipeline/config.yaml`, over it the environment, and defaults for the rest.
 * Paths may begin with `~/` and are otherwise taken from the root. Variables: PIPELINE_CACHE_DIR, PIPELINE_CACHE_LINKS
 * (names with commas), PIPELINE_CACHE_REMOTE (empty: none), PIPELINE_CPUS, PIPELINE_GPUS, PIPELINE_MEMORY.
 *
 * @throws PipelineError with every mistake, each at its place in the file
 */
export function readSettings(root: string, env: Readonly<NodeJS.ProcessEnv> = process.env): MachineSettings {
  const diagnostics = new DiagnosticList();
  const document = readDocument(root, diagnostics);
  diagnostics.throwIfAny();
  const file = new FileValues(document, diagnostics);
  const vars = new EnvironmentValues(env, diagnostics);
  const absolute = (text: string): string => path.resolve(root, text.replace(/^~(?=$|\/)/, homedir()));
  const remote = env['PIPELINE_CACHE_REMOTE'] ?? file.text('cache', 'remote');
  const settings: MachineSettings = {
    cache: {
      dir: ownPlace(root, absolute(vars.set('PIPELINE_CACHE_DIR') ?? file.text('cache', 'dir') ?? '.pipeline/store')),
      links: vars.links('PIPELINE_CACHE_LINKS') ?? file.links() ?? defaultLinks,
      // An address is no path: it stays as it was written, for the message that refuses it.
      remote: remote === null || remote === '' ? null : isAddress(remote) ? remote : absolute(remote),
    },
    resources: {
      cpus: vars.count('PIPELINE_CPUS', 1) ?? file.count('resources', 'cpus'),
      gpus: vars.count('PIPELINE_GPUS', 0) ?? file.count('resources', 'gpus'),
      memory: vars.memory('PIPELINE_MEMORY') ?? file.memory(),
      pools: file.pools(),
    },
  };
  diagnostics.throwIfAny();
  return settings;
}

/** Whether a text names something by a scheme, as `s3://bucket/x` does. */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}

/** A cache of the project's own must really lie there; one elsewhere may be reached by any way. */
function ownPlace(root: string, dir: string): string {
  const way = between(path.resolve(root), dir);
  return way !== null && way.split('/')[0] === stateFolder ? statePlace(root, way) : dir;
}

function readDocument(root: string, diagnostics: DiagnosticList): MapNode | null {
  if (!existsSync(path.join(statePlace(root, stateFolder), path.basename(settingsFile)))) return null;
  const source = readNamed(root, settingsFile, 'file of machine settings', null, diagnostics);
  const node = source === null ? null : readYaml(source.file, source.text, diagnostics);
  if (node === null || node === 'empty') return null;
  if (node.kind !== 'map') {
    diagnostics.add('settings-root', node.at, `machine settings must be a map of keys, and are ${kindOf(node)}`);
    return null;
  }
  const verdicts = new Verdicts(new TextCopies(root));
  validate(settingsSchema, node, 'machine settings', diagnostics, { verdicts });
  return node;
}

/** What the file says; it has passed the schema. */
class FileValues {
  readonly #document: MapNode | null;
  readonly #diagnostics: DiagnosticList;

  constructor(document: MapNode | null, diagnostics: DiagnosticList) {
    this.#document = document;
    this.#diagnostics = diagnostics;
  }

  text(...at: readonly string[]): string | null {
    const value = this.#scalar(at);
    return typeof value === 'string' ? value : null;
  }

  count(...at: readonly string[]): number | null {
    const value = this.#scalar(at);
    return typeof value === 'number' ? value : null;
  }

  links(): readonly LinkType[] | null {
    const node = this.#node(['cache', 'links']);
    return node?.kind === 'list' ? (toValue(node) as readonly LinkType[]) : null;
  }

  memory(): number | null {
    const node = this.#node(['resources', 'memory']);
    const value = this.#scalar(['resources', 'memory']);
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    const bytes = parseBytes(value);
    if (bytes === null) reportMemory('resources.memory', value, node?.at ?? null, this.#diagnostics);
    return bytes;
  }

  pools(): ReadonlyMap<string, number> {
    const node = this.#node(['resources', 'pools']);
    if (node?.kind !== 'map') return new Map();
    return new Map(Object.entries(toValue(node) as Readonly<Record<string, number>>));
  }

  #node(at: readonly string[]): Node | null {
    if (this.#document === null) return null;
    const found = find(this.#document, at);
    return found.found ? found.node : null;
  }

  #scalar(at: readonly string[]): string | number | boolean | null {
    const node = this.#node(at);
    return node?.kind === 'scalar' ? node.value : null;
  }
}

/** What the environment says; null where a variable is not set. */
class EnvironmentValues {
  readonly #env: Readonly<NodeJS.ProcessEnv>;
  readonly #diagnostics: DiagnosticList;

  constructor(env: Readonly<NodeJS.ProcessEnv>, diagnostics: DiagnosticList) {
    this.#env = env;
    this.#diagnostics = diagnostics;
  }

  /** An empty variable is one that is not set: that is how shells unset it for one command. */
  set(name: string): string | null {
    const text = this.#env[name];
    return text === undefined || text === '' ? null : text;
  }

  links(name: string): readonly LinkType[] | null {
    const text = this.set(name);
    if (text === null) return null;
    const words = text.split(',').map((word) => word.trim());
    const known = words.filter((word): word is LinkType => (linkTypes as readonly string[]).includes(word));
    if (known.length === words.length && new Set(known).size === known.length) return known;
    this.#report(name, `names out of ${linkTypes.join(', ')}, each once, with commas between`);
    return null;
  }

  count(name: string, least: number): number | null {
    const text = this.set(name);
    if (text === null) return null;
    const value = Number(text);
    if (/^\d+$/.test(text.trim()) && value >= least) return value;
    this.#report(name, `a whole number from ${least}`);
    return null;
  }

  memory(name: string): number | null {
    const text = this.set(name);
    if (text === null) return null;
    const bytes = parseBytes(text);
    if (bytes === null) reportMemory(`the environment variable ${name}`, text, null, this.#diagnostics);
    return bytes;
  }

  #report(name: string, expected: string): void {
    const message = `the environment variable ${name} must be ${expected}, and is ${JSON.stringify(this.#env[name])}`;
    this.#diagnostics.add('settings-env', null, message);
  }
}

function reportMemory(name: string, found: string | number, at: Position | null, diagnostics: DiagnosticList): void {
  const message = `${name} must be a size such as ${bytesExamples}, and is ${JSON.stringify(found)}`;
  diagnostics.add('settings-memory', at, message);
}
