import type { Code, FunctionBuilder, FunctionSource, Lanes, Local } from './assembler.ts';
import { SCALAR, VECTOR, get, i32, loopWhileBelow, set } from './assembler.ts';

/** Kernels that treat tensors as flat lists of floats, fused so that memory is read once. */

/** Runs `statements` at every float; `at` gives a pointer's current address. */
function forEachFloat(
  builder: FunctionBuilder,
  count: Local,
  statements: (lanes: Lanes, at: (pointer: Local) => Code) => Code,
): Code {
  const [offset, bytes] = builder.locals(2, 'i32') as Two;
  const at = (pointer: Local): Code => i32.add(get(pointer), get(offset));
  return [
    set(bytes, i32.shiftLeft(get(count), 2)),
    set(offset, i32.constant(0)),
    loopWhileBelow(offset, i32.and(get(bytes), i32.constant(-16)), i32.constant(16), statements(VECTOR, at)),
    loopWhileBelow(offset, get(bytes), i32.constant(4), statements(SCALAR, at)),
  ];
}

/** dx = dy where y > 0, dy * alpha elsewhere. Parameters: dy, y, dx, count, alpha. */
export const activationGradient: FunctionSource = (builder) => {
  const [dy, y, dx, count] = builder.parameters(4) as Four;
  const alpha = builder.parameter('f32');
  return forEachFloat(builder, count, (lanes, at) => {
    const gradient = lanes.load(at(dy));
    const below = lanes.mul(gradient, lanes.splat(get(alpha)));
    return lanes.store(at(dx), lanes.selectGreater(lanes.load(at(y)), lanes.constant(0), gradient, below));
  });
};

/** y = x where x > 0, x * alpha elsewhere. Parameters: x, y, count, alpha. */
export const leakyRelu: FunctionSource = (builder) => {
  const [x, y, count] = builder.parameters(3) as Three;
  const alpha = builder.parameter('f32');
  return forEachFloat(builder, count, (lanes, at) => {
    const value = lanes.load(at(x));
    const below = lanes.mul(value, lanes.splat(get(alpha)));
    return lanes.store(at(y), lanes.selectGreater(value, lanes.constant(0), value, below));
  });
};

/** dx = dy * (1 - y * y), the gradient of tanh. Parameters: dy, y, dx, count. */
export const tanhGradient: FunctionSource = (builder) => {
  const [dy, y, dx, count] = builder.parameters(4) as Four;
  return forEachFloat(builder, count, (lanes, at) => {
    const slope = lanes.sub(lanes.constant(1), lanes.mul(lanes.load(at(y)), lanes.load(at(y))));
    return lanes.store(at(dx), lanes.mul(lanes.load(at(dy)), slope));
  });
};

/** dx = dy * y * (1 - y), the gradient of the sigmoid. Parameters: dy, y, dx, count. */
export const sigmoidGradient: FunctionSource = (builder) => {
  const [dy, y, dx, count] = builder.parameters(4) as Four;
  return forEachFloat(builder, count, (lanes, at) => {
    const slope = lanes.mul(lanes.load(at(y)), lanes.sub(lanes.constant(1), lanes.load(at(y))));
    return lanes.store(at(dx), lanes.mul(lanes.load(at(dy)), slope));
  });
};

/**
 * One Adam update in place: see `adamUpdate` in ops.ts.
 * Parameters: w, g, m, v, count, then the floats beta1, beta2, epsilon, stepSize, 1 / correction, weightDecay and
 * 1 - beta1, 1 - beta2.
 */
export const adam: FunctionSource = (builder) => {
  const [w, g, m, v, count] = builder.parameters(5) as Five;
  const [beta1, beta2, epsilon, stepSize, correction, decay, rest1, rest2] = builder.parameters(8, 'f32') as Eight;
  const registers = { v128: builder.locals(3, 'v128') as Three, f32: builder.locals(3, 'f32') as Three };
  return forEachFloat(builder, count, (lanes, at) => {
    const [gradient, first, second] = registers[lanes.type];
    const scalar = (local: Local): Code => lanes.splat(get(local));
    const decayed = lanes.add(lanes.load(at(g)), lanes.mul(lanes.load(at(w)), scalar(decay)));
    const mixed = (memory: Local, keep: Local, fresh: Code, take: Local): Code =>
      lanes.add(lanes.mul(lanes.load(at(memory)), scalar(keep)), lanes.mul(fresh, scalar(take)));
    const root = lanes.div(lanes.sqrt(get(second)), scalar(correction));
    const change = lanes.mul(lanes.div(get(first), lanes.add(root, scalar(epsilon))), scalar(stepSize));
    return [
      set(gradient, decayed),
      set(first, mixed(m, beta1, get(gradient), rest1)),
      set(second, mixed(v, beta2, lanes.mul(get(gradient), get(gradient)), rest2)),
      lanes.store(at(m), get(first)),
      lanes.store(at(v), get(second)),
      lanes.store(at(w), lanes.sub(lanes.load(at(w)), change)),
    ];
  });
};

/** One momentum update in place. Parameters: w, g, velocity, count, then learningRate, momentum, weightDecay. */
export const momentum: FunctionSource = (builder) => {
  const [w, g, velocity, count] = builder.parameters(4) as Four;
  const [rate, keep, decay] = builder.parameters(3, 'f32') as Three;
  const registers = { v128: builder.local('v128'), f32: builder.local('f32') };
  return forEachFloat(builder, count, (lanes, at) => {
    const speed = registers[lanes.type];
    const decayed = lanes.add(lanes.load(at(g)), lanes.mul(lanes.load(at(w)), lanes.splat(get(decay))));
    return [
      set(speed, lanes.add(lanes.mul(lanes.load(at(velocity)), lanes.splat(get(keep))), decayed)),
      lanes.store(at(velocity), get(speed)),
      lanes.store(at(w), lanes.sub(lanes.load(at(w)), lanes.mul(get(speed), lanes.splat(get(rate))))),
    ];
  });
};

type Two = [Local, Local];
type Three = [...Two, Local];
type Four = [...Two, ...Two];
type Five = [...Four, Local];
type Eight = [...Four, ...Four];
