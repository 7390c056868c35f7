import type { TensorInfo, Variable } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tracer } from '../../steps.ts';
import type { Heap, HeapObserver, HostWork, Parameter, ProgramName } from '../heap.ts';
import type { Instruction, Operand, Pointer, StockFunction, StockOperand } from './instruction.ts';
import { sameInstruction, sameNumbers } from './instruction.ts';
import { FIRST_ID, type ModuleObserver, type TensorData, type TracedBackend } from './module.ts';

/** A stretch of memory that a step works on. */
export interface Block {
  readonly bytes: number;
  readonly is:
    /** Written before it is read, in each step. */
    | { readonly kind: 'scratch' }
    | { readonly kind: 'constant'; readonly values: Uint8Array }
    /** Memory of a variable as it was before the step. */
    | { readonly kind: 'variable'; readonly variable: Variable }
    /** Memory of another tensor that was there before the step. */
    | { readonly kind: 'outside'; readonly dataId: object };
}

/** What a step did. */
export interface Recording {
  readonly instructions: readonly Instruction[];
  readonly blocks: readonly Block[];
  readonly result: { readonly block: number; readonly shape: readonly number[] };
  /** Variables that have other memory after the step, and the block with their new value. */
  readonly assigned: readonly { readonly variable: Variable; readonly block: number }[];
}

/**
 * Above an address, in units of 2^32, stands the number of its block plus one: kernels add to addresses what they
 * like, WebAssembly takes the lower 32 bits, and it is always known which block is meant.
 */
const BLOCK_UNIT = 2 ** 32;

interface OwnBlock {
  readonly index: number;
  readonly address: number;
}

/** Follows one step through the WASM backend and writes down what it does. */
export class Trace implements HeapObserver, ModuleObserver, Tracer {
  readonly programs: Heap['programs'];
  readonly #backend: TracedBackend;
  readonly #instructions: Instruction[] = [];
  readonly #blocks: Block[] = [];
  /** By the numbers of tensors. */
  readonly #known = new Map<number, OwnBlock>();
  readonly #outside = new Map<number, object>();
  readonly #variables: ReadonlyMap<number, Variable>;
  #refusal: string | null = null;

  /** @param variables all that there are */
  constructor(heap: Heap, backend: TracedBackend, variables: readonly Variable[]) {
    const { programs } = heap;
    this.#backend = backend;
    this.#variables = new Map(variables.map((variable) => [backend.dataIdMap.get(variable.dataId).id, variable]));
    const noting = Object.entries(programs).map(([name, run]) => {
      const note = (...parameters: number[]): void => {
        run(...parameters);
        this.launched(name as ProgramName, parameters);
      };
      return [name, note] as const;
    });
    this.programs = Object.fromEntries(noting) as unknown as Heap['programs'];
  }

  /** Why no program can do again what was done; null: it can. */
  get refusal(): string | null {
    return this.#refusal;
  }

  refuse(reason: string): void {
    this.#refusal ??= reason;
  }

  address(tensor: TensorInfo): number {
    const data = this.#backend.dataIdMap.get(tensor.dataId);
    return data.memoryOffset + BLOCK_UNIT * (this.#blockOf(data.id).index + 1);
  }

  launched(name: ProgramName, parameters: readonly Parameter[]): void {
    this.#note({ kind: 'program', name, operands: parameters.map((one) => this.#operand(one)) });
  }

  worked(work: HostWork, tensors: readonly TensorInfo[], numbers: readonly number[]): void {
    const blocks = tensors.map((tensor) => this.#blockOfTensor(tensor));
    const lengths = tensors.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    this.#note({ kind: 'host', work, blocks, types: tensors.map(({ dtype }) => dtype), lengths, numbers });
  }

  copied(from: TensorInfo, to: TensorInfo): void {
    this.#note({ kind: 'copy', from: this.#blockOfTensor(from), to: this.#blockOfTensor(to) });
  }

  cleared(tensor: TensorInfo): void {
    this.#note({ kind: 'clear', block: this.#blockOfTensor(tensor) });
  }

  renumbered(before: number, after: number): void {
    this.#known.set(after, this.#blockOf(before));
  }

  called(name: string, run: StockFunction, parameters: readonly (number | Uint8Array)[]): void {
    const operands = parameters.map((one) =>
      typeof one === 'number' ? (one < FIRST_ID ? one : this.#pointerTo(one)) : this.#listOf(name, one),
    );
    this.#note({ kind: 'stock', name, run, operands });
  }

  /** A list of sizes as it is, one of tensors as places. */
  #listOf(name: string, bytes: Uint8Array): StockOperand {
    if (bytes.length % 4 !== 0) return Uint8Array.from(bytes);
    const numbers = [...new Int32Array(Uint8Array.from(bytes).buffer)];
    const tensors = numbers.filter((one) => one >= FIRST_ID);
    if (tensors.length === 0) return Uint8Array.from(bytes);
    if (tensors.length < numbers.length) this.refuse(`${name} mixes tensors with numbers`);
    return tensors.map((id) => this.#pointerTo(id));
  }

  #pointerTo(id: number): Pointer {
    return { block: this.#blockOf(id).index, offset: 0 };
  }

  allocated(dataId: object, values: ArrayBufferView | null): void {
    const data = this.#backend.dataIdMap.get(dataId);
    if (data.dtype === 'string') this.refuse('they make text');
    const bytes = bytesOf(data);
    if (values === null || data.dtype === 'string') this.#add(data, { bytes, is: { kind: 'scratch' } });
    else this.#add(data, { bytes, is: { kind: 'constant', values: copyOf(values, bytes) } });
  }

  seen(dataId: object, data: TensorData): void {
    if (!this.#known.has(data.id)) this.#outside.set(data.id, dataId);
  }

  eachStep(run: () => void): void {
    this.#note({ kind: 'each', run });
  }

  input(tensor: Tensor, read: () => Float32Array): void {
    const block = this.#blockOfTensor(tensor);
    this.#blocks[block] = { bytes: (this.#blocks[block] as Block).bytes, is: { kind: 'scratch' } };
    this.#note({ kind: 'input', block, read });
  }

  /**
   * Ends the trace. Null where there is a refusal.
   *
   * @param variables all that there are now
   */
  finish(result: Tensor, variables: readonly Variable[]): Recording | null {
    const before = new Set(this.#variables.values());
    if (variables.some((variable) => !before.has(variable))) this.refuse('they make variables');
    if (result.dtype !== 'float32') this.refuse(`they give ${result.dtype}`);
    const assigned = [...this.#variables].flatMap(([id, variable]) => {
      const now = this.#backend.dataIdMap.get(variable.dataId).id;
      if (now === id || this.#known.get(now) === this.#known.get(id)) return [];
      this.#blockOf(id);
      return [{ variable, block: this.#blockOf(now).index }];
    });
    const own = { block: this.#blockOfTensor(result), shape: result.shape };
    if (assigned.some(({ block }) => !['scratch', 'constant'].includes(this.#blocks[block]?.is.kind ?? ''))) {
      this.refuse('they give a variable what belongs to another');
    }
    if (this.#refusal !== null) return null;
    return { instructions: this.#instructions, blocks: this.#blocks, result: own, assigned };
  }

  #note(instruction: Instruction): void {
    this.#instructions.push(instruction);
  }

  #operand(parameter: Parameter): Operand {
    if (typeof parameter !== 'number' || parameter < BLOCK_UNIT) return parameter;
    const index = Math.floor(parameter / BLOCK_UNIT) - 1;
    const own = this.#addresses[index] as number;
    return { block: index, offset: (parameter % BLOCK_UNIT) - own };
  }

  /** Of the blocks, as they are now. */
  readonly #addresses: number[] = [];

  #blockOfTensor(tensor: TensorInfo): number {
    return this.#blockOf(this.#backend.dataIdMap.get(tensor.dataId).id).index;
  }

  /** The block of a tensor by its number; one that was there before the step gets its block now. */
  #blockOf(id: number): OwnBlock {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const variable = this.#variables.get(id);
    const dataId = variable?.dataId ?? this.#outside.get(id);
    if (dataId === undefined) {
      this.refuse('they use a tensor whose memory cannot be found');
      return { index: 0, address: 0 };
    }
    const data = this.#backend.dataIdMap.get(dataId);
    const bytes = bytesOf(data);
    const is =
      variable === undefined ? ({ kind: 'outside', dataId } as const) : ({ kind: 'variable', variable } as const);
    return this.#add(data, { bytes, is });
  }

  #add({ id, memoryOffset }: TensorData, block: Block): OwnBlock {
    const own = { index: this.#blocks.push(block) - 1, address: memoryOffset };
    this.#addresses.push(memoryOffset);
    this.#known.set(id, own);
    return own;
  }
}

function bytesOf({ shape, dtype }: TensorData): number {
  return shape.reduce((a, b) => a * b, 1) * (dtype === 'bool' ? 1 : 4);
}

function copyOf(values: ArrayBufferView, bytes: number): Uint8Array {
  return Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, bytes));
}

/** Why two recordings of a step are not of the same work; null where they are. */
export function difference(a: Recording, b: Recording): string | null {
  if (a.instructions.length !== b.instructions.length) return 'they differ in what they do';
  const odd = a.instructions.findIndex((one, index) => !sameInstruction(one, b.instructions[index] as Instruction));
  if (odd >= 0) return 'they differ in what they do';
  const changed = a.blocks.some((block, index) => !sameBlock(block, b.blocks[index] as Block));
  return changed || a.blocks.length !== b.blocks.length ? 'they differ in values that they do not declare' : null;
}

function sameBlock(a: Block, b: Block): boolean {
  if (a.bytes !== b.bytes) return false;
  switch (a.is.kind) {
    case 'scratch':
      return b.is.kind === 'scratch';
    case 'constant':
      return b.is.kind === 'constant' && sameNumbers(a.is.values, b.is.values);
    case 'variable':
      return b.is.kind === 'variable' && a.is.variable === b.is.variable;
    case 'outside':
      return b.is.kind === 'outside' && a.is.dataId === b.is.dataId;
  }
}
