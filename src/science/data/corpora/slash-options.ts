import { choice, group, option, readOptions } from '../options.ts';
import type { Range, SlashStyle } from './slashes.ts';

/** How drawings are destroyed, as a params file says it; what it leaves out is four to six slashes of any kind. */
export function slashStyle(value: unknown, where: string): SlashStyle {
  return readOptions<SlashStyle>(where.replace(/^option /, ''), group(value, where), {
    count: option<Range>([4, 6], 'two whole numbers [low, high] from 0', isCountRange),
    width: option<Range>([0.04, 0.08], 'two numbers [low, high] from 0', isRange),
    length: option<Range>([0.5, 1], 'two numbers [low, high] from 0', isRange),
    angle: option<Range>([30, 60], 'two angles [low, high] in degrees', isAngleRange),
    colour: choice(['both', 'ink', 'paper']),
  });
}

function isAngleRange(value: unknown): value is Range {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [low, high] = value as unknown[];
  return typeof low === 'number' && typeof high === 'number' && Number.isFinite(high - low) && low <= high;
}

function isRange(value: unknown): value is Range {
  return isAngleRange(value) && value[0] >= 0;
}

function isCountRange(value: unknown): value is Range {
  return isRange(value) && value.every(Number.isInteger);
}
