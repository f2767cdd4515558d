/**
 * Mean and variance of a pre-activation under a factorised Gaussian over the weights, and the draw from them.
 *
 * For X [..., D] and independent weights a_dh ~ Normal(A_mean_dh, A_scale_dh²), z = X·A is Gaussian with
 *
 *     mean      = X · A_mean
 *     variance  = X² · A_scale²          (squares of the elements)
 *     z         = mean + √variance · ε,  ε ~ Normal(0, 1)
 *
 * which is the local reparameterization trick: Kingma, Salimans & Welling 2015, arXiv:1506.02557, eq. (6).
 */
import * as tf from '@tensorflow/tfjs';
import type { LocalDrawInputs } from '../kernels/contract';
import { kernels } from '../kernels/door';
import { defineFusedOp, defineOp, type Constants, type FusedOp } from '../op';

/** Mean and variance (not stddev) of each pre-activation, both [..., H]. */
export interface Moments {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/** mean = X·A_mean, variance = X²·A_scale²; X [..., D], A_mean and A_scale (a stddev) [D, H]. */
export function moments(X: tf.Tensor, A_mean: tf.Tensor, A_scale: tf.Tensor): Moments {
  return momentsOf(X, A_mean, tf.square(A_scale));
}

/** The same from A_variance = A_scale². */
export function momentsOf(X: tf.Tensor, A_mean: tf.Tensor, A_variance: tf.Tensor): Moments {
  return {
    mean: product(X, A_mean),
    variance: product(tf.square(X), A_variance),
  };
}

/** mean + √variance · noise; noise has the moments' shape, or further axes before it. */
export function draw({ mean, variance }: Moments, noise: tf.Tensor): tf.Tensor {
  return tf.add(mean, tf.mul(stddev(variance), noise));
}

/**
 * `draw(momentsOf(X, A_mean, A_variance), noise)` in one step with one gradient, for matrices and a single draw.
 *
 * With σ = √variance and the gradient dz of the draw,
 *
 *     dvariance   = dz · ε / (2σ), and 0 where σ = 0        (see `stddev`)
 *     dX          = dz · A_meanᵀ + 2X ⊙ (dvariance · A_varianceᵀ)
 *     dA_mean     = Xᵀ · dz
 *     dA_variance = (X²)ᵀ · dvariance
 *
 * @param X [B, D]
 * @param A_variance A_scale², [D, H]
 * @param noise [B, H]
 */
export const localDraw = (
  X: tf.Tensor,
  A_mean: tf.Tensor,
  A_variance: tf.Tensor,
  noise: tf.Tensor,
): tf.Tensor => tf.tidy(() => localDrawOp([X, A_mean, A_variance, noise], {})[0]!);

/** [X, A_mean, A_variance, noise] → [z, σ] */
export const LOCAL_DRAW: FusedOp<Constants> = {
  name: 'BNNLocalDraw',
  keepsOutputs: true,
  forward(inputs) {
    const [X, A_mean, A_variance, noise] = inputs as LocalDrawInputs;
    const { localDraw, reparameterize = reparameterized } = kernels();
    if (localDraw !== undefined) return localDraw([X, A_mean, A_variance, noise]);
    return reparameterize(times(X, A_mean), times(tf.square(X), A_variance), noise);
  },
  gradients([dz], { inputs, outputs }) {
    const [X, A_mean, A_variance, noise] = inputs as LocalDrawInputs;
    const σ = outputs[1]!;
    const dnoise = (): tf.Tensor => tf.mul(dz!, σ);
    const { localDrawGradients, varianceGradient = varianceGradientOf } = kernels();
    if (localDrawGradients !== undefined)
      return [...localDrawGradients(dz!, [X, A_mean, A_variance, noise], σ), dnoise];
    // Here, not in the functions below, each of which tidies up what it makes: two of them need it.
    const dvariance = varianceGradient(dz!, noise, σ);
    return [
      () =>
        tf.add(timesTransposed(dz!, A_mean), tf.mul(tf.mul(2, X), timesTransposed(dvariance, A_variance))),
      () => transposedTimes(X, dz!),
      () => transposedTimes(tf.square(X), dvariance),
      dnoise,
    ];
  },
};

const localDrawOp = defineFusedOp(LOCAL_DRAW);

/** z = mean + σ ε and σ = √variance. */
function reparameterized(mean: tf.Tensor, variance: tf.Tensor, noise: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const σ = tf.sqrt(variance);
  return [tf.add(mean, tf.mul(σ, noise)), σ];
}

/** dz · ε / (2σ), 0 where σ = 0. */
const varianceGradientOf = (dz: tf.Tensor, noise: tf.Tensor, σ: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.divNoNan(tf.mul(dz, noise), tf.mul(2, σ)));

/** X·A over the last axis of X: X [..., D], A [D, H] → [..., H], as one product of matrices. */
export function product(X: tf.Tensor, A: tf.Tensor): tf.Tensor {
  const [D, H] = A.shape as [number, number];
  return matrixProduct(X.reshape([X.size / D, D]), A).reshape([...X.shape.slice(0, -1), H]);
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
      const twoStddev = tf.mul(2, tf.sqrt(tf.where(positive, v, tf.onesLike(v))));
      return tf.where(positive, tf.div(dy, twoStddev), tf.zerosLike(v));
    },
  ],
});

/** Matrices only: dX = dY·Aᵀ, dA = Xᵀ·dY. */
const matrixProduct = defineOp({
  name: 'BNNMatrixProduct',
  forward: (X, A) => times(X, A),
  gradients: (dY, [X, A]) => [() => timesTransposed(dY, A!), () => transposedTimes(X!, dY)],
});

const times = (X: tf.Tensor, A: tf.Tensor): tf.Tensor => kernels().product?.(X, A) ?? tf.matMul(X, A);

// wasm's matMul runs a plain loop as soon as it is asked to transpose (33–45 ms where its fast path takes 3–4, at
// 128×784×400); elsewhere the flags spare a copy.
const timesTransposed = (Y: tf.Tensor, A: tf.Tensor): tf.Tensor =>
  kernels().product?.(Y, A, 'second') ??
  (tf.getBackend() === 'wasm' ? tf.matMul(Y, tf.transpose(A)) : tf.matMul(Y, A, false, true));

const transposedTimes = (X: tf.Tensor, Y: tf.Tensor): tf.Tensor =>
  kernels().product?.(X, Y, 'first') ??
  (tf.getBackend() === 'wasm' ? tf.matMul(tf.transpose(X), Y) : tf.matMul(X, Y, true, false));
