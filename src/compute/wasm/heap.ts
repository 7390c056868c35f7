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

type Program = (...parameters: number[]) => void;

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
    readonly HEAP32: Int32Array;
  };
  readonly dataIdMap: { get(dataId: object): TensorData };
  dataIdNextNumber: number;
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
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
 * An allocation may grow the memory and detach every view, so `floats` is taken after the last one.
 */
export interface Heap {
  readonly programs: Readonly<Record<keyof typeof PROGRAMS, Program>>;
  /** Address of a tensor's first byte. */
  address(tensor: TensorInfo): number;
  /** A view of a float tensor's values, valid until the next allocation. */
  floats(tensor: TensorInfo): Float32Array;
  /** The same for an integer tensor. */
  integers(tensor: TensorInfo): Int32Array;
  /** New memory, not cleared. */
  allocate(shape: readonly number[], dtype?: 'float32' | 'int32'): TensorInfo;
  /** New memory filled with zeros. */
  zeros(shape: readonly number[]): TensorInfo;
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

function createHeap(backend: WasmBackend): Heap {
  const { wasm, dataIdMap } = backend;
  const memory = (wasm.asm as Partial<typeof wasm.asm> | undefined)?.memory;
  if (memory?.buffer !== wasm.HEAPU8.buffer) {
    throw new Error(
      'Our kernels cannot reach the memory of @tensorflow/tfjs-backend-wasm: they are written for version 4.22.0. ' +
        'Install that version (npm ci).',
    );
  }
  const heap: Heap = {
    programs: exportsOf(assemble(PROGRAMS), memory) as Record<keyof typeof PROGRAMS, Program>,
    address: (tensor) => dataIdMap.get(tensor.dataId).memoryOffset,
    floats: (tensor) => {
      const start = dataIdMap.get(tensor.dataId).memoryOffset / 4;
      return wasm.HEAPF32.subarray(start, start + sizeOf(tensor.shape));
    },
    integers: (tensor) => {
      const start = dataIdMap.get(tensor.dataId).memoryOffset / 4;
      return wasm.HEAP32.subarray(start, start + sizeOf(tensor.shape));
    },
    allocate: (shape, dtype = 'float32') => backend.makeOutput(shape, dtype),
    zeros: (shape) => {
      const tensor = backend.makeOutput(shape, 'float32');
      heap.floats(tensor).fill(0);
      return tensor;
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
      data.id = backend.dataIdNextNumber++;
      wasm.tfjs.registerTensor(data.id, sizeOf(tensor.shape), data.memoryOffset);
    },
  };
  return heap;
}
