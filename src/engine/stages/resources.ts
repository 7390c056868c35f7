import { bytesExamples, parseBytes } from '../../base/bytes.ts';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { kindOf } from '../yaml/node.ts';
import type { Node } from '../yaml/node.ts';
import type { Scope } from '../templates/scope.ts';
import { resolveValue } from '../templates/template.ts';
import type { Template } from '../templates/template.ts';
import type { Resources } from './types.ts';

/** `meta.resources` as pipeline.yaml gives it: templates cut, nothing resolved. */
export interface ResourcesDefinition {
  readonly cpus: Template | null;
  readonly gpus: Template | null;
  readonly memory: Template | null;
  readonly pools: ReadonlyMap<string, Template>;
}

const NO_POOLS: Resources['pools'] = {};

/** What a stage that says nothing needs: one core. Shared, because there may be tens of thousands of instances. */
export const ONE_CORE: Resources = { cpus: 1, gpus: 0, memory: 0, pools: NO_POOLS };

/** What one instance needs while it runs; a mistake goes to `diagnostics`, and the default takes its place. */
export function resolveResources(
  definition: ResourcesDefinition | null,
  scope: Scope,
  diagnostics: DiagnosticList,
): Resources {
  if (definition === null) return ONE_CORE;
  const resolve = <T>(template: Template | null, name: string, least: T, read: Reader<T>): T => {
    if (template === null) return least;
    const node = resolveValue(template, scope, diagnostics)?.actual;
    if (node === undefined) return least;
    const found = read.from(node);
    if (found !== null) return found;
    diagnostics.add(name, template.node.at, `"${name}" must be ${read.expected}, and is ${shown(node)}`);
    return least;
  };
  const pools = Array.from(definition.pools, ([name, template]) => [name, resolve(template, name, 0, wholeFrom(0))]);
  return {
    cpus: resolve(definition.cpus, 'cpus', 1, wholeFrom(1)),
    gpus: resolve(definition.gpus, 'gpus', 0, wholeFrom(0)),
    memory: resolve(definition.memory, 'memory', 0, { expected: MEMORY_EXPECTED, from: memoryOf }),
    pools: pools.length === 0 ? NO_POOLS : (Object.fromEntries(pools) as Resources['pools']),
  };
}

interface Reader<T> {
  readonly expected: string;
  readonly from: (node: Node) => T | null;
}

function wholeFrom(least: number): Reader<number> {
  return {
    expected: `a whole number from ${least} up`,
    from: (node) => {
      const value = node.kind === 'scalar' ? node.value : null;
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= least ? value : null;
    },
  };
}

const MEMORY_EXPECTED = `a size such as ${bytesExamples}`;

function memoryOf(node: Node): number | null {
  if (node.kind !== 'scalar') return null;
  if (typeof node.value === 'string') return parseBytes(node.value);
  return wholeFrom(0).from(node);
}

function shown(node: Node): string {
  if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'boolean') return kindOf(node);
  return typeof node.value === 'string' ? JSON.stringify(node.value) : String(node.value);
}
