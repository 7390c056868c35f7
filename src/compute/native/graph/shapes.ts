import { type Attribute, type Binding, type Spec, UPDATE } from './binding.ts';

/** An operand as far as it is known before anything is computed: of constants also what they say. */
export interface Operand extends Spec {
  readonly values?: readonly number[];
}

type Shape = readonly number[];

interface Call {
  readonly inputs: readonly Operand[];
  readonly outputs: number;
  readonly attribute: (name: string) => unknown;
  readonly types: Pick<Binding, 'TF_BOOL' | 'TF_INT64' | 'TF_FLOAT'>;
}

/** The outputs of a call; null where they are not known here. */
type Rule = (call: Call) => readonly Spec[] | null;

/**
 * What an operation gives, without running it: shapes and types of its outputs, by TensorFlow's own definitions, for
 * the operations that trainings are made of.
 *
 * @returns null for an operation, or a case of one, that is not known here
 */
export function foresee(
  name: string,
  attributes: readonly Attribute[],
  inputs: readonly Operand[],
  outputs: number,
  types: Call['types'],
): readonly Spec[] | null {
  const rule = name.startsWith(UPDATE) ? states : RULES.get(name);
  const attribute = (wanted: string): unknown => attributes.find((one) => one.name === wanted)?.value;
  const specs = rule?.({ inputs, outputs, attribute, types }) ?? null;
  const isWhole = specs?.length === outputs && specs.every(({ shape }) => shape.every((size) => Number.isInteger(size) && size >= 0)); // prettier-ignore
  return isWhole ? specs : null;
}

/** Of the shape and type of an operand. */
const like =
  (index: number): Rule =>
  ({ inputs }) => {
    const input = inputs[index];
    return input === undefined ? null : [{ shape: input.shape, dtype: input.dtype }];
  };

/** Of the shape that an operand of whole numbers says, and the type of another. */
const shapedBy =
  (index: number, typed: number): Rule =>
  ({ inputs }) =>
    one(inputs[index]?.values, inputs[typed]?.dtype);

const one = (shape: Shape | null | undefined, dtype: number | undefined): readonly Spec[] | null =>
  shape === undefined || shape === null || dtype === undefined ? null : [{ shape, dtype }];

const states: Rule = ({ inputs, outputs }) => inputs.slice(0, outputs).map(({ shape, dtype }) => ({ shape, dtype }));

const pointwise: Rule = ({ inputs: [a, b] }) => (a && b ? one(broadcast(a.shape, b.shape), a.dtype) : null);

const comparison: Rule = ({ inputs: [a, b], types }) =>
  a && b ? one(broadcast(a.shape, b.shape), types.TF_BOOL) : null;

function broadcast(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, index) => {
    const [x = 1, y = 1] = [a[index - rank + a.length], b[index - rank + b.length]];
    return x === y || y === 1 ? x : x === 1 ? y : NaN;
  });
  return sizes;
}

const reduction: Rule = ({ inputs: [x, axes], attribute }) => {
  if (x === undefined || axes?.values === undefined) return null;
  const gone = new Set(axes.values.map((axis) => (axis < 0 ? axis + x.shape.length : axis)));
  const shape = attribute('keep_dims') === true ? x.shape.map((size, index) => (gone.has(index) ? 1 : size)) : x.shape.filter((_, index) => !gone.has(index)); // prettier-ignore
  return one(shape, x.dtype);
};

/** Rows and columns that a window of some size and stride sees; null for explicit paddings. */
function windows(x: Shape, window: Shape, strides: unknown, padding: unknown, dilations: unknown): Shape | null {
  if (!Array.isArray(strides) || (padding !== 'SAME' && padding !== 'VALID')) return null;
  return [1, 2].map((axis) => {
    const [size, stride] = [x[axis] ?? NaN, Number(strides[axis])];
    const dilation = Array.isArray(dilations) ? Number(dilations[axis]) : 1;
    const seen = ((window[axis - 1] ?? NaN) - 1) * dilation + 1;
    return Math.ceil((padding === 'SAME' ? size : size - seen + 1) / stride);
  });
}

const isChannelsLast = (attribute: Call['attribute']): boolean => (attribute('data_format') ?? 'NHWC') === 'NHWC';

const convolution: Rule = ({ inputs: [x, filter], attribute }) => {
  if (x === undefined || filter === undefined || !isChannelsLast(attribute)) return null;
  const map = windows(x.shape, filter.shape, attribute('strides'), attribute('padding'), attribute('dilations'));
  return map && one([x.shape[0] ?? NaN, ...map, filter.shape[3] ?? NaN], x.dtype);
};

const pooling: Rule = ({ inputs: [x], attribute }) => {
  const window = attribute('ksize');
  if (x === undefined || !Array.isArray(window) || !isChannelsLast(attribute)) return null;
  const sides = window.slice(1, 3).map(Number);
  const map = windows(x.shape, sides, attribute('strides'), attribute('padding'), 1);
  return map && one([x.shape[0] ?? NaN, ...map, x.shape[3] ?? NaN], x.dtype);
};

const batchNorm: Rule = ({ inputs: [x, scale] }) => {
  if (x === undefined || scale === undefined) return null;
  const channels = { shape: scale.shape, dtype: scale.dtype };
  // The last is for the gradient on GPUs; nobody looks at it here.
  return [{ shape: x.shape, dtype: x.dtype }, channels, channels, channels, channels, { shape: [], dtype: x.dtype }];
};

const batchNormGradient: Rule = ({ inputs: [dy, , scale] }) => {
  if (dy === undefined || scale === undefined) return null;
  const channels = { shape: scale.shape, dtype: scale.dtype };
  const unused = { shape: [0], dtype: scale.dtype };
  return [{ shape: dy.shape, dtype: dy.dtype }, channels, channels, unused, unused];
};

const biasGradient: Rule = ({ inputs: [dy], attribute }) =>
  isChannelsLast(attribute) ? one(dy?.shape.slice(-1), dy?.dtype) : null;

const product =
  (left: string, right: string): Rule =>
  ({ inputs: [a, b], attribute }) => {
    if (a === undefined || b === undefined || a.shape.length < 2 || b.shape.length < 2) return null;
    const [rows = NaN, inner = NaN] = attribute(left) === true ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
    const [other = NaN, columns = NaN] = attribute(right) === true ? b.shape.slice(-2).reverse() : b.shape.slice(-2);
    const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return inner === other && batch ? one([...batch, rows, columns], a.dtype) : null;
  };

const reshape: Rule = ({ inputs: [x, to] }) => {
  if (x === undefined || to?.values === undefined) return null;
  const count = x.shape.reduce((product, size) => product * size, 1);
  const known = to.values.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  return one(to.values.map((size) => (size === -1 ? count / known : size)), x.dtype); // prettier-ignore
};

const concat: Rule = ({ inputs }) => {
  const [first, ...others] = inputs.slice(0, -1);
  const [at] = inputs.at(-1)?.values ?? [];
  if (first === undefined || at === undefined) return null;
  const axis = at < 0 ? at + first.shape.length : at;
  const size = others.reduce((sum, { shape }) => sum + (shape[axis] ?? NaN), first.shape[axis] ?? NaN);
  return one(first.shape.with(axis, size), first.dtype);
};

const split: Rule = ({ inputs: [x, sizes, at] }) => {
  if (x === undefined || sizes?.values === undefined || at?.values?.[0] === undefined) return null;
  const axis = at.values[0] < 0 ? at.values[0] + x.shape.length : at.values[0];
  return sizes.values.map((size) => ({ shape: x.shape.with(axis, size), dtype: x.dtype }));
};

const slice: Rule = ({ inputs: [x, begin, size] }) => {
  if (x === undefined || begin?.values === undefined || size?.values === undefined) return null;
  const { values: starts } = begin;
  return one(size.values.map((length, axis) => (length === -1 ? (x.shape[axis] ?? NaN) - (starts[axis] ?? NaN) : length)), x.dtype); // prettier-ignore
};

const stridedSlice: Rule = ({ inputs: [x, begin, end, strides], attribute }) => {
  const masks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'];
  if (x === undefined || masks.some((mask) => (attribute(mask) ?? 0) !== 0)) return null;
  const [from, to, by] = [begin?.values, end?.values, strides?.values];
  if (from?.length !== x.shape.length || to === undefined || by === undefined) return null;
  const sizes = x.shape.map((size, axis) => {
    const [start = NaN, stop = NaN, step = NaN] = [from[axis], to[axis], by[axis]];
    // Counted from the end, or backwards: not needed here.
    return start < 0 || stop < 0 || step < 1 ? NaN : Math.max(0, Math.ceil((Math.min(stop, size) - start) / step));
  });
  return one(sizes, x.dtype);
};

const pad: Rule = ({ inputs: [x, paddings] }) => {
  const { values } = paddings ?? {};
  if (x === undefined || values === undefined) return null;
  return one(x.shape.map((size, axis) => size + (values[2 * axis] ?? NaN) + (values[2 * axis + 1] ?? NaN)), x.dtype); // prettier-ignore
};

const tile: Rule = ({ inputs: [x, times] }) => {
  const { values } = times ?? {};
  return x && values ? one(x.shape.map((size, axis) => size * (values[axis] ?? NaN)), x.dtype) : null; // prettier-ignore
};

const transpose: Rule = ({ inputs: [x, order] }) =>
  x && order?.values ? one(order.values.map((axis) => x.shape[axis] ?? NaN), x.dtype) : null; // prettier-ignore

const pack: Rule = ({ inputs, attribute }) => {
  const [first] = inputs;
  const axis = attribute('axis') ?? 0;
  if (first === undefined || typeof axis !== 'number') return null;
  return one(first.shape.toSpliced(axis < 0 ? axis + first.shape.length + 1 : axis, 0, inputs.length), first.dtype);
};

const unpack: Rule = ({ inputs: [x], outputs, attribute }) => {
  const axis = attribute('axis') ?? 0;
  if (x === undefined || typeof axis !== 'number') return null;
  const shape = x.shape.toSpliced(axis < 0 ? axis + x.shape.length : axis, 1);
  return Array.from({ length: outputs }, () => ({ shape, dtype: x.dtype }));
};

const largest: Rule = ({ inputs: [x, axis], attribute, types }) => {
  const [at] = axis?.values ?? [];
  if (x === undefined || at === undefined) return null;
  const type = attribute('output_type') ?? types.TF_INT64;
  return one(x.shape.toSpliced(at < 0 ? at + x.shape.length : at, 1), Number(type));
};

const cast: Rule = ({ inputs: [x], attribute }) => {
  const type = attribute('DstT');
  return typeof type === 'number' ? one(x?.shape, type) : null;
};

const select: Rule = ({ inputs: [condition, x, y] }) => {
  if (condition === undefined || x === undefined || y === undefined) return null;
  const both = broadcast(x.shape, y.shape);
  return both && one(broadcast(condition.shape, both), x.dtype);
};

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...['Relu', 'LeakyRelu', 'Elu', 'Sigmoid', 'Tanh', 'Softplus', 'Exp', 'Expm1', 'Log', 'Log1p', 'Neg', 'Abs', 'Sign',
    'Square', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Floor', 'Ceil', 'Round', 'Softmax', 'LogSoftmax', 'ZerosLike', 'OnesLike',
    'Identity', 'LogicalNot', 'BiasAdd', 'ReluGrad', 'LeakyReluGrad', 'TanhGrad', 'SigmoidGrad', 'MaxPoolGrad',
    'DeepCopy'].map((name): [string, Rule] => [name, like(0)]),
  ...['Add', 'AddV2', 'Sub', 'Mul', 'Div', 'RealDiv', 'DivNoNan', 'FloorDiv', 'Maximum', 'Minimum', 'Pow', 'Mod',
    'SquaredDifference', 'LogicalAnd', 'LogicalOr'].map((name): [string, Rule] => [name, pointwise]),
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'].map((name): [string, Rule] => [name, comparison]),
  ...['Sum', 'Mean', 'Prod', 'Max', 'Min', 'All', 'Any'].map((name): [string, Rule] => [name, reduction]),
  ['Conv2D', convolution],
  ['Conv2DBackpropInput', shapedBy(0, 2)],
  ['Conv2DBackpropFilter', shapedBy(1, 2)],
  ['MaxPool', pooling],
  ['AvgPool', pooling],
  ['AvgPoolGrad', shapedBy(0, 1)],
  ['FusedBatchNormV3', batchNorm],
  ['FusedBatchNormGradV3', batchNormGradient],
  ['BiasAddGrad', biasGradient],
  ['BatchMatMulV2', product('adj_x', 'adj_y')],
  ['MatMul', product('transpose_a', 'transpose_b')],
  ['Reshape', reshape],
  ['ConcatV2', concat],
  ['SplitV', split],
  ['Slice', slice],
  ['StridedSlice', stridedSlice],
  ['Pad', pad],
  ['PadV2', pad],
  ['Tile', tile],
  ['Fill', shapedBy(0, 1)],
  ['Transpose', transpose],
  ['Pack', pack],
  ['Unpack', unpack],
  ['ArgMax', largest],
  ['ArgMin', largest],
  ['Cast', cast],
  ['SelectV2', select],
  ['Select', like(1)],
]); // prettier-ignore
