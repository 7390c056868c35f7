import * as tf from '@tensorflow/tfjs-core';

/**
 * A gradient tape that can be read more than once.
 *
 * `tf.grads` runs a function and throws its tape away, so two players that share a synthesis would each pay for it.
 * Here the synthesis is recorded once, and each player pulls its own energies back through it: to pull a cotangent
 * back to some tensors means that nothing else moves, and that nothing behind them is computed.
 */

/**
 * Runs `body` with the tape on. Recordings nest; what an inner one recorded is forgotten at its end, so that a step
 * that is over does not hold its memory while the outer recording goes on.
 * Tensors made in `body` belong to the caller's `tf.tidy`.
 */
export function record<T>(body: () => T): T {
  const { state } = tf.engine();
  if (state.gradientDepth === 0) state.activeTape = [];
  const start = state.activeTape.length;
  state.gradientDepth += 1;
  try {
    return body();
  } finally {
    state.gradientDepth -= 1;
    for (const node of state.activeTape.splice(start)) node.saved?.forEach((tensor) => tensor.dispose());
  }
}

/** Runs `body` with the tape off: for a recording its results are constants. */
export function unrecorded<T>(body: () => T): T {
  const { state } = tf.engine();
  state.kernelDepth += 1;
  try {
    return body();
  } finally {
    state.kernelDepth -= 1;
  }
}

/**
 * The gradients of `y` with respect to each of `xs` through what has been recorded so far, weighted by `cotangent`
 * (of the shape of `y`; ones where it is not given). May be called several times within one recording.
 *
 * @throws Error where `y` does not depend on one of `xs`: a player that cannot move is a bug of the wiring.
 */
export function pullBack(y: tf.Tensor, xs: readonly tf.Tensor[], cotangent?: tf.Tensor): tf.Tensor[] {
  return unrecorded(() => {
    const pulled: { grads: (tf.Tensor | undefined)[] } = tf.engine().gradients(() => y, [...xs], cotangent, true);
    return xs.map((x, index) => {
      const gradient = pulled.grads[index];
      if (gradient === undefined) {
        const [from, to] = [y.shape.join(), x.shape.join()];
        throw new Error(`the recorded computation of [${from}] does not depend on input ${index} [${to}]`);
      }
      return gradient;
    });
  });
}
