import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { getKernelsForBackend } from '@tensorflow/tfjs-core';
import type { StockFunction } from './instruction.ts';

/** What tracing uses of tfjs-backend-wasm 4.22 beyond its public types. */
export interface TracedBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    readonly HEAPF32: Float32Array;
    readonly _malloc: (bytes: number) => number;
    readonly _free: (address: number) => void;
    readonly tfjs: {
      registerTensor(id: number, size: number, address: number): void;
      disposeData(id: number): void;
    };
    cwrap: (name: string, result: string | null, parameters: readonly string[]) => (...values: never[]) => unknown;
  };
  dataIdMap: { get(dataId: object): TensorData; has(dataId: object): boolean };
  dataIdNextNumber: number;
  move: (dataId: object, values: ArrayBufferView | null, shape: number[], dtype: DataType, refCount: number) => void;
  readSync: (dataId: object, start?: number, end?: number) => unknown;
  typedArrayFromHeap: (tensor: TensorInfo) => unknown;
  makeOutput: (shape: number[], dtype: DataType, address?: number | null, values?: unknown) => TensorInfo;
}

export interface TensorData {
  readonly id: number;
  readonly memoryOffset: number;
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly refCount: number;
}

/** Notes what the backend's own kernels do while a step is traced. */
export interface ModuleObserver {
  /** After a function of the module has run. */
  called(name: string, run: StockFunction, parameters: readonly (number | Uint8Array)[]): void;
  /** A tensor has got memory, filled with `values` unless they are null. */
  allocated(dataId: object, values: ArrayBufferView | null): void;
  /** The data behind a tensor was looked up. */
  seen(dataId: object, data: TensorData): void;
  /** What was done that no program can do again. */
  refuse(reason: string): void;
}

/**
 * Tensors' numbers begin here, so that a parameter of the module's functions that is as large can be nothing else:
 * sizes, axes and types stay below.
 */
export const FIRST_ID = 2 ** 30;

/** These keep weights in a form of their own under the number of their tensor, and would go on with those. */
const KEEP_WEIGHTS = /Conv2D|Depthwise|MatMul|Prelu/i;

/**
 * Lets the module of a WASM backend be observed: all kernels of its own ask for their functions again, and get them
 * with a bell. To be called once, before there are tensors. The returned function sets who is told, or null.
 */
export function observeModule(backend: TracedBackend): (observer: ModuleObserver | null) => void {
  let observer: ModuleObserver | null = null;
  const { wasm } = backend;
  backend.dataIdNextNumber = FIRST_ID;
  const cwrap = wasm.cwrap;
  wasm.cwrap = (name, result, parameterTypes) => {
    const run = cwrap(name, result, parameterTypes) as (...values: (number | Uint8Array)[]) => unknown;
    return (...values: (number | Uint8Array)[]) => {
      const returned = run(...values);
      if (observer !== null) {
        if (result !== null) observer.refuse(`${name} gives as many results as its values say`);
        else if (KEEP_WEIGHTS.test(name)) observer.refuse(`${name} keeps weights in a form of its own`);
        else observer.called(name, run, values);
      }
      return returned;
    };
  };
  // It stays so: tfjs-core lets kernels ask once more whenever the backend is chosen.
  for (const { setupFunc } of getKernelsForBackend('wasm')) setupFunc?.(backend);
  const { move, readSync, typedArrayFromHeap, makeOutput } = backend;
  backend.move = (dataId, values, shape, dtype, refCount) => {
    move.call(backend, dataId, values, shape, dtype, refCount);
    observer?.allocated(dataId, values);
  };
  backend.readSync = (dataId, start, end) => {
    observer?.refuse('they read values in the middle');
    return readSync.call(backend, dataId, start, end);
  };
  backend.typedArrayFromHeap = (tensor) => {
    observer?.refuse('they change values outside of kernels');
    return typedArrayFromHeap.call(backend, tensor);
  };
  backend.makeOutput = (shape, dtype, address, values) => {
    if (address !== undefined && address !== null) observer?.refuse('a kernel chooses its own memory');
    return makeOutput.call(backend, shape, dtype, address, values);
  };
  const { dataIdMap } = backend;
  const get = dataIdMap.get.bind(dataIdMap);
  dataIdMap.get = (dataId) => {
    const data = get(dataId);
    observer?.seen(dataId, data);
    return data;
  };
  return (next) => {
    observer = next;
  };
}
