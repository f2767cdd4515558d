/**
 * A map with a bias: z = L(X, A) + b, b [channels] on the last axis, as one map of the weights [A, b].
 *
 * The bias is a weight whose input is always 1, so that all that is said of maps holds: its variance adds to that of z.
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import { plusChannels } from '../numerics/plusChannels';
import type { LinearMap } from './map';

export const withBias = (map: LinearMap): LinearMap => ({
  ...map,
  kind: `${map.kind} with bias`,
  product: (X, [A, b]) => map.productPlus?.(X, A!, b!) ?? plusChannels(map.product(X, [A!]), b!),
  gradientInX: (dz, X, [A]) => map.gradientInX(dz, X, [A!]),
  gradientInA: (dz, X, [A, b], i) =>
    i === 0 ? map.gradientInA(dz, X, [A!], 0) : sumOfPositions(dz, b!.shape[0]),
  ...(map.outputAxes && { outputAxes: [...map.outputAxes, 0] }),
  ...(map.productsOfEach && {
    productsOfEach(X, [A, b]) {
      const z = map.productsOfEach!(X, [A!]);
      // [S, channels] meets [S, ..., channels].
      return tf.add(z, tf.reshape(b!, [z.shape[0], ...z.shape.slice(1, -1).map(() => 1), z.shape.at(-1)!]));
    },
  }),
});

/** Σ over all axes but the last. */
const sumOfPositions = (dz: tf.Tensor, channels: number): tf.Tensor => {
  const rows = dz.size / channels;
  const matrix = dz.rank === 2 ? dz : tf.reshape(dz, [rows, channels]);
  // As a product with ones: some backends add up along a first axis in a plain loop.
  return kernels().columnSums?.(matrix) ?? tf.reshape(tf.matMul(tf.ones([1, rows]), matrix), [channels]);
};
