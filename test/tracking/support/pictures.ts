import { encode } from 'fast-png';

/** A grey PNG. */
export function png(width = 4, height = 3): Uint8Array {
  return encode({ width, height, channels: 1, depth: 8, data: new Uint8Array(width * height).fill(99) });
}
