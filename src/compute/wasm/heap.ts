import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { FunctionSource } from './assembler.ts';
import { assemble } from './assembler.ts';
import {
  activationBiasGradient,
  batchNormGradient,
  batchNormSums,
  channelAffine,
  channelSquares,
  channelSum,
} from './channels.ts';
import { convolveDot, convolveEight, convolveFour, convolveOne } from './convolution/convolve.ts';
import { outerProduct } from './outer-product.ts';
import { planeProduct } from './plane-product.ts';
import { activationGradient, adam, leakyRelu, momentum, sigmoidGradient, tanhGradient } from './pointwise.ts';
import { maxPoolGradient } from './pool-gradient.ts';
import { stridedCopy } from './strided-copy.ts';
import { transpose } from './transpose.ts';
import { WINOGRAD_PROGRAMS } from './convolution/winograd-programs.ts';
import { exportsOf } from './web-assembly.ts';

const PROGRAMS = {
  activationBiasGradient,
  activationGradient,
  adam,
  batchNormGradient,
  batchNormSums,
  channelAffine,
  channelSquares,
  channelSum,
  convolveDot,
  convolveEight,
  convolveFour,
  convolveOne,
  leakyRelu,
  maxPoolGradient,
  momentum,
  outerProduct,
  planeProduct,
  sigmoidGradient,
  stridedCopy,
  tanhGradient,
  transpose,
  ...WINOGRAD_PROGRAMS,
} as const satisfies Record<string, FunctionSource>;

export type ProgramName = keyof typeof PROGRAMS;
type Program = (...parameters: number[]) => void;

/** What a program is given; a function is asked for its number in each run. */
export type Parameter = number | (() => number);

/** As many as an array pattern asks for; reading more than were given is a mistake of the caller. */
type Many<T> = readonly [T, T, T, T, T, T, T, T, T, T, T, T];

/** The values of a tensor: floats, whole numbers, or truth values as 0 and 1. */
export type HostView = Float32Array | Int32Array | Uint8Array;

/**
 * Work on tensors' values that is done here rather than by a program, a function of nothing but its arguments.
 * The views hold until it returns.
 */
export type HostWork = (views: Many<HostView>, numbers: Many<number>) => void;

/** Notes what kernels do while a step is traced. Addresses that kernels work with come from here, too. */
export interface HeapObserver {
  address(tensor: TensorInfo): number;
  /** Instead of the heap's own functions, after or before they have done the same. */
  readonly programs: Readonly<Record<ProgramName, Program>>;
  launched(name: ProgramName, parameters: readonly Parameter[]): void;
  worked(work: HostWork, tensors: readonly TensorInfo[], numbers: readonly number[]): void;
  copied(from: TensorInfo, to: TensorInfo): void;
  cleared(tensor: TensorInfo): void;
  renumbered(before: number, after: number): void;
}

/** What we use of tfjs-backend-wasm 4.22 beyond its public types; `openHeap` checks that it is there. */
interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory: { readonly buffer: ArrayBufferLike } };
    readonly HEAPU8: Uint8Array;
    readonly HEAPF32: Float32Array;
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: { get(dataId: object): TensorData };
  dataIdNextNumber: number;
  makeOutput(shape: readonly number[], dtype: DataType, memoryOffset?: number, values?: Int32Array): TensorInfo;
  disposeData(dataId: object): boolean;
  incRef(dataId: object): void;
}

interface TensorData {
  id: number;
  readonly memoryOffset: number;
  readonly refCount: number;
}

/**
 * The WASM backend's memory as our kernels see it: tensors as addresses, and our programs over the same memory.
 * An allocation may grow the memory and detach every view, so that views are taken for one use.
 */
export interface Heap {
  /** While it is set, all that is done to tensors goes through this heap, and is noted by it. */
  observer: HeapObserver | null;
  readonly programs: Readonly<Record<ProgramName, Program>>;
  /** Runs a program some of whose parameters differ from step to step. */
  launch(name: ProgramName, parameters: readonly Parameter[]): void;
  /** Does work on the values of tensors; `tensors` and `numbers` are what it is given. */
  host(work: HostWork, tensors: readonly TensorInfo[], numbers?: readonly number[]): void;
  /** Address of a tensor's first byte; a multiple of 2^32 may have been added, which programs do not see. */
  address(tensor: TensorInfo): number;
  /** New memory, not cleared. */
  allocate(shape: readonly number[]): TensorInfo;
  /** New memory filled with zeros. */
  zeros(shape: readonly number[]): TensorInfo;
  /** New memory with these values, which nobody changes. */
  constant(values: Int32Array): TensorInfo;
  copy(from: TensorInfo, to: TensorInfo): void;
  free(tensor: TensorInfo): void;
  /** The same data under another shape. */
  share(tensor: TensorInfo, shape: readonly number[]): TensorInfo;
  /** Whether this is the only tensor with this data, so that nobody sees a change in place. */
  isUnshared(tensor: TensorInfo): boolean;
  /**
   * Gives changed data a new number. The backend keeps filters it has packed for XNNPACK under the number of their
   * data, and would go on with the old weights.
   */
  renumber(tensor: TensorInfo): void;
}

const heaps = new WeakMap<object, Heap>();

/** The heap of a WASM backend; the programs are compiled at the first call. */
export function openHeap(backendObject: object): Heap {
  const known = heaps.get(backendObject);
  if (known !== undefined) return known;
  const heap = createHeap(backendObject as WasmBackend);
  heaps.set(backendObject, heap);
  return heap;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** Numbers of a type in memory. Bytes are left to the backend's own kernels, but for truth values. */
export function viewOf(memory: ArrayBufferLike, dtype: DataType, address: number, length: number): HostView {
  if (dtype === 'float32') return new Float32Array(memory, address, length);
  return dtype === 'int32' ? new Int32Array(memory, address, length) : new Uint8Array(memory, address, length);
}

export function many<T>(values: readonly T[]): Many<T> {
  return values as unknown as Many<T>;
}

function createHeap(backend: WasmBackend): Heap {
  const { wasm, dataIdMap } = backend;
  const memory = (wasm.asm as Partial<typeof wasm.asm> | undefined)?.memory;
  if (memory?.buffer !== wasm.HEAPU8.buffer) {
    throw new Error(
      'Our kernels cannot reach the memory of @tensorflow/tfjs-backend-wasm: they are written for version 4.22.0. ' +
        'Install that version (npm ci).',
    );
  }
  const programs = exportsOf(assemble(PROGRAMS), memory) as Record<ProgramName, Program>;
  const view = ({ dataId, shape, dtype }: TensorInfo): HostView =>
    viewOf(wasm.HEAPU8.buffer, dtype, dataIdMap.get(dataId).memoryOffset, sizeOf(shape));
  const heap: Heap = {
    observer: null,
    get programs() {
      return heap.observer?.programs ?? programs;
    },
    launch: (name, parameters) => {
      programs[name](...parameters.map((one) => (typeof one === 'number' ? one : one())));
      heap.observer?.launched(name, parameters);
    },
    host: (work, tensors, numbers = []) => {
      work(many(tensors.map(view)), many(numbers));
      heap.observer?.worked(work, tensors, numbers);
    },
    address: (tensor) => heap.observer?.address(tensor) ?? dataIdMap.get(tensor.dataId).memoryOffset,
    allocate: (shape) => backend.makeOutput(shape, 'float32'),
    zeros: (shape) => {
      const tensor = backend.makeOutput(shape, 'float32');
      view(tensor).fill(0);
      heap.observer?.cleared(tensor);
      return tensor;
    },
    constant: (values) => backend.makeOutput([values.length], 'int32', undefined, values),
    copy: (from, to) => {
      view(to).set(view(from));
      heap.observer?.copied(from, to);
    },
    free: (tensor) => void backend.disposeData(tensor.dataId),
    share: (tensor, shape) => {
      backend.incRef(tensor.dataId);
      return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
    },
    isUnshared: (tensor) => dataIdMap.get(tensor.dataId).refCount === 1,
    renumber: (tensor) => {
      const data = dataIdMap.get(tensor.dataId);
      wasm.tfjs.disposeData(data.id);
      const before = data.id;
      data.id = backend.dataIdNextNumber++;
      heap.observer?.renumbered(before, data.id);
      wasm.tfjs.registerTensor(data.id, sizeOf(tensor.shape), data.memoryOffset);
    },
  };
  return heap;
}
