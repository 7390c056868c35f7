import type { DiagnosticList } from './diagnostics.ts';
import { kindOf } from './node.ts';
import type { Node } from './node.ts';
import type { Scope } from './scope.ts';
import { resolveValue } from './template.ts';
import type { Template } from './template.ts';
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

const MEMORY_EXPECTED = 'bytes as a whole number, or a number with a unit such as 8GB or 512MiB';

/** Bytes a unit. Decimal and binary ones are kept apart, as the standards do. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ...['k', 'm', 'g', 't'].flatMap((letter, power): readonly (readonly [string, number])[] => [
    [`${letter}b`, 1000 ** (power + 1)],
    [`${letter}ib`, 1024 ** (power + 1)],
  ]),
]);

/** Bytes of `8GB`, `512MiB` or a plain number; null for anything else. */
export function parseMemory(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text.trim());
  const unit = UNITS.get(match?.[2]?.toLowerCase() ?? '');
  if (match === null || unit === undefined) return null;
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

function memoryOf(node: Node): number | null {
  if (node.kind !== 'scalar') return null;
  if (typeof node.value === 'string') return parseMemory(node.value);
  return wholeFrom(0).from(node);
}

function shown(node: Node): string {
  if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'boolean') return kindOf(node);
  return typeof node.value === 'string' ? JSON.stringify(node.value) : String(node.value);
}
