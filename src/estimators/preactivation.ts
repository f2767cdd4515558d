/**
 * Two ways to draw the pre-activations z = X·A of a factorised Gaussian A ~ Normal(A_mean, A_scale²).
 *
 * - `localReparameterization` draws each z by itself from its own Gaussian (one ε per example and unit).
 * - `weightSpace` draws one A for all rows and multiplies (one ε per weight).
 *
 * Each z alone has the same distribution under both. Only the second has the right joint distribution wherever two
 * uses of one weight meet again: positions of one example that are averaged, two inputs that are compared.
 */
import * as tf from '@tensorflow/tfjs';
import type { ScaledPrior } from '../kernels/contract';
import { localPass, localReluPass, type OutputAndScaledKL } from './localPass';
import { localReluDraw } from './localReluDraw';
import { draw, localDraw, momentsOf, product } from '../gaussian/moments';
import { reluWithOnes } from '../numerics/relu';
import type { Power } from '../gaussian/spread';

export interface Preactivation {
  /** The shape of the noise for one draw: X [..., D], A [D, H]. */
  noiseShape: (xShape: readonly number[], aShape: readonly number[]) => number[];
  /** X [...B, D], A_mean and A_scale (stddev) [D, H], noise [...S, ...noiseShape] → z [...S, ...B, H]. */
  draw: (X: tf.Tensor, A_mean: tf.Tensor, A_scale: tf.Tensor, noise: tf.Tensor) => tf.Tensor;
  /** What the draw makes of the scales first: stddevs (1) or variances (2), see `spread.ts`. */
  power: Power;
  /** The same draw from A_spread = A_scale^power. */
  drawBySpread: (X: tf.Tensor, A_mean: tf.Tensor, A_spread: tf.Tensor, noise: tf.Tensor) => tf.Tensor;
  /** What `outputOf`, which works row by row, makes of the same draw. */
  outputBySpread: (
    X: tf.Tensor,
    A_mean: tf.Tensor,
    A_spread: tf.Tensor,
    noise: tf.Tensor,
    outputOf: (z: tf.Tensor) => tf.Tensor,
  ) => tf.Tensor;
  /** The same of a single draw from ln A_scale, and c · KL from the prior Normal(0, p²), where one operation makes both. */
  outputWithKL?: (
    X: tf.Tensor,
    A_mean: tf.Tensor,
    ln_A_scale: tf.Tensor,
    noise: tf.Tensor,
    prior: ScaledPrior,
    outputOf: (z: tf.Tensor) => tf.Tensor,
  ) => OutputAndScaledKL;
}

/** ε [...B, H]; Kingma, Salimans & Welling 2015, arXiv:1506.02557, eq. (6). */
export const localReparameterization: Preactivation = {
  noiseShape: (xShape, aShape) => [...xShape.slice(0, -1), aShape[1]!],
  draw: (X, A_mean, A_scale, noise) =>
    localReparameterization.drawBySpread(X, A_mean, tf.square(A_scale), noise),
  power: 2,
  drawBySpread(X, A_mean, A_variance, noise) {
    const { rows, H } = sizes(X, A_mean);
    if (noise.size === rows * H) {
      const z = localDraw(asMatrix(X), A_mean, A_variance, asMatrix(noise));
      return noise.rank === 2 ? z : z.reshape(noise.shape);
    }
    // Rank 3 whatever the caller's ranks: not every backend broadcasts more than four axes.
    return draw(momentsOf(asMatrix(X), A_mean, A_variance), noise.reshape([-1, rows, H])).reshape(
      noise.shape,
    );
  },
  outputBySpread(X, A_mean, A_variance, noise, outputOf) {
    const { rows, H } = sizes(X, A_mean);
    if (outputOf === reluWithOnes && X.rank === 2 && noise.size === rows * H)
      return localReluDraw(X, A_mean, A_variance, noise);
    return outputOf(localReparameterization.drawBySpread(X, A_mean, A_variance, noise));
  },
  outputWithKL(X, A_mean, ln_A_scale, noise, prior, outputOf) {
    if (outputOf === reluWithOnes && noise.rank === 2)
      return localReluPass(X, A_mean, ln_A_scale, noise, prior);
    const { output: z, scaledKL } = localPass(asMatrix(X), A_mean, ln_A_scale, asMatrix(noise), prior);
    return { output: outputOf(noise.rank === 2 ? z : z.reshape(noise.shape)), scaledKL };
  },
};

/** ε [D, H]; A = A_mean + A_scale ⊙ ε, z = X·A: Blundell et al. 2015, arXiv:1505.05424, with one A for all rows. */
export const weightSpace: Preactivation = {
  noiseShape: (_, aShape) => [...aShape],
  draw: (X, A_mean, A_scale, noise) => weightSpace.drawBySpread(X, A_mean, A_scale, noise),
  power: 1,
  drawBySpread(X, A_mean, A_scale, noise) {
    const { rows, D, H } = sizes(X, A_mean);
    const A = tf.add(A_mean, tf.mul(A_scale, noise.reshape([-1, D, H])));
    const S = A.shape[0];
    // All draws side by side in one product: [rows, D] · [D, S·H].
    const z = product(asMatrix(X), A.transpose([1, 0, 2]).reshape([D, S * H]));
    const sampleShape = noise.shape.slice(0, -2);
    return z
      .reshape([rows, S, H])
      .transpose([1, 0, 2])
      .reshape([...sampleShape, ...X.shape.slice(0, -1), H]);
  },
  outputBySpread: (X, A_mean, A_scale, noise, outputOf) =>
    outputOf(weightSpace.drawBySpread(X, A_mean, A_scale, noise)),
};

function sizes(X: tf.Tensor, A: tf.Tensor): { rows: number; D: number; H: number } {
  const [D, H] = A.shape as [number, number];
  return { rows: X.size / D, D, H };
}

const asMatrix = (X: tf.Tensor): tf.Tensor => (X.rank === 2 ? X : X.reshape([-1, X.shape.at(-1)!]));
