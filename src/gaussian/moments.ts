/**
 * A Gaussian by its mean and variance, and the draw from it: z = mean + √variance · ε, ε ~ Normal(0, 1).
 */
import * as tf from '@tensorflow/tfjs';
import { defineOp } from '../op';
import { where } from '../numerics/where';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
/** Mean and variance (not stddev), element by element. */
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type Moments = {
  mean: tf.Tensor;
  variance: tf.Tensor;
};

/** mean + √variance · noise; noise has the moments' shape, or further axes before it. */
export function draw({ mean, variance }: Moments, noise: tf.Tensor): tf.Tensor {
  return tf.add(mean, tf.mul(stddev(variance), noise));
}

/**
 * √v with a gradient that is finite everywhere: dv = dy / (2√v), and 0 where v = 0.
 *
 * A row of zeros has variance 0; there 1 / (2√v) is infinite and times x² = 0 not a number, in *every* gradient
 * of the layer. The limit of dv · x² as x → 0 is 0 whenever the scales are positive, and that is what this gives.
 */
export const stddev = defineOp({
  name: 'BNNStddev',
  forward: (variance) => tf.sqrt(variance),
  gradients: (dy, [variance]) => [
    () => {
      const v = variance!;
      const positive = tf.greater(v, 0);
      const twoStddev = tf.mul(2, tf.sqrt(where(positive, v, tf.onesLike(v))));
      return where(positive, tf.div(dy, twoStddev), tf.zerosLike(v));
    },
  ],
});
