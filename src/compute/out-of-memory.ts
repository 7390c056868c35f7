/** What WebAssembly addresses with 32 bits. */
const LIMIT = 2 ** 32;

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** The WASM backend cannot hold more tensors. Its message is for the person who chose the scale. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
  readonly forUser = true;

  /**
   * @param wanted bytes of the tensor for which there was no room
   * @param inUse bytes of the backend's memory, free pieces of it included
   */
  constructor(wanted: number, inUse: number) {
    super(
      `The wasm backend is out of memory: expected to hold all tensors in ${gib(LIMIT)}, which is all that WebAssembly ` +
        `addresses, found ${gib(inUse)} taken and no room for another ${gib(wanted)}. Lower the batches (training.train.batch, ` +
        'training.pretrainE.batch, training.pretrainG.batch), data.size or the widths below training, or compute with ' +
        'TensorFlow\'s own library: "npm run backend:native" and --backend node.',
    );
  }
}

/** What we use of tfjs-backend-wasm 4.22 beyond its public types. */
interface WasmBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    /** Address of so many bytes; 0 where there is no room. */
    _malloc: (bytes: number) => number;
    readonly _free: (address: number) => void;
  };
}

/** Bytes in one piece that are always left for the package's own kernels. */
const RESERVE = 2 ** 27;

/**
 * Makes the allocator of a WASM backend throw OutOfMemoryError where there is no room. Left alone it answers 0, nobody asks,
 * and tensors overwrite each other at the beginning of the memory until an access fails somewhere. The package's own
 * kernels do not ask either, so some memory is kept for them.
 */
export function refuseNullAddresses(backend: object): void {
  const module = (backend as WasmBackend).wasm;
  // The loader puts the allocator in place at the first call.
  module._free(module._malloc(8));
  const allocate = module._malloc;
  const hasReserve = (): boolean => {
    if (module.HEAPU8.length < LIMIT - 2 * RESERVE) return true;
    const reserve = allocate(RESERVE);
    module._free(reserve);
    return reserve !== 0;
  };
  module._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address !== 0 && hasReserve()) return address;
    module._free(address);
    throw new OutOfMemoryError(bytes, module.HEAPU8.length);
  };
}
