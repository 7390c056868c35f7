import type { DiagnosticList } from '../yaml/diagnostics.ts';
import {
  dottedPaths,
  type Entry,
  find,
  fromValue,
  kindOf,
  type MapNode,
  type Node,
  parsePath,
  toValue,
} from '../yaml/node.ts';
import { suggestion } from '../../base/suggest.ts';
import type { Position, Value } from '../yaml/values.ts';
import { type Distribution, sampleAt } from './distributions.ts';
import type { Parameter } from './space.ts';

/** Reads `parameters`, nested ones included; mistakes go to `diagnostics`. */
export function readParameters(node: MapNode, diagnostics: DiagnosticList, prefix = ''): Parameter[] {
  return [...node.entries].flatMap(([name, entry]) => {
    const key = prefix + name;
    if (entry.value.kind !== 'map') return [];
    const inner = entry.value.entries.get('parameters');
    if (inner?.value.kind === 'map') {
      const others = [...entry.value.entries.keys()].filter((other) => other !== 'parameters');
      if (others.length > 0) {
        diagnostics.add(
          'nested',
          entry.keyAt,
          `"${key}" has "parameters" and ${others.join(', ')}: it is a group or a parameter`,
        );
      }
      return readParameters(inner.value, diagnostics, `${key}.`);
    }
    const distribution = new DistributionReader(key, entry, entry.value, diagnostics).read();
    return distribution === null ? [] : [{ key, distribution, at: entry.keyAt }];
  });
}

/** A parameter must be a key of params, and what is tried for it of the kind that is there. */
export function checkKeys(
  parameters: readonly Parameter[],
  params: { readonly [key: string]: Value },
  diagnostics: DiagnosticList,
): void {
  const document = fromValue(params, null);
  for (const { key, distribution, at } of parameters) {
    const found = find(document, parsePath(key) ?? [key]);
    if (!found.found) {
      const hint = suggestion(key, [...dottedPaths(document)]);
      diagnostics.add('sweep-key', at, `params have no key "${key}"`, hint === undefined ? {} : { hint });
      continue;
    }
    const tried = distribution.kind === 'categorical' ? distribution.values : [sampleAt(distribution, 0.5).value];
    const wrong = tried.find((value) => !sameKind(found.node, value));
    if (wrong === undefined) continue;
    diagnostics.add(
      'sweep-kind',
      at,
      `"${key}" is ${kindOf(found.node)} in params, and the sweep tries ${JSON.stringify(wrong)}`,
    );
  }
}

function sameKind(declared: Node, value: Value): boolean {
  return (declared.kind === 'scalar' && declared.value === null) || kindOf(declared) === kindOf(fromValue(value, null));
}

/** Keys that belong to each distribution. */
const keysOf: { readonly [Kind in Distribution['kind']]: readonly string[] } = {
  constant: ['value'],
  categorical: ['values', 'probabilities'],
  int_uniform: ['min', 'max'],
  uniform: ['min', 'max'],
  q_uniform: ['min', 'max', 'q'],
  log_uniform_values: ['min', 'max'],
  q_log_uniform_values: ['min', 'max', 'q'],
  inv_log_uniform_values: ['min', 'max'],
  normal: ['mu', 'sigma'],
  q_normal: ['mu', 'sigma', 'q'],
  log_normal: ['mu', 'sigma'],
  beta: ['a', 'b'],
};

class DistributionReader {
  readonly #key: string;
  readonly #entry: Entry;
  readonly #node: MapNode;
  readonly #diagnostics: DiagnosticList;

  constructor(key: string, entry: Entry, node: MapNode, diagnostics: DiagnosticList) {
    this.#key = key;
    this.#entry = entry;
    this.#node = node;
    this.#diagnostics = diagnostics;
  }

  read(): Distribution | null {
    const before = this.#diagnostics.total;
    const kind = this.#kind();
    if (kind === null) return null;
    for (const [name, { keyAt }] of this.#node.entries) {
      if (name === 'distribution' || keysOf[kind].includes(name)) continue;
      this.#complain(keyAt, `${kind} takes ${keysOf[kind].join(', ')}, not "${name}"`);
    }
    const distribution = this.#ofKind(kind);
    return this.#diagnostics.total > before ? null : distribution;
  }

  #kind(): Distribution['kind'] | null {
    const named = this.#value('distribution');
    if (typeof named === 'string') return named as Distribution['kind'];
    if (this.#node.entries.has('value')) return 'constant';
    if (this.#node.entries.has('values')) return 'categorical';
    const [min, max] = [this.#node.entries.get('min')?.value, this.#node.entries.get('max')?.value];
    if (min === undefined || max === undefined) {
      this.#complain(this.#entry.keyAt, 'give "value", "values", "min" and "max", or a "distribution"');
      return null;
    }
    if (isWhole(min) === isWhole(max)) return isWhole(min) ? 'int_uniform' : 'uniform';
    this.#complain(
      min.at,
      'one of "min" and "max" is a whole number and the other is not',
      'write both alike (1.0 is not whole), or name a distribution',
    );
    return null;
  }

  #ofKind(kind: Distribution['kind']): Distribution | null {
    switch (kind) {
      case 'constant':
        return this.#constant();
      case 'categorical':
        return this.#categorical();
      case 'int_uniform': {
        const range = this.#range();
        if (range !== null && !(Number.isInteger(range.min) && Number.isInteger(range.max))) {
          this.#complain(this.#at('min'), '"min" and "max" of int_uniform must be whole numbers');
        }
        return range === null ? null : { kind, ...range };
      }
      case 'uniform': {
        const range = this.#range();
        return range === null ? null : { kind, ...range };
      }
      case 'q_uniform': {
        const range = this.#range();
        return range === null ? null : { kind, ...range, q: this.#number('q', 1) };
      }
      case 'log_uniform_values':
      case 'inv_log_uniform_values': {
        const range = this.#positiveRange();
        return range === null ? null : { kind, ...range };
      }
      case 'q_log_uniform_values': {
        const range = this.#positiveRange();
        return range === null ? null : { kind, ...range, q: this.#number('q', 1) };
      }
      case 'normal':
      case 'log_normal':
        return { kind, mu: this.#number('mu', 0), sigma: this.#number('sigma', 1) };
      case 'q_normal':
        return { kind, mu: this.#number('mu', 0), sigma: this.#number('sigma', 1), q: this.#number('q', 1) };
      case 'beta':
        return { kind, a: this.#number('a', 1), b: this.#number('b', 1) };
    }
  }

  #constant(): Distribution | null {
    const value = this.#value('value');
    if (value === undefined) this.#complain(this.#entry.keyAt, 'a constant needs "value"');
    return value === undefined ? null : { kind: 'constant', value };
  }

  #categorical(): Distribution | null {
    const values = this.#value('values');
    if (!Array.isArray(values)) {
      this.#complain(this.#entry.keyAt, 'a categorical parameter needs "values"');
      return null;
    }
    const equal = values.map(() => 1 / values.length);
    const probabilities = (this.#value('probabilities') as readonly number[] | undefined) ?? equal;
    const sum = probabilities.reduce((total, one) => total + one, 0);
    if (probabilities.length !== values.length) {
      this.#complain(
        this.#at('probabilities'),
        `there are ${values.length} values and ${probabilities.length} probabilities`,
      );
    } else if (Math.abs(sum - 1) > 1e-6) {
      this.#complain(
        this.#at('probabilities'),
        `the probabilities add up to ${Number(sum.toPrecision(6))}, and must to 1`,
      );
    }
    return { kind: 'categorical', values: values as readonly Value[], probabilities };
  }

  #range(): { readonly min: number; readonly max: number } | null {
    const [min, max] = [this.#value('min'), this.#value('max')];
    if (typeof min !== 'number' || typeof max !== 'number') {
      this.#complain(this.#entry.keyAt, 'this distribution needs "min" and "max"');
      return null;
    }
    if (min < max) return { min, max };
    this.#complain(this.#at('min'), `"min" (${min}) must be less than "max" (${max})`);
    return null;
  }

  #positiveRange(): { readonly min: number; readonly max: number } | null {
    const range = this.#range();
    if (range === null || range.min > 0) return range;
    this.#complain(this.#at('min'), `"min" must be greater than 0 where logarithms are uniform, and is ${range.min}`);
    return null;
  }

  #number(name: string, otherwise: number): number {
    const value = this.#value(name);
    return typeof value === 'number' ? value : otherwise;
  }

  #value(name: string): Value | undefined {
    const entry = this.#node.entries.get(name);
    return entry === undefined ? undefined : toValue(entry.value);
  }

  #at(name: string): Position | null {
    return this.#node.entries.get(name)?.value.at ?? this.#entry.keyAt;
  }

  #complain(at: Position | null, message: string, hint?: string): void {
    this.#diagnostics.add('sweep-parameter', at, `"${this.#key}": ${message}`, hint === undefined ? {} : { hint });
  }
}

/** Whether a number is written as a whole one: in YAML 1 is an integer and 1.0 is not. */
function isWhole(node: Node): boolean {
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return false;
  const { origin } = node;
  if (origin === null) return Number.isInteger(node.value);
  return /^[-+]?\d+$/.test(origin.source.text.slice(origin.start, origin.end));
}
