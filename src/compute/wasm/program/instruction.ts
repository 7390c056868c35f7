import type { DataType } from '@tensorflow/tfjs-core';
import type { HostWork, ProgramName } from '../heap.ts';

/** A place in the memory of a step: so many bytes into a block. */
export interface Pointer {
  readonly block: number;
  readonly offset: number;
}

/** A number, a place, or a number that is asked for in each step. */
export type Operand = number | Pointer | (() => number);

/** A function of the backend's own module, which knows tensors by numbers; bytes are lists of 32-bit numbers. */
export type StockFunction = (...parameters: (number | Uint8Array)[]) => void;

/** What it is given; a list of places is one of tensors. */
export type StockOperand = number | Uint8Array | Pointer | readonly Pointer[];

/** One thing that a step does. */
export type Instruction =
  | { readonly kind: 'program'; readonly name: ProgramName; readonly operands: readonly Operand[] }
  | {
      readonly kind: 'stock';
      readonly name: string;
      readonly run: StockFunction;
      readonly operands: readonly StockOperand[];
    }
  | {
      readonly kind: 'host';
      readonly work: HostWork;
      readonly blocks: readonly number[];
      /** Of the numbers in each of the blocks. */
      readonly types: readonly DataType[];
      readonly lengths: readonly number[];
      readonly numbers: readonly number[];
    }
  | { readonly kind: 'clear'; readonly block: number }
  | { readonly kind: 'copy'; readonly from: number; readonly to: number }
  | { readonly kind: 'each'; readonly run: () => void }
  | { readonly kind: 'input'; readonly block: number; readonly read: () => Float32Array };

/** The blocks that an instruction reads or writes. */
export function blocksOf(instruction: Instruction): readonly number[] {
  switch (instruction.kind) {
    case 'program':
    case 'stock':
      return instruction.operands.flatMap((operand: Operand | StockOperand) =>
        isList(operand) ? operand.map(({ block }) => block) : isPointer(operand) ? [operand.block] : [],
      );
    case 'host':
      return instruction.blocks;
    case 'copy':
      return [instruction.from, instruction.to];
    case 'clear':
    case 'input':
      return [instruction.block];
    case 'each':
      return [];
  }
}

export function isPointer(operand: Operand | StockOperand): operand is Pointer {
  return typeof operand === 'object' && 'block' in operand;
}

export function isList(operand: Operand | StockOperand): operand is readonly Pointer[] {
  return Array.isArray(operand);
}

/** Whether two instructions do the same to the same blocks. Functions that are asked in each step count as alike. */
export function sameInstruction(a: Instruction, b: Instruction): boolean {
  switch (a.kind) {
    case 'program':
      return b.kind === 'program' && a.name === b.name && sameOperands(a.operands, b.operands);
    case 'stock':
      return b.kind === 'stock' && a.run === b.run && sameOperands(a.operands, b.operands);
    case 'host':
      return (
        b.kind === 'host' &&
        a.work === b.work &&
        sameNumbers(a.blocks, b.blocks) &&
        sameNumbers(a.lengths, b.lengths) &&
        a.types.join() === b.types.join() &&
        sameNumbers(a.numbers, b.numbers)
      );
    case 'copy':
      return b.kind === 'copy' && a.from === b.from && a.to === b.to;
    case 'clear':
    case 'input':
      return b.kind === a.kind && a.block === b.block;
    case 'each':
      return b.kind === 'each';
  }
}

type Any = Operand | StockOperand;

function sameOperands(a: readonly Any[], b: readonly Any[]): boolean {
  return a.length === b.length && a.every((one, index) => sameOperand(one, b[index] as Any));
}

function sameOperand(a: Any, b: Any): boolean {
  if (typeof a === 'function') return typeof b === 'function';
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameNumbers(a, b);
  if (isList(a)) return isList(b) && sameOperands(a, b);
  return isPointer(b) && a.block === b.block && a.offset === b.offset;
}

export function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!Object.is(a[index], b[index])) return false;
  return true;
}
