/**
 * The local reparameterization: each z is drawn from its own Gaussian, with one ε for each output,
 *
 *     mean      = L(X, M)
 *     variance  = L(X², V),   V = S²
 *     z         = mean + √variance · ε,   ε ~ Normal(0, 1)
 *
 * (Kingma, Salimans & Welling 2015, arXiv:1506.02557, eq. 6.) Its gradient has the least variance of all, and no two z
 * depend on each other: right wherever one use of a weight does not meet another use of it later.
 */
import * as tf from '@tensorflow/tfjs';
import { draw as drawFrom, stddev } from '../gaussian/moments';
import { momentsOf } from '../maps/moments';
import type { Estimator } from './estimator';
import { localDraw, localOutput } from './localDraw';

export const local: Estimator = {
  name: 'local',
  power: 2,
  oneNoisePerPass: false,
  noise: (map, xShape, aShapes) => [map.outputShape(xShape, aShapes)],
  draw: (map, X, { mean: M, spread: V }, [noise], outputOf) =>
    outputOf === undefined ? localDraw(map, X, M, V, noise!) : localOutput(map, X, M, V, noise!, outputOf),
  draws: (map, X, { mean: M, spread: V }, [noise]) => drawFrom(momentsOf(map, X, M, V), noise!),
  fold(map, X, { mean: M, spread: V }, shared, outputOf) {
    const zShape = map.outputShape(X.shape, M.map(({ shape }) => shape)).slice(1); // prettier-ignore
    if (!shared)
      return {
        kept: [X],
        draw: ({ perRow }) => localOutput(map, X, M, V, perRow(zShape), outputOf),
      };
    const { mean, variance } = momentsOf(map, X, M, V);
    const sigma = stddev(variance);
    return {
      kept: [mean, sigma],
      draw({ block, perRow }) {
        const epsilon = perRow(zShape);
        // Rank 3 whatever the rank of z: not every backend broadcasts more than four axes.
        const behindEachOther = (t: tf.Tensor, n: number): tf.Tensor => tf.reshape(t, [block.rows, n, -1]);
        const z = tf.add(
          behindEachOther(mean, 1),
          tf.mul(behindEachOther(sigma, 1), behindEachOther(epsilon, block.draws)),
        );
        return outputOf(tf.reshape(z, epsilon.shape));
      },
    };
  },
};
