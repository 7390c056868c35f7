import assert from 'node:assert/strict';
import { UPDATE } from '../../../../src/compute/native/graph/binding.ts';
import { foresee, type Operand } from '../../../../src/compute/native/graph/shapes.ts';

const TYPES = { TF_FLOAT: 1, TF_INT64: 9, TF_BOOL: 10 };
const INT32 = 3;

const floats = (...shape: number[]): Operand => ({ shape, dtype: TYPES.TF_FLOAT });
const ints = (...values: number[]): Operand => ({ shape: [values.length], dtype: INT32, values });
const scalar = (value: number): Operand => ({ shape: [], dtype: INT32, values: [value] });

type Attributes = Readonly<Record<string, unknown>>;

function shapes(name: string, attributes: Attributes, inputs: readonly Operand[], outputs = 1): unknown {
  const list = Object.entries(attributes).map(([key, value]) => ({ name: key, type: 0, value }));
  return foresee(name, list, inputs, outputs, TYPES)?.map(({ shape }) => shape) ?? null;
}

const SAME = { strides: [1, 2, 2, 1], padding: 'SAME', dilations: [1, 1, 1, 1], data_format: 'NHWC' };
const VALID = { ...SAME, padding: 'VALID' };

// By TensorFlow's documentation of each operation.
const CASES: readonly [name: string, attributes: Attributes, inputs: readonly Operand[], expected: unknown][] = [
  ['Conv2D', SAME, [floats(4, 7, 6, 3), floats(3, 3, 3, 8)], [[4, 4, 3, 8]]],
  ['Conv2D', VALID, [floats(4, 7, 6, 3), floats(3, 3, 3, 8)], [[4, 3, 2, 8]]],
  ['Conv2D', { ...VALID, strides: [1, 1, 1, 1], dilations: [1, 2, 2, 1] }, [floats(1, 7, 7, 1), floats(3, 3, 1, 2)], [[1, 3, 3, 2]]], // prettier-ignore
  ['Conv2D', { ...SAME, padding: 'EXPLICIT' }, [floats(4, 7, 6, 3), floats(3, 3, 3, 8)], null],
  ['Conv2D', { ...SAME, data_format: 'NCHW' }, [floats(4, 3, 7, 6), floats(3, 3, 3, 8)], null],
  ['Conv2D', VALID, [floats(4, 1, 1, 3), floats(5, 5, 3, 8)], null],
  ['Conv2DBackpropInput', SAME, [ints(4, 7, 6, 3), floats(3, 3, 3, 8), floats(4, 4, 3, 8)], [[4, 7, 6, 3]]],
  ['Conv2DBackpropFilter', SAME, [floats(4, 7, 6, 3), ints(3, 3, 3, 8), floats(4, 4, 3, 8)], [[3, 3, 3, 8]]],
  ['Conv2DBackpropFilter', SAME, [floats(4, 7, 6, 3), floats(4), floats(4, 4, 3, 8)], null],
  ['MaxPool', { ...VALID, ksize: [1, 3, 3, 1] }, [floats(2, 7, 8, 5)], [[2, 3, 3, 5]]],
  ['MaxPoolGrad', SAME, [floats(2, 7, 8, 5), floats(2, 4, 4, 5), floats(2, 4, 4, 5)], [[2, 7, 8, 5]]],
  ['FusedBatchNormV3', {}, [floats(2, 3, 3, 5), floats(5), floats(5), floats(0), floats(0)], [[2, 3, 3, 5], [5], [5], [5], [5], []]], // prettier-ignore
  ['FusedBatchNormGradV3', {}, [floats(2, 3, 3, 5), floats(2, 3, 3, 5), floats(5), floats(5), floats(5)], [[2, 3, 3, 5], [5], [5], [0], [0]]], // prettier-ignore
  ['BiasAddGrad', { data_format: 'NHWC' }, [floats(2, 3, 3, 5)], [[5]]],
  ['Add', {}, [floats(4, 1, 3), floats(2, 1)], [[4, 2, 3]]],
  ['Add', {}, [floats(), floats(2, 1)], [[2, 1]]],
  ['Add', {}, [floats(3), floats(2)], null],
  ['Sum', { keep_dims: false }, [floats(4, 5, 6), ints(0, -1)], [[5]]],
  ['Mean', { keep_dims: true }, [floats(4, 5, 6), ints(1)], [[4, 1, 6]]],
  ['Sum', {}, [floats(4, 5, 6), floats(1)], null],
  ['BatchMatMulV2', { adj_x: true, adj_y: false }, [floats(7, 5, 2), floats(7, 5, 3)], [[7, 2, 3]]],
  ['BatchMatMulV2', { adj_x: false, adj_y: true }, [floats(5, 2), floats(3, 2)], [[5, 3]]],
  ['BatchMatMulV2', {}, [floats(5, 2), floats(3, 2)], null],
  ['Reshape', {}, [floats(4, 6), ints(2, -1, 3)], [[2, 4, 3]]],
  ['Reshape', {}, [floats(4, 6), ints(5, -1)], null],
  ['ConcatV2', {}, [floats(2, 3), floats(2, 4), scalar(-1)], [[2, 7]]],
  ['SplitV', {}, [floats(2, 7), ints(3, 4), scalar(1)], [[2, 3], [2, 4]]], // prettier-ignore
  ['Slice', {}, [floats(5, 6), ints(1, 2), ints(2, -1)], [[2, 4]]],
  ['StridedSlice', { begin_mask: 0 }, [floats(7, 6), ints(0, 1), ints(7, 5), ints(2, 3)], [[4, 2]]],
  ['StridedSlice', { begin_mask: 1 }, [floats(7, 6), ints(0, 1), ints(7, 5), ints(2, 3)], null],
  ['PadV2', {}, [floats(2, 3), { shape: [2, 2], dtype: INT32, values: [0, 1, 2, 3] }, floats()], [[3, 8]]],
  ['Tile', {}, [floats(2, 3), ints(2, 1)], [[4, 3]]],
  ['Transpose', {}, [floats(2, 3, 4), ints(2, 0, 1)], [[4, 2, 3]]],
  ['Pack', { axis: 1 }, [floats(2, 3), floats(2, 3)], [[2, 2, 3]]],
  ['Unpack', { axis: 0 }, [floats(2, 3)], [[3], [3]]], // prettier-ignore
  ['ArgMax', { output_type: INT32 }, [floats(2, 3), scalar(1)], [[2]]],
  ['Cast', { DstT: INT32 }, [floats(2, 3)], [[2, 3]]],
  ['Fill', {}, [ints(2, 3), floats()], [[2, 3]]],
  ['Where', {}, [floats(2, 3)], null],
  [`${UPDATE}ResourceApplyMomentum`, {}, [floats(2, 3), floats(2, 3), floats()], [[2, 3], [2, 3]]], // prettier-ignore
];

describe('foreseen outputs', () => {
  for (const [name, attributes, inputs, expected] of CASES) {
    const of = inputs.map(({ shape, values }) => (values === undefined ? `[${shape.join()}]` : `(${values.join()})`));
    it(`of ${name} ${of.join(' ')}: ${JSON.stringify(expected)}`, () => {
      const outputs = Array.isArray(expected) ? expected.length : 1;
      assert.deepEqual(shapes(name, attributes, inputs, outputs), expected);
    });
  }

  it('have the type that is asked for', () => {
    const dtype = (name: string, attributes: { name: string; type: number; value: unknown }[], inputs: Operand[]) =>
      foresee(name, attributes, inputs, 1, TYPES)?.[0]?.dtype;
    assert.equal(dtype('Greater', [], [floats(2), floats(2)]), TYPES.TF_BOOL);
    assert.equal(dtype('ArgMax', [], [floats(2, 3), scalar(1)]), TYPES.TF_INT64);
    assert.equal(dtype('Cast', [{ name: 'DstT', type: 4, value: INT32 }], [floats(2)]), INT32);
    assert.equal(dtype('Sum', [], [floats(2), ints(0)]), TYPES.TF_FLOAT);
  });
});
