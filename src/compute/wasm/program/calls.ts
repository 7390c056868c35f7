import { type Heap, many, viewOf } from '../heap.ts';
import { type Instruction, isList, isPointer, type Operand } from './instruction.ts';
import type { TracedBackend } from './module.ts';

/** Where the blocks of a step are. */
export interface Places {
  readonly heap: Heap;
  readonly backend: TracedBackend;
  address(block: number): number;
  bytes(block: number): number;
  /** The number under which the backend's own kernels know a block. */
  id(block: number): number;
}

/** An instruction as a call that needs nothing more, as long as the blocks stay where they are. */
export function callOf(instruction: Instruction, places: Places): () => void {
  switch (instruction.kind) {
    case 'program':
      return programCall(instruction, places);
    case 'stock': {
      const { run, operands } = instruction;
      const values = operands.map((one) => {
        if (isList(one)) return new Uint8Array(Int32Array.from(one, ({ block }) => places.id(block)).buffer);
        return isPointer(one) ? places.id(one.block) : one;
      });
      return () => run(...values);
    }
    case 'host':
      return hostCall(instruction, places);
    case 'clear': {
      const from = places.address(instruction.block);
      const to = from + places.bytes(instruction.block);
      return () => void places.backend.wasm.HEAPU8.fill(0, from, to);
    }
    case 'copy':
      return copyCall(instruction.from, instruction.to, places);
    case 'each':
      return instruction.run;
    case 'input':
      return inputCall(instruction, places);
  }
}

type Of<Kind extends Instruction['kind']> = Extract<Instruction, { kind: Kind }>;

function programCall({ name, operands }: Of<'program'>, places: Places): () => void {
  const run = places.heap.programs[name];
  const values = operands.map((one) => numberOf(one, places));
  const asked = operands.flatMap((one, index) => (typeof one === 'function' ? [{ index, read: one }] : []));
  if (asked.length === 0) return () => run(...values);
  return () => {
    for (const { index, read } of asked) values[index] = read();
    run(...values);
  };
}

function numberOf(operand: Operand, places: Places): number {
  if (typeof operand === 'function') return NaN;
  return isPointer(operand) ? places.address(operand.block) + operand.offset : operand;
}

function hostCall({ work, blocks, types, lengths, numbers }: Of<'host'>, places: Places): () => void {
  const views = blocks.map((block, index) => ({
    address: places.address(block),
    type: types[index] ?? 'float32',
    length: lengths[index] ?? 0,
  }));
  const { wasm } = places.backend;
  return () => {
    const { buffer } = wasm.HEAPU8;
    const values = views.map(({ address, type, length }) => viewOf(buffer, type, address, length));
    work(many(values), many(numbers));
  };
}

function copyCall(from: number, to: number, places: Places): () => void {
  const [source, target] = [places.address(from), places.address(to)];
  const end = source + places.bytes(from);
  return () => void places.backend.wasm.HEAPU8.copyWithin(target, source, end);
}

function inputCall({ read, block }: Of<'input'>, places: Places): () => void {
  const first = places.address(block) / 4;
  const length = places.bytes(block) / 4;
  return () => {
    const values = read();
    if (values.length !== length) {
      throw new RangeError(`a step was given ${values.length} numbers where it began with ${length}`);
    }
    places.backend.wasm.HEAPF32.set(values, first);
  };
}
