import * as tf from '@tensorflow/tfjs-core';

/**
 * What the native backend of tfjs-node 4.22 lacks or does wrong.
 *
 * Padding by a number of pixels: its kernels know `same` and `valid` only, so a picture is padded first, and of its
 * gradient the border is cut off.
 *
 * A 1 x 1 convolution with a stride (ResNet's shortcuts): oneDNN's gradients of it write outside of their memory in
 * TensorFlow 2.21. It is the same as leaving out pixels and convolving what is left.
 */

type Kernel = (inputs: Readonly<Record<string, tf.Tensor4D>>, attributes: object) => tf.Tensor4D;

/** Puts our versions of a kernel in place of the stock one where `pad` is a number. */
function padFirst(
  name: string,
  run: (inputs: Parameters<Kernel>[0], pad: number, stock: Kernel, attrs: Attributes) => tf.Tensor4D,
): void {
  const backendName = 'tensorflow';
  const stock = tf.getKernel(name, backendName);
  tf.unregisterKernel(name, backendName);
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      // The registry is untyped; these are the attributes of tfjs-core's convolutions and poolings.
      const attributes = call.attrs as unknown as Attributes;
      const { pad } = attributes;
      if (typeof pad !== 'number') return stock.kernelFunc(call);
      const valid: Kernel = (inputs, changes) =>
        tf.engine().runKernel(name, { ...inputs }, { ...attributes, pad: 'valid', ...changes });
      return tf.tidy(() => run(call.inputs as Parameters<Kernel>[0], pad, valid, attributes));
    },
  });
}

/** Puts our version in place of a convolution's kernel (stock, or ours from before) where it only leaves out pixels. */
function skipFirst(
  name: string,
  run: (inputs: Parameters<Kernel>[0], stride: number, dense: Kernel, attrs: Attributes) => tf.Tensor4D,
): void {
  const backendName = 'tensorflow';
  const other = tf.getKernel(name, backendName);
  tf.unregisterKernel(name, backendName);
  tf.registerKernel({
    ...other,
    kernelFunc: (call) => {
      const attributes = call.attrs as unknown as Attributes;
      const filter = attributes.filterShape ?? call.inputs['filter']?.shape ?? [];
      const [stride = 1, second = stride] = [attributes.strides].flat();
      // Of so small a filter `same` pads nothing.
      const pixel = filter[0] === 1 && filter[1] === 1 && !Number(attributes.pad);
      if (!pixel || stride === 1 || stride !== second) return other.kernelFunc(call);
      const dense: Kernel = (inputs, changes) =>
        tf.engine().runKernel(name, { ...inputs }, { ...attributes, strides: 1, ...changes });
      return tf.tidy(() => run(call.inputs as Parameters<Kernel>[0], stride, dense, attributes));
    },
  });
}

/** Every `stride`-th pixel of every `stride`-th row. */
function thinned(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.reshape(tf.stridedSlice(x, [0, 0, 0, 0], [batch, height, width, channels], [1, stride, stride, 1]), [
    batch,
    Math.ceil(height / stride),
    Math.ceil(width / stride),
    channels,
  ]);
}

/** The gradient of `thinned`: pixels put back where they were, zeros between. */
function spreadOut(dy: tf.Tensor4D, stride: number, shape: Shape4): tf.Tensor4D {
  const [batch, height, width, channels] = shape;
  const [, rows, columns] = dy.shape;
  const wide = tf.pad(tf.reshape(dy, [batch, rows, 1, columns, 1, channels]), [[0, 0], [0, 0], [0, stride - 1], [0, 0], [0, stride - 1], [0, 0]]); // prettier-ignore
  const whole: tf.Tensor4D = tf.reshape(wide, [batch, rows * stride, columns * stride, channels]);
  const [more, wider] = [Math.max(0, height - rows * stride), Math.max(0, width - columns * stride)];
  return tf.slice4d(tf.pad4d(whole, [[0, 0], [0, more], [0, wider], [0, 0]]), [0, 0, 0, 0], [batch, height, width, channels]); // prettier-ignore
}

type Shape4 = readonly [number, number, number, number];

interface Attributes {
  readonly strides: number | readonly [number, number];
  /** Of Conv2DBackpropFilter. */
  readonly filterShape?: Shape4;
  readonly pad: 'same' | 'valid' | number;
  /** Of Conv2DBackpropInput. */
  readonly inputShape?: Shape4;
}

function input(inputs: Parameters<Kernel>[0], name: string): tf.Tensor4D {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`the kernel was called without its input ${name}`);
  return tensor;
}

function padded(x: tf.Tensor4D, by: number, value = 0): tf.Tensor4D {
  return tf.pad4d(x, [[0, 0], [by, by], [by, by], [0, 0]], value); // prettier-ignore
}

function cropped(x: tf.Tensor4D, by: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.slice4d(x, [0, by, by, 0], [batch, height - 2 * by, width - 2 * by, channels]);
}

/** To be called once, when the native backend is there. */
export function registerNativeKernels(): void {
  padFirst('Conv2D', (inputs, pad, valid) =>
    valid({ x: padded(input(inputs, 'x'), pad), filter: input(inputs, 'filter') }, {}),
  );
  padFirst('Conv2DBackpropFilter', (inputs, pad, valid) =>
    valid({ x: padded(input(inputs, 'x'), pad), dy: input(inputs, 'dy') }, {}),
  );
  padFirst('Conv2DBackpropInput', (inputs, pad, valid, { inputShape = [0, 0, 0, 0] }) => {
    const [batch, height, width, channels] = inputShape;
    return cropped(valid(inputs, { inputShape: [batch, height + 2 * pad, width + 2 * pad, channels] }), pad);
  });
  padFirst('MaxPool', (inputs, pad, valid) => valid({ x: padded(input(inputs, 'x'), pad, -Infinity) }, {}));
  padFirst('MaxPoolGrad', (inputs, pad, valid) =>
    cropped(valid({ ...inputs, input: padded(input(inputs, 'input'), pad, -Infinity) }, {}), pad),
  );
  skipFirst('Conv2D', (inputs, stride, dense) =>
    dense({ x: thinned(input(inputs, 'x'), stride), filter: input(inputs, 'filter') }, {}),
  );
  skipFirst('Conv2DBackpropFilter', (inputs, stride, dense) =>
    dense({ x: thinned(input(inputs, 'x'), stride), dy: input(inputs, 'dy') }, {}),
  );
  skipFirst('Conv2DBackpropInput', (inputs, stride, dense, { inputShape = [0, 0, 0, 0] }) => {
    const [batch, , , channels] = inputShape;
    const [, rows, columns] = input(inputs, 'dy').shape;
    return spreadOut(dense(inputs, { inputShape: [batch, rows, columns, channels] }), stride, inputShape);
  });
}
