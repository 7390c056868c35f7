import type { FunctionSource } from '../assembler.ts';
import { tileTransform, tileTransformWithBias } from './tile-transform.ts';
import { TILE_SIDES, transposed, winogradMatrices } from './winograd-matrices.ts';
import type { TileSide } from './winograd-matrices.ts';

/**
 * The steps of a convolution by Winograd's minimal filtering, and of its gradient for the filter, which is the same
 * computation read backwards: dG = G' [ sum over tiles of (B d B') . (A' dY A) ] G.
 */
type Step = 'Input' | 'Filter' | 'Output' | 'OutputGradient' | 'FilterGradient';

type Programs = Readonly<Record<`winograd${Step}${TileSide}`, FunctionSource>>;

function programsOf(side: TileSide): Readonly<Record<Step, FunctionSource>> {
  const { input, filter, output } = winogradMatrices(side);
  return {
    Input: tileTransform(input),
    Filter: tileTransform(filter),
    Output: tileTransformWithBias(output),
    OutputGradient: tileTransform(transposed(output)),
    FilterGradient: tileTransform(transposed(filter)),
  };
}

export const WINOGRAD_PROGRAMS = Object.fromEntries(
  TILE_SIDES.flatMap((side) =>
    Object.entries(programsOf(side)).map(([step, source]) => [`winograd${step}${side}`, source] as const),
  ),
) as Programs;
