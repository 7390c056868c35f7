import { VECTOR, assemble, get, repeat, set } from '../../src/compute/wasm/assembler.ts';
import type { FunctionSource, Local } from '../../src/compute/wasm/assembler.ts';

/** The part of the WebAssembly interface we use; TypeScript has it in its browser library only. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => object;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** Enough sums that a new one can start in every cycle, few enough for the registers. */
const SUMS = 12;
const TURNS = 100_000;
const REPETITIONS = 100;

const multiplyAdd: FunctionSource = (builder) => {
  const turns = builder.parameter('i32');
  const counter = builder.local('i32');
  const sums = builder.locals(SUMS, 'v128');
  const [factor, shift] = builder.locals(2, 'v128') as [Local, Local];
  return [
    [factor, shift].map((local) => set(local, VECTOR.load(get(counter)))),
    repeat(
      counter,
      get(turns),
      sums.map((sum) => set(sum, VECTOR.add(get(shift), VECTOR.mul(get(sum), get(factor))))),
    ),
    sums.map((sum, index) => VECTOR.store(get(counter), get(sum), 16 * index)),
  ];
};

/**
 * The most that one core does in WebAssembly, GFLOPS (a multiplication and an addition are two): vectors of four in
 * registers, nothing read and nothing written. Best of many short runs.
 */
export function peakGflops(): number {
  const module = new WebAssembly.Module(assemble({ multiplyAdd }));
  const env = { memory: new WebAssembly.Memory({ initial: 1 }) };
  const program = new WebAssembly.Instance(module, { env }).exports as { multiplyAdd: (turns: number) => void };
  let shortest = Infinity;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const start = performance.now();
    program.multiplyAdd(TURNS);
    shortest = Math.min(shortest, performance.now() - start);
  }
  return (2 * 4 * SUMS * TURNS) / shortest / 1e6;
}
