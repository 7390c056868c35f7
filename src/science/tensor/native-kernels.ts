import * as tf from '@tensorflow/tfjs-core';

/**
 * What the native backend of tfjs-node 4.22 lacks: padding by a number of pixels. Its kernels know `same` and `valid`
 * only, so a picture is padded first, and of its gradient the border is cut off.
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
        tf.engine().runKernel<tf.Tensor4D>(name, { ...inputs }, { ...attributes, pad: 'valid', ...changes });
      return tf.tidy(() => run(call.inputs as Parameters<Kernel>[0], pad, valid, attributes));
    },
  });
}

interface Attributes {
  readonly pad: 'same' | 'valid' | number;
  /** Of Conv2DBackpropInput. */
  readonly inputShape?: readonly [number, number, number, number];
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
}
