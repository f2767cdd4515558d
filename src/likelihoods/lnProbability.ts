/** The logarithm of a probability that may have underflowed. */
import * as tf from '@tensorflow/tfjs';

/** Just above the least normal float32, 1.2e-38; GPUs take what is smaller for 0. */
const LEAST = 1e-37;

/** ln max(p, 1e-37): at least −85.2, with the gradient 1/p above and 0 below. */
export function lnProbability(p: tf.Tensor): tf.Tensor {
  return tf.log(tf.maximum(p, LEAST));
}
