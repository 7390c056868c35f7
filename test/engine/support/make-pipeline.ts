import { ONE_CORE } from '../../../src/engine/stages/resources.ts';
import type { InstanceName, Pipeline, StageInstance } from '../../../src/engine/stages/types.ts';
import type { Position, Value } from '../../../src/engine/yaml/values.ts';

const at: Position = { file: 'pipeline.yaml', line: 1, column: 1, endColumn: 2 };

export interface StageSketch {
  readonly cmd: string | readonly string[];
  readonly deps?: readonly string[];
  readonly outs?: readonly string[];
  readonly params?: Readonly<Record<string, Value>>;
  readonly code?: readonly string[];
  readonly after?: readonly string[];
  readonly warm?: boolean;
  readonly frozen?: boolean;
  readonly alwaysChanged?: boolean;
  readonly persist?: boolean;
  readonly cache?: boolean;
  readonly cpus?: number;
}

/** A pipeline without a pipeline.yaml: stages by name, connected where a dep is (inside) an out. */
export function makePipeline(root: string, sketches: Readonly<Record<string, StageSketch>>): Pipeline {
  const instances = new Map<InstanceName, StageInstance>();
  for (const [name, sketch] of Object.entries(sketches)) {
    const commands = typeof sketch.cmd === 'string' ? [sketch.cmd] : sketch.cmd;
    instances.set(name as InstanceName, {
      name: name as InstanceName,
      stage: name.split('@')[0]!,
      item: null,
      desc: null,
      commands,
      canonicalCommands: commands,
      deps: (sketch.deps ?? []).map((path) => ({ path, canonical: path, at })),
      params: Object.entries(sketch.params ?? {}).map(([key, value]) => ({ key, value, at: null })),
      code: (sketch.code ?? []).map((path) => ({ path, at })),
      env: [],
      outs: (sketch.outs ?? []).map((path) => ({
        path,
        canonical: path,
        kind: 'out' as const,
        cache: sketch.cache ?? true,
        persist: sketch.persist ?? false,
        at,
      })),
      frozen: sketch.frozen ?? false,
      alwaysChanged: sketch.alwaysChanged ?? false,
      warm: sketch.warm ?? false,
      resources: { ...ONE_CORE, cpus: sketch.cpus ?? 1 },
      at,
    });
  }
  const upstream = new Map<InstanceName, InstanceName[]>();
  const downstream = new Map<InstanceName, InstanceName[]>([...instances.keys()].map((name) => [name, []]));
  for (const instance of instances.values()) {
    const makers = [...instances.values()].filter((other) =>
      instance.deps.some(({ path }) => other.outs.some((out) => path === out.path || path.startsWith(`${out.path}/`))),
    );
    upstream.set(
      instance.name,
      makers.map(({ name }) => name),
    );
    for (const { name } of makers) downstream.get(name)!.push(instance.name);
  }
  return { root, params: {}, variables: {}, switchedOff: [], instances, upstream, downstream };
}
