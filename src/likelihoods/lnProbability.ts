/** The logarithm of a probability that may have underflowed. */
import * as tf from '@tensorflow/tfjs';
import { defineOp } from '../op';
import { where } from '../numerics/where';

/** Just above the least normal float32, 1.2e-38; GPUs take what is smaller for 0. */
const LEAST = 1e-37;

/**
 * ln max(p, 1e-37): at least −85.2, with the gradient 1/p above and 0 below. That of `tf.maximum` is 0 · dy/1e-37 there,
 * which is not a number where the second factor overflows.
 */
export const lnProbability = defineOp({
  name: 'BNNLnProbability',
  forward: (p) => tf.log(tf.maximum(p, LEAST)),
  gradients: (dy, [p]) => [
    () => {
      const counts = tf.greater(p!, LEAST);
      return where(counts, tf.div(dy, where(counts, p!, tf.onesLike(p!))), tf.zerosLike(p!));
    },
  ],
});
