/**
 * One draw of the local reparameterization as an operation with one gradient: z = L(X, M) + √L(X², V) · ε.
 *
 * With σ = √variance and the gradient dz of the draw, L* the gradients of the map,
 *
 *     dvariance  = dz · ε / (2σ), and 0 where σ = 0        (see `gaussian/moments.ts`)
 *     dX         = L*_X(dz, M) + 2X ⊙ L*_X(dvariance, V)
 *     dM         = L*_A(dz, X)
 *     dV         = L*_A(dvariance, X²)
 */
import * as tf from '@tensorflow/tfjs';
import type { DrawnOutput } from '../kernels/contract';
import { kernels } from '../kernels/door';
import type { LinearMap } from '../maps/map';
import { relu, reluWithOnes } from '../numerics/relu';
import { where } from '../numerics/where';
import { defineFusedOp, recordedTape, type FusedOp } from '../op';
import type { OutputFunction } from './estimator';

/** V are variances (not stddevs), noise has the shape of z. Differentiable in all of them. */
export const localDraw = (
  map: LinearMap,
  X: tf.Tensor,
  M: readonly tf.Tensor[],
  V: readonly tf.Tensor[],
  noise: tf.Tensor,
): tf.Tensor => tf.tidy(() => localDrawOp([X, noise, ...M, ...V], { map })[0]!);

/** What `outputOf` makes of the draw, in one go where a backend can and no gradient is asked for. */
export function localOutput(
  map: LinearMap,
  X: tf.Tensor,
  M: readonly tf.Tensor[],
  V: readonly tf.Tensor[],
  noise: tf.Tensor,
  outputOf: OutputFunction,
): tf.Tensor {
  const output = drawnOutput(outputOf, noise);
  const fast = kernels().local?.[map.kind]?.drawnOutput;
  if (output !== 'z' && fast !== undefined && recordedTape() === undefined)
    return fast([X, noise, ...M, ...V], output);
  return tf.tidy(() => outputOf(localDraw(map, X, M, V, noise)));
}

/** What of `outputOf` is part of an operation: max(0, z) is, with a column of ones behind a matrix or without. */
export function drawnOutput(outputOf: OutputFunction, noise: tf.Tensor): DrawnOutput {
  if (outputOf === relu) return 'relu';
  return outputOf === reluWithOnes && noise.rank === 2 ? 'reluWithOnes' : 'z';
}

/** [X, noise, ...M, ...V] → [z, σ] */
export const LOCAL_DRAW: FusedOp<{ map: LinearMap }> = {
  name: 'BNNLocalDraw',
  keepsOutputs: true,
  forward(inputs, { map }) {
    const { local, reparameterize = reparameterized } = kernels();
    const fast = local?.[map.kind];
    if (fast !== undefined) return fast.draw(inputs);
    const { X, noise, M, V } = named(inputs);
    return reparameterize(map.product(X, M), map.product(map.squared(X), V), noise);
  },
  gradients([dz], { inputs, outputs: [, sigma] }, { map }) {
    const { X, noise, M, V } = named(inputs);
    const dnoise = (): tf.Tensor => tf.mul(dz!, sigma!);
    const { local, varianceGradient = varianceGradientOf } = kernels();
    const fast = local?.[map.kind];
    if (fast !== undefined) {
      const [dX, ...dA] = fast.drawGradients(dz!, inputs, sigma!);
      return [dX!, dnoise, ...dA];
    }
    // Here, not in the functions below, each of which tidies up what it makes: most of them need both.
    const dvariance = varianceGradient(dz!, noise, sigma!);
    const squared = map.squared(X);
    return [
      () => {
        const ofMean = map.gradientInX(dz!, X, M);
        return tf.add(ofMean, map.gradientOfSquared(X, map.gradientInX(dvariance, X, V)));
      },
      dnoise,
      ...M.map((_, i) => () => map.gradientInA(dz!, X, M, i)),
      ...V.map((_, i) => () => map.gradientInA(dvariance, squared, V, i)),
    ];
  },
};

const localDrawOp = defineFusedOp(LOCAL_DRAW);

/** The inputs of a pass by name; V stands for what follows the means. */
export function named([X, noise, ...weights]: tf.Tensor[]): {
  X: tf.Tensor;
  noise: tf.Tensor;
  M: tf.Tensor[];
  V: tf.Tensor[];
} {
  const k = weights.length / 2;
  return { X: X!, noise: noise!, M: weights.slice(0, k), V: weights.slice(k) };
}

/** z = mean + σ ε and σ = √variance. */
function reparameterized(mean: tf.Tensor, variance: tf.Tensor, noise: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const sigma = tf.sqrt(variance);
  return [tf.add(mean, tf.mul(sigma, noise)), sigma];
}

/** dz · ε / (2σ), 0 where σ = 0. */
const varianceGradientOf = (dz: tf.Tensor, noise: tf.Tensor, sigma: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const d = tf.div(tf.mul(dz, noise), tf.mul(2, sigma));
    return where(tf.greater(sigma, 0), d, tf.zerosLike(d));
  });
