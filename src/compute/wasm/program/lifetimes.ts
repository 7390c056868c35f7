import { blocksOf, type Instruction } from './instruction.ts';

/** The first and the last of the instructions that use a block. */
export interface Lifetime {
  readonly first: number;
  readonly last: number;
}

/** When each block is in use; null for those that no instruction names. */
export function lifetimes(instructions: readonly Instruction[], blocks: number): (Lifetime | null)[] {
  const found = new Array<Lifetime | null>(blocks).fill(null);
  instructions.forEach((instruction, index) => {
    for (const block of blocksOf(instruction)) found[block] = { first: found[block]?.first ?? index, last: index };
  });
  return found;
}
