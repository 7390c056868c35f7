import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_GRAD, SIGMOID_GRAD, TANH_GRAD } from './composed-kernels.ts';

/**
 * The gradients of tfjs-core's operations. The Node bundle of tfjs-core 4.22 registers none (only the union package
 * does, which loads ten times as much code), so the ones our models and losses need are defined here. An operation
 * without one fails with "gradient function not found for ...".
 */

type Saved = readonly tf.Tensor[];
type Attributes = Readonly<Record<string, unknown>>;
type Gradients = Record<string, () => tf.Tensor>;

function at(saved: Saved, index: number): tf.Tensor {
  const tensor = saved[index];
  if (tensor === undefined) throw new Error(`a gradient asked for saved tensor ${index} of ${saved.length}`);
  return tensor;
}

/** Registers the gradient of a one-output kernel. `save` names inputs; 'result' stands for the output. */
function define(
  kernelName: string,
  save: readonly string[],
  gradient: (dy: tf.Tensor, saved: Saved, attributes: Attributes) => Gradients,
): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: save.filter((name) => name !== 'result'),
    outputsToSave: [save.includes('result')],
    gradFunc: (dy, saved, attributes) => gradient(dy as tf.Tensor, saved, attributes),
  });
}

function kernel(name: string, inputs: tf.NamedTensorMap, attributes: Attributes): tf.Tensor {
  return tf.engine().runKernel<tf.Tensor>(name, inputs, attributes as tf.NamedAttrMap);
}

/** Sums a gradient over the axes along which its operand was broadcast. */
function reduceTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.backend_util.getReductionAxes(shape, gradient.shape);
  const reduced = axes.length > 0 ? tf.sum(gradient, axes) : gradient;
  return tf.reshape(reduced, shape);
}

function defineArithmetic(): void {
  define('Add', ['a', 'b'], (dy, saved) => ({
    a: () => reduceTo(dy, at(saved, 0).shape),
    b: () => reduceTo(dy, at(saved, 1).shape),
  }));
  define('Sub', ['a', 'b'], (dy, saved) => ({
    a: () => reduceTo(dy, at(saved, 0).shape),
    b: () => tf.neg(reduceTo(dy, at(saved, 1).shape)),
  }));
  define('Multiply', ['a', 'b'], (dy, saved) => ({
    a: () => reduceTo(tf.mul(dy, at(saved, 1)), at(saved, 0).shape),
    b: () => reduceTo(tf.mul(dy, at(saved, 0)), at(saved, 1).shape),
  }));
  define('RealDiv', ['a', 'b'], (dy, saved) => ({
    a: () => reduceTo(tf.div(dy, at(saved, 1)), at(saved, 0).shape),
    b: () => {
      const slope = tf.neg(tf.div(at(saved, 0), tf.square(at(saved, 1))));
      return reduceTo(tf.mul(dy, slope), at(saved, 1).shape);
    },
  }));
  define('SquaredDifference', ['a', 'b'], (dy, saved) => {
    const slope = (): tf.Tensor => tf.mul(dy, tf.mul(tf.sub(at(saved, 0), at(saved, 1)), 2));
    return {
      a: () => reduceTo(slope(), at(saved, 0).shape),
      b: () => tf.neg(reduceTo(slope(), at(saved, 1).shape)),
    };
  });
  // Where the two are equal, the first one gets the gradient.
  define('Maximum', ['a', 'b'], (dy, saved) => ({
    a: () => reduceTo(tf.mul(dy, tf.cast(tf.greaterEqual(at(saved, 0), at(saved, 1)), 'float32')), at(saved, 0).shape),
    b: () => reduceTo(tf.mul(dy, tf.cast(tf.less(at(saved, 0), at(saved, 1)), 'float32')), at(saved, 1).shape),
  }));
  define('Minimum', ['a', 'b'], (dy, saved) => ({
    a: () => reduceTo(tf.mul(dy, tf.cast(tf.lessEqual(at(saved, 0), at(saved, 1)), 'float32')), at(saved, 0).shape),
    b: () => reduceTo(tf.mul(dy, tf.cast(tf.greater(at(saved, 0), at(saved, 1)), 'float32')), at(saved, 1).shape),
  }));
  define('Select', ['condition'], (dy, saved) => ({
    condition: () => tf.zeros(at(saved, 0).shape),
    t: () => tf.mul(dy, tf.cast(at(saved, 0), 'float32')),
    e: () => tf.mul(dy, tf.cast(tf.logicalNot(at(saved, 0)), 'float32')),
  }));
  define('BatchMatMul', ['a', 'b'], (dy, saved, { transposeA, transposeB }) => {
    const a = at(saved, 0);
    const b = at(saved, 1);
    return {
      a: () =>
        transposeA === true
          ? tf.matMul(b, dy, transposeB === true, true)
          : tf.matMul(dy, b, false, transposeB !== true),
      b: () =>
        transposeB === true
          ? tf.matMul(dy, a, true, transposeA === true)
          : tf.matMul(a, dy, transposeA !== true, false),
    };
  });
  tf.registerGradient({
    kernelName: 'AddN',
    saveAllInputs: true,
    gradFunc: (dy, saved) =>
      Object.fromEntries(saved.map((_, index) => [index, () => tf.clone(dy as tf.Tensor)] as const)),
  });
}

/** What decides but does not count: comparisons have a slope of zero wherever they have one. */
function defineComparisons(): void {
  const zeros = (x: tf.Tensor): tf.Tensor => tf.zeros(x.shape);
  for (const name of ['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr']) {
    define(name, ['a', 'b'], (_, saved) => ({ a: () => zeros(at(saved, 0)), b: () => zeros(at(saved, 1)) }));
  }
  define('LogicalNot', ['x'], (_, saved) => ({ x: () => zeros(at(saved, 0)) }));
  define('Sign', ['x'], (_, saved) => ({ x: () => zeros(at(saved, 0)) }));
  define('Step', ['x'], (_, saved) => ({ x: () => zeros(at(saved, 0)) }));
}

/** Functions of one tensor, elementwise: each is dy times a slope read off the input or the result. */
function definePointwise(): void {
  define('Neg', [], (dy) => ({ x: () => tf.neg(dy) }));
  define('Abs', ['x'], (dy, saved) => ({ x: () => tf.mul(dy, tf.sign(at(saved, 0))) }));
  define('Square', ['x'], (dy, saved) => ({ x: () => tf.mul(dy, tf.mul(at(saved, 0), 2)) }));
  define('Sqrt', ['result'], (dy, saved) => ({ x: () => tf.div(dy, tf.mul(at(saved, 0), 2)) }));
  define('Rsqrt', ['result'], (dy, saved) => ({
    x: () => tf.mul(dy, tf.mul(tf.mul(tf.square(at(saved, 0)), at(saved, 0)), -0.5)),
  }));
  define('Exp', ['result'], (dy, saved) => ({ x: () => tf.mul(dy, at(saved, 0)) }));
  define('Log', ['x'], (dy, saved) => ({ x: () => tf.div(dy, at(saved, 0)) }));
  define('Log1p', ['x'], (dy, saved) => ({ x: () => tf.div(dy, tf.add(at(saved, 0), 1)) }));
  define('Reciprocal', ['result'], (dy, saved) => ({ x: () => tf.neg(tf.mul(dy, tf.square(at(saved, 0)))) }));
  define('Relu', ['result'], (dy, saved) => ({
    x: () => kernel(ACTIVATION_GRAD, { dy, y: at(saved, 0) }, { alpha: 0 }),
  }));
  define('LeakyRelu', ['x'], (dy, saved, { alpha }) => ({
    x: () => kernel(ACTIVATION_GRAD, { dy, y: at(saved, 0) }, { alpha }),
  }));
  define('Sigmoid', ['result'], (dy, saved) => ({ x: () => kernel(SIGMOID_GRAD, { dy, y: at(saved, 0) }, {}) }));
  define('Tanh', ['result'], (dy, saved) => ({ x: () => kernel(TANH_GRAD, { dy, y: at(saved, 0) }, {}) }));
  define('Softplus', ['x'], (dy, saved) => ({ x: () => tf.mul(dy, tf.sigmoid(at(saved, 0))) }));
  define('ClipByValue', ['x'], (dy, saved, { clipValueMin, clipValueMax }) => ({
    x: () => {
      const x = at(saved, 0);
      const inside = tf.logicalAnd(tf.greaterEqual(x, clipValueMin as number), tf.lessEqual(x, clipValueMax as number));
      return tf.mul(dy, tf.cast(inside, 'float32'));
    },
  }));
  define('Identity', [], (dy) => ({ x: () => tf.cast(dy, 'float32') }));
  define('Cast', [], (dy) => ({ x: () => tf.cast(dy, 'float32') }));
}

function defineReductions(): void {
  const spread = (dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor => {
    const axes = tf.util.parseAxisParam(axis as number | number[], x.shape);
    return tf.reshape(
      dy,
      x.shape.map((size, index) => (axes.includes(index) ? 1 : size)),
    );
  };
  define('Sum', ['x'], (dy, saved, { axis }) => ({
    x: () => tf.broadcastTo(spread(dy, at(saved, 0), axis), at(saved, 0).shape),
  }));
  define('Mean', ['x'], (dy, saved, { axis }) => ({
    x: () => {
      const count = at(saved, 0).size / dy.size;
      return tf.broadcastTo(tf.div(spread(dy, at(saved, 0), axis), count), at(saved, 0).shape);
    },
  }));
  // Every element equal to the maximum gets the gradient, as in tfjs.
  define('Max', ['x', 'result'], (dy, saved, { reductionIndices }) => ({
    x: () => {
      const x = at(saved, 0);
      const hit = tf.equal(x, spread(at(saved, 1), x, reductionIndices));
      return tf.mul(spread(dy, x, reductionIndices), tf.cast(hit, 'float32'));
    },
  }));
  define('Softmax', ['result'], (dy, saved, { dim }) => ({
    logits: () => {
      const weighted = tf.mul(dy, at(saved, 0));
      return tf.sub(weighted, tf.mul(tf.sum(weighted, dim as number, true), at(saved, 0)));
    },
  }));
  define('LogSoftmax', ['result'], (dy, saved, { axis }) => ({
    logits: () => tf.sub(dy, tf.mul(tf.sum(dy, axis as number, true), tf.exp(at(saved, 0)))),
  }));
}

function defineShapes(): void {
  define('Reshape', ['x'], (dy, saved) => ({ x: () => tf.reshape(dy, at(saved, 0).shape) }));
  define('ExpandDims', ['input'], (dy, saved) => ({ input: () => tf.reshape(dy, at(saved, 0).shape) }));
  define('BroadcastTo', ['x'], (dy, saved) => ({ x: () => reduceTo(dy, at(saved, 0).shape) }));
  define('Transpose', [], (dy, _, { perm }) => ({
    x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[])),
  }));
  define('Reverse', [], (dy, _, { dims }) => ({ x: () => tf.reverse(dy, dims as number[]) }));
  define('Tile', ['x'], (dy, saved, { reps }) => ({
    x: () => {
      const { shape } = at(saved, 0);
      // [a, b] tiled [r, s] times is [r, a, s, b] reshaped: sum over the repeats.
      const split = shape.flatMap((size, axis) => [(reps as number[])[axis] ?? 1, size]);
      return tf.sum(
        tf.reshape(dy, split),
        shape.map((_size, axis) => 2 * axis),
      );
    },
  }));
  define('PadV2', ['x'], (dy, saved, { paddings }) => ({
    x: () =>
      tf.slice(
        dy,
        (paddings as [number, number][]).map(([before]) => before),
        at(saved, 0).shape,
      ),
  }));
  define('Slice', ['x'], (dy, saved, { begin, size }) => ({
    x: () => {
      const x = at(saved, 0);
      const [starts = [], sizes = []] = tf.slice_util.parseSliceParams(x, begin as number[], size as number[]);
      const paddings = x.shape.map((length, axis): [number, number] => {
        const start = starts[axis] ?? 0;
        return [start, length - start - (sizes[axis] ?? 0)];
      });
      return tf.pad(dy, paddings);
    },
  }));
  tf.registerGradient({
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (dy, saved, attributes) => {
      const [axis = 0] = tf.util.parseAxisParam(attributes['axis'] as number, at(saved, 0).shape);
      const sizes = saved.map((part) => part.shape[axis] ?? 1);
      const parts = tf.split(dy as tf.Tensor, sizes, axis);
      return Object.fromEntries(parts.map((part, index) => [index, () => part] as const));
    },
  });
  tf.registerGradient({
    kernelName: 'SplitV',
    gradFunc: (dy, _, { axis }) => ({ x: () => tf.concat(dy as tf.Tensor[], axis as number) }),
  });
  tf.registerGradient({
    kernelName: 'Pack',
    saveAllInputs: true,
    gradFunc: (dy, _, { axis }) => {
      const parts = tf.unstack(dy as tf.Tensor, axis as number);
      return Object.fromEntries(parts.map((part, index) => [index, () => part] as const));
    },
  });
  tf.registerGradient({
    kernelName: 'Unpack',
    gradFunc: (dy, _, { axis }) => ({ value: () => tf.stack(dy as tf.Tensor[], axis as number) }),
  });
}

function defineImageOperations(): void {
  define('Conv2D', ['x', 'filter'], (dy, saved, { strides, pad, dataFormat, dimRoundingMode }) => {
    const shared = { strides, pad, dataFormat, dimRoundingMode };
    const [x, filter] = [at(saved, 0), at(saved, 1)];
    return {
      x: () => kernel('Conv2DBackpropInput', { dy, filter }, { ...shared, inputShape: x.shape }),
      filter: () => kernel('Conv2DBackpropFilter', { x, dy }, { ...shared, filterShape: filter.shape }),
    };
  });
  // conv2dTranspose runs this kernel forwards.
  define('Conv2DBackpropInput', ['dy', 'filter'], (ddx, saved, { strides, pad, dataFormat, dimRoundingMode }) => {
    const shared = { strides, pad, dataFormat, dimRoundingMode };
    const [dy, filter] = [at(saved, 0), at(saved, 1)];
    return {
      dy: () => kernel('Conv2D', { x: ddx, filter }, { ...shared, dilations: 1 }),
      filter: () => kernel('Conv2DBackpropFilter', { x: ddx, dy }, { ...shared, filterShape: filter.shape }),
    };
  });
  define('MaxPool', ['x', 'result'], (dy, saved, attributes) => ({
    x: () => kernel('MaxPoolGrad', { dy, input: at(saved, 0), output: at(saved, 1) }, attributes),
  }));
  define('AvgPool', ['x'], (dy, saved, { filterSize, strides, pad }) => ({
    x: () => kernel('AvgPoolGrad', { dy, input: at(saved, 0) }, { filterSize, strides, pad }),
  }));
  define('ResizeBilinear', ['images'], (dy, saved, { alignCorners }) => ({
    images: () => kernel('ResizeBilinearGrad', { images: at(saved, 0), dy }, { alignCorners }),
  }));
  define('ResizeNearestNeighbor', ['images'], (dy, saved, { alignCorners }) => ({
    images: () => kernel('ResizeNearestNeighborGrad', { images: at(saved, 0), dy }, { alignCorners }),
  }));
}

/** Registers the gradients above; a second call changes nothing. */
export function registerGradients(): void {
  defineArithmetic();
  defineComparisons();
  definePointwise();
  defineReductions();
  defineShapes();
  defineImageOperations();
}
