/** The part of the WebAssembly interface we use; TypeScript has it in its browser library only. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { readonly initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

export interface WasmMemory {
  /** Another one after each `grow`. */
  readonly buffer: ArrayBufferLike;
  /** @param pages of 64 KiB */
  grow(pages: number): number;
}

/** Memory of its own for programs, of one page of 64 KiB. */
export function createMemory(): WasmMemory {
  return new WebAssembly.Memory({ initial: 1 });
}

/** The functions that a module exports, over a memory that it imports as `env.memory`. */
export function exportsOf(bytes: Uint8Array<ArrayBuffer>, memory: object): object {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
}
