import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Attribute, Binding, Output, TensorValues } from '../../../../src/compute/native/graph/binding.ts';
import type { Messages } from '../../../../src/compute/native/graph/messages.ts';

/**
 * A small TensorFlow in JavaScript behind the interface of tfjs-node's compiled module: tensors that share memory as
 * they do there, a few operations, resources that change in place, and graphs, read back from their file.
 */

const TYPES = { TF_FLOAT: 1, TF_INT32: 3, TF_INT64: 9, TF_BOOL: 10 } as const;
const ATTRIBUTES = {
  TF_ATTR_STRING: 0,
  TF_ATTR_INT: 1,
  TF_ATTR_FLOAT: 2,
  TF_ATTR_BOOL: 3,
  TF_ATTR_TYPE: 4,
  TF_ATTR_SHAPE: 5,
} as const;

interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: number;
  /** Memory: tensors with the same object share it. */
  readonly values: number[] | Float32Array | Int32Array | Uint8Array;
  /** Of a handle: the resource it stands for. */
  readonly resource?: string;
}

interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputList?: readonly string[];
  readonly attributes: Readonly<Record<string, { readonly tensor?: ConstantTensor; readonly s?: unknown }>>;
}

interface ConstantTensor {
  readonly dtype: number;
  readonly tensorShape: { readonly dimList?: readonly { readonly size: number }[] };
  readonly tensorContent: readonly number[];
}

interface Model {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly resources: Map<string, Tensor>;
}

/** What an operation makes of tensors; two operands have one shape, or one of them is a scalar. */
const OPERATIONS: Readonly<Record<string, (inputs: readonly Tensor[]) => Tensor[]>> = {
  Add: pointwise((a, b) => a + b),
  Mul: pointwise((a, b) => a * b),
  Sub: pointwise((a, b) => a - b),
  Sum: ([x]) => [{ shape: [], dtype: TYPES.TF_FLOAT, values: [[...x!.values].reduce((sum, value) => sum + value, 0)] }],
  // Two outputs.
  Halves: ([x]) => [0, 1].map((half) => ({ ...x!, shape: [x!.values.length / 2], values: [...x!.values].filter((_, i) => i % 2 === half) })), // prettier-ignore
  // Shares its operand's memory.
  Reshape: ([x, shape]) => [{ ...x!, shape: [...shape!.values] }],
  Where: ([x]) => {
    const found = [...x!.values].flatMap((value, index) => (value > 0 ? [index] : []));
    return [{ shape: [found.length], dtype: TYPES.TF_FLOAT, values: found }];
  },
  DeepCopy: ([x]) => [{ ...x!, values: [...x!.values] }],
};

function pointwise(compute: (a: number, b: number) => number): (inputs: readonly Tensor[]) => Tensor[] {
  return ([a, b]) => {
    const large = a!.values.length >= b!.values.length ? a! : b!;
    const at = (tensor: Tensor, index: number): number => tensor.values[tensor.values.length === 1 ? 0 : index]!;
    return [{ ...large, values: Array.from(large.values, (_, index) => compute(at(a!, index), at(b!, index))) }];
  };
}

export class FakeTensorFlow implements Binding {
  readonly TF_FLOAT = TYPES.TF_FLOAT;
  readonly TF_INT32 = TYPES.TF_INT32;
  readonly TF_INT64 = TYPES.TF_INT64;
  readonly TF_BOOL = TYPES.TF_BOOL;
  readonly TF_ATTR_STRING = ATTRIBUTES.TF_ATTR_STRING;
  readonly TF_ATTR_INT = ATTRIBUTES.TF_ATTR_INT;
  readonly TF_ATTR_FLOAT = ATTRIBUTES.TF_ATTR_FLOAT;
  readonly TF_ATTR_BOOL = ATTRIBUTES.TF_ATTR_BOOL;
  readonly TF_ATTR_TYPE = ATTRIBUTES.TF_ATTR_TYPE;
  readonly TF_ATTR_SHAPE = ATTRIBUTES.TF_ATTR_SHAPE;
  readonly tensors = new Map<number, Tensor>();
  readonly models = new Map<number, Model>();
  /** Operations run one by one, and runs of graphs. */
  calls = { operations: 0, graphs: 0 };
  /** Makes it refuse every graph. */
  refuses = false;
  /** What the graph that is running has computed and still needs, or was asked for. */
  #inUse: () => Tensor[] = () => [];
  readonly #eager = new Map<string, Tensor>();
  #next = 0;

  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Output[] {
    this.calls.operations += 1;
    const made = this.#compute(name, inputs.map((id) => this.#tensor(id)), this.#eager, String(attributes.find((one) => one.name === 'shared_name')?.value)); // prettier-ignore
    if (made.length !== outputs) throw new Error(`${name} gives ${made.length} tensors, not ${outputs}`);
    return made.map((tensor) => this.#added(tensor));
  }

  createTensor(shape: readonly number[], dtype: number, values: TensorValues): number {
    const fits = dtype === TYPES.TF_FLOAT ? values instanceof Float32Array : dtype === TYPES.TF_BOOL ? values instanceof Uint8Array : values instanceof Int32Array; // prettier-ignore
    if (!fits) throw new Error('Tensor type does not match the array');
    // Not copied, as in tfjs-node.
    return this.#added({ shape, dtype, values: values as Float32Array }).id;
  }

  deleteTensor(id: number): void {
    if (!this.tensors.delete(id)) throw new Error(`Delete called on a Tensor not referenced (tensor_id: ${id})`);
  }

  tensorDataSync(id: number): number[] {
    return [...this.#tensor(id).values];
  }

  loadSavedModel(directory: string): number {
    if (this.refuses) throw new Error('Failed to load SavedModel: it was refused');
    const file = JSON.parse(readFileSync(path.join(directory, 'saved_model.pb'), 'utf8')) as {
      metaGraphsList: { graphDef: { nodeList: Node[] } }[];
    };
    const nodes = file.metaGraphsList[0]!.graphDef.nodeList;
    this.models.set(++this.#next, { nodes: new Map(nodes.map((node) => [node.name, node])), resources: new Map() });
    return this.#next;
  }

  /** Runs what the fetches need; the last first, to find what should have waited for something else. */
  runSavedModel(model: number, inputs: readonly number[], feeds: string, fetches: string): Output[] {
    this.calls.graphs += 1;
    const { nodes, resources } = this.models.get(model)!;
    const done = new Map<string, readonly Tensor[]>();
    const names = (list: string): string[] => list.split(',').filter((name) => name !== '');
    const wanted = names(fetches).map(nodeOf);
    const readers = readersOf(nodes, wanted);
    this.#inUse = () =>
      [...done].flatMap(([name, tensors]) =>
        wanted.includes(name) || readers.get(name)?.some((reader) => !done.has(reader)) ? tensors : [],
      );
    names(feeds).forEach((name, index) => done.set(nodeOf(name), [this.#tensor(inputs[index]!)]));
    const output = (reference: string): Tensor => {
      const [name = '', index = '0'] = reference.split(':');
      return run(name)[Number(index)]!;
    };
    const run = (name: string): readonly Tensor[] => {
      const known = done.get(name);
      if (known !== undefined) return known;
      const { op, inputList = [], attributes } = nodes.get(name)!;
      if (op === 'Placeholder') throw new Error(`You must feed a value for placeholder tensor '${name}'`);
      for (const input of inputList) if (input.startsWith('^')) run(input.slice(1));
      const operands = inputList.filter((input) => !input.startsWith('^')).map(output);
      const made =
        op === 'Const' ? [constant(attributes['value']!.tensor!)] : this.#compute(op, operands, resources, name);
      done.set(name, made);
      return made;
    };
    const found = names(fetches).reverse().map(output).reverse(); // prettier-ignore
    this.#inUse = () => [];
    return found.map((tensor) => this.#added(tensor));
  }

  deleteSavedModel(model: number): void {
    this.models.delete(model);
  }

  #compute(op: string, inputs: readonly Tensor[], resources: Map<string, Tensor>, resource: string): Tensor[] {
    const key = (index: number): string => inputs[index]!.resource!;
    switch (op) {
      case 'VarHandleOp':
        return [{ shape: [], dtype: 20, values: [], resource }];
      case 'AssignVariableOp':
        resources.set(key(0), inputs[1]!);
        return [];
      case 'ReadVariableOp':
        return [resources.get(key(0))!];
      case 'ResourceApplyMomentum': {
        // w, velocity, learning rate, gradient, momentum
        const [rate, gradient, momentum] = inputs.slice(2).map(({ values }) => values);
        const velocity = this.#own(resources, key(1));
        velocity.forEach((value, i) => (velocity[i] = momentum![0]! * value + gradient![i]!));
        const weights = this.#own(resources, key(0));
        weights.forEach((value, i) => (weights[i] = value - rate![0]! * velocity[i]!));
        return [];
      }
      default: {
        const compute = OPERATIONS[op];
        if (compute === undefined) throw new Error(`no operation ${op}`);
        return compute(inputs);
      }
    }
  }

  /** The memory of a resource, to be changed in place: a copy where a tensor shares it. */
  #own(resources: Map<string, Tensor>, name: string): Tensor['values'] {
    const tensor = resources.get(name)!;
    if (![...this.tensors.values(), ...this.#inUse()].some(({ values }) => values === tensor.values))
      return tensor.values;
    const copy = { ...tensor, values: [...tensor.values] };
    resources.set(name, copy);
    return copy.values;
  }

  #tensor(id: number): Tensor {
    const tensor = this.tensors.get(id);
    if (tensor === undefined) throw new Error(`Input Tensor ID not referenced (tensor_id: ${id})`);
    return tensor;
  }

  #added(tensor: Tensor): Output {
    const id = this.#next++;
    this.tensors.set(id, tensor);
    return { id, shape: tensor.shape, dtype: tensor.dtype };
  }
}

const nodeOf = (reference: string): string => reference.replace(/^\^/, '').split(':')[0]!;

/** Of the nodes that a run needs: who takes what each of them makes. */
function readersOf(
  nodes: ReadonlyMap<string, Node>,
  wanted: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const readers = new Map<string, string[]>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const input of nodes.get(name)?.inputList ?? []) {
      const from = nodeOf(input);
      if (!input.startsWith('^')) readers.set(from, [...(readers.get(from) ?? []), name]);
      visit(from);
    }
  };
  wanted.forEach(visit);
  return readers;
}

function constant({ dtype, tensorShape, tensorContent }: ConstantTensor): Tensor {
  const bytes = Uint8Array.from(tensorContent);
  const values = dtype === TYPES.TF_BOOL ? bytes : new Int32Array(bytes.buffer);
  return { shape: (tensorShape.dimList ?? []).map(({ size }) => size), dtype, values };
}

/** Messages that are written as JSON: `setName` sets `name`, `addInput` adds to `inputList`. */
function message(): new () => object {
  return function () {
    const fields: Record<string, unknown> = {};
    const lower = (name: string): string => name.charAt(3).toLowerCase() + name.slice(4);
    return new Proxy(
      {},
      {
        get: (_, name) => {
          if (typeof name !== 'string') return undefined;
          if (name === 'toJSON') return () => fields;
          if (name === 'serializeBinary') return () => Buffer.from(JSON.stringify(fields));
          if (name === 'getAttrMap') {
            const attributes = (fields['attributes'] ??= {}) as Record<string, unknown>;
            return () => ({ set: (key: string, value: unknown) => void (attributes[key] = value) });
          }
          return (value: unknown) => {
            const plain = value instanceof Uint8Array ? [...value] : value;
            if (name.startsWith('set')) fields[lower(name)] = plain;
            else ((fields[`${lower(name)}List`] ??= []) as unknown[]).push(plain);
          };
        },
      },
    );
  } as unknown as new () => object;
}

export const FAKE_MESSAGES = {
  AttrValue: Object.assign(message(), { ListValue: message() }),
  TensorShape: Object.assign(message(), { Dim: message() }),
  Tensor: message(),
  NodeDef: message(),
  GraphDef: message(),
  VersionDef: message(),
  MetaGraphDef: Object.assign(message(), { MetaInfoDef: message() }),
  SavedModel: message(),
} as unknown as Messages;
