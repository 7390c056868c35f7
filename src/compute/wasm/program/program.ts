import { engine, type Tensor } from '@tensorflow/tfjs-core';
import type { Heap } from '../heap.ts';
import { layOut, type Piece, type Place } from './arena.ts';
import { callOf, type Places } from './calls.ts';
import { lifetimes } from './lifetimes.ts';
import type { TracedBackend } from './module.ts';
import type { Block, Recording } from './trace.ts';

/**
 * A recorded step as a list of calls. Its memory is laid out once: constants and what lives within a step lie in a few
 * parts of the backend's memory, variables stay where they are.
 */
export class Program implements Places {
  readonly heap: Heap;
  readonly backend: TracedBackend;
  readonly #recording: Recording;
  /** Addresses of the parts of the program's memory. */
  readonly #parts: number[] = [];
  /** The blocks that lie outside of the program's memory. */
  readonly #outer: readonly number[];
  /** Of all blocks, as `#calls` know them. */
  readonly #addresses: number[];
  readonly #ids = new Map<number, number>();
  #calls: readonly (() => void)[] | null = null;

  /** Throws OutOfMemoryError where there is no room. */
  constructor(recording: Recording, heap: Heap, backend: TracedBackend) {
    const { blocks } = recording;
    this.heap = heap;
    this.backend = backend;
    this.#recording = recording;
    const inner = [...blocks.keys()].filter((index) => isInner(blocks[index] as Block));
    this.#outer = [...blocks.keys()].filter((index) => !isInner(blocks[index] as Block));
    const { parts, places } = layOut(piecesOf(recording, inner));
    try {
      for (const bytes of parts) this.#parts.push(backend.wasm._malloc(bytes) >>> 0);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#addresses = new Array<number>(blocks.length).fill(0);
    inner.forEach((block, index) => {
      const { part, offset } = places[index] as Place;
      const address = (this.#parts[part] as number) + offset;
      const { is } = blocks[block] as Block;
      this.#addresses[block] = address;
      if (is.kind === 'constant') backend.wasm.HEAPU8.set(is.values, address);
    });
  }

  /** Whether all that the step works on is still there. */
  get isValid(): boolean {
    return this.#outer.every((block) => {
      const { is } = this.#block(block);
      if (is.kind === 'variable') return !is.variable.isDisposed;
      return is.kind === 'outside' && this.backend.dataIdMap.has(is.dataId);
    });
  }

  /** Does the step. */
  run(): Tensor {
    for (const call of this.#bound()) call();
    const { result, assigned } = this.#recording;
    for (const { variable, block } of assigned) this.#copyOut(block, variable.dataId);
    // Nobody may go on with weights that were packed under their old number.
    for (const block of this.#outer) {
      const { is } = this.#block(block);
      if (is.kind === 'variable') this.heap.renumber(is.variable);
    }
    const tensor = this.heap.allocate(result.shape);
    this.#copyOut(result.block, tensor.dataId);
    return engine().makeTensorFromTensorInfo(tensor);
  }

  dispose(): void {
    this.#unbind();
    for (const address of this.#parts.splice(0)) this.backend.wasm._free(address);
  }

  address(block: number): number {
    return this.#addresses[block] as number;
  }

  bytes(block: number): number {
    return this.#block(block).bytes;
  }

  id(block: number): number {
    const known = this.#ids.get(block);
    if (known !== undefined) return known;
    const id = this.backend.dataIdNextNumber++;
    // Functions of the module go by addresses and the sizes they are given; this one is for their checks.
    this.backend.wasm.tfjs.registerTensor(id, Math.ceil(this.bytes(block) / 4), this.address(block));
    this.#ids.set(block, id);
    return id;
  }

  /** The calls, for the memory of the variables as it is now. */
  #bound(): readonly (() => void)[] {
    for (const block of this.#outer) {
      const address = this.#outerAddress(this.#block(block));
      if (address === this.#addresses[block]) continue;
      this.#addresses[block] = address;
      this.#unbind();
    }
    return (this.#calls ??= this.#recording.instructions.map((instruction) => callOf(instruction, this)));
  }

  #unbind(): void {
    for (const id of this.#ids.values()) this.backend.wasm.tfjs.disposeData(id);
    this.#ids.clear();
    this.#calls = null;
  }

  /** A variable gets memory of its own first where somebody else holds its data: a snapshot must not change. */
  #outerAddress({ is }: Block): number {
    const { dataIdMap } = this.backend;
    if (is.kind === 'outside') return dataIdMap.get(is.dataId).memoryOffset;
    if (is.kind !== 'variable') throw new Error('a block of the program has no place outside of it');
    const { variable } = is;
    if (dataIdMap.get(variable.dataId).refCount > 1) {
      const copy = this.heap.allocate(variable.shape);
      this.heap.copy(variable, copy);
      const tensor = engine().makeTensorFromTensorInfo(copy);
      variable.assign(tensor);
      tensor.dispose();
    }
    return dataIdMap.get(variable.dataId).memoryOffset;
  }

  #copyOut(block: number, to: object): void {
    const from = this.address(block);
    this.backend.wasm.HEAPU8.copyWithin(this.backend.dataIdMap.get(to).memoryOffset, from, from + this.bytes(block));
  }

  #block(block: number): Block {
    return this.#recording.blocks[block] as Block;
  }
}

/** When each block of the program's memory must be there. What is returned or assigned is copied after the last call. */
function piecesOf({ blocks, instructions, result, assigned }: Recording, inner: readonly number[]): Piece[] {
  const used = lifetimes(instructions, blocks.length);
  const end = instructions.length;
  const kept = new Set([result.block, ...assigned.map(({ block }) => block)]);
  return inner.map((index) => {
    const { bytes, is } = blocks[index] as Block;
    if (is.kind === 'constant') return { bytes, first: 0, last: end };
    const life = used[index];
    if (life === null || life === undefined) return { bytes: 0, first: 0, last: 0 };
    return { bytes, first: life.first, last: kept.has(index) ? end : life.last };
  });
}

function isInner({ is }: Block): boolean {
  return is.kind === 'scratch' || is.kind === 'constant';
}
