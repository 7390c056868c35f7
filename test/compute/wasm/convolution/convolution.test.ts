import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { assertSameOnBoth, randomPlain } from '../../backends.rig.ts';

type Pad = 'same' | 'valid' | number;

interface Case {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly input: number;
  readonly output: number;
  readonly kernel: [number, number];
  readonly stride: [number, number];
  readonly pad: Pad;
}

function run({ batch, height, width, input, output, kernel, stride, pad }: Case): Promise<void> {
  const inputs = [randomPlain([batch, height, width, input], 1), randomPlain([...kernel, input, output], 2)];
  const label = JSON.stringify({ batch, height, width, input, output, kernel, stride, pad });
  return assertSameOnBoth(
    inputs,
    (x, filter) => {
      const convolve = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor4D =>
        tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
      const y = convolve(x, filter);
      const [dx, dFilter] = tf.grads((x, filter) => tf.sum(tf.mul(convolve(x, filter), tf.cos(y))))([x, filter]);
      return [y, dx!, dFilter!];
    },
    label,
  );
}

/** Sizes for which the output has at least one pixel. */
const cases = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 11 }),
    width: fc.integer({ min: 1, max: 11 }),
    input: fc.constantFrom(1, 2, 3, 4, 5, 8, 9),
    output: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 11, 12, 16, 17),
    kernel: fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.constantFrom<Pad>('same', 'valid', 0, 1, 2, 3),
  })
  // With padding in numbers, tfjs works out the output's width from the filter's height: square filters only.
  .map((sizes): Case => {
    const [kernel] = sizes.kernel;
    const [stride] = sizes.stride;
    return typeof sizes.pad === 'number' ? { ...sizes, kernel: [kernel, kernel], stride: [stride, stride] } : sizes;
  })
  .filter(({ height, width, kernel, pad }) => {
    const margin = pad === 'same' ? 7 : pad === 'valid' ? 0 : 2 * pad;
    return height + margin >= kernel[0] && width + margin >= kernel[1];
  });

describe('convolutions on WASM', () => {
  it('and both gradients equal plain JavaScript for any size, stride, padding and number of channels', async () => {
    await fc.assert(fc.asyncProperty(cases, run), { numRuns: 150, seed: 20220101 });
  });

  for (const kernel of [1, 3, 5, 7, 11]) {
    for (const stride of [1, 2]) {
      it(`with a ${kernel}x${kernel} filter and stride ${stride} equal plain JavaScript`, () =>
        run({
          batch: 2,
          height: 13,
          width: 12,
          input: 3,
          output: 8,
          kernel: [kernel, kernel],
          stride: [stride, stride],
          pad: 'same',
        }));
    }
  }
});
