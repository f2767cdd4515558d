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
import { defineOp } from './op';

/** Mean and variance (not stddev) of each pre-activation, both [..., H]. */
export interface Moments {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/** mean = X·A_mean, variance = X²·A_scale²; X [..., D], A_mean and A_scale (a stddev) [D, H]. */
export function moments(X: tf.Tensor, A_mean: tf.Tensor, A_scale: tf.Tensor): Moments {
  return {
    mean: product(X, A_mean),
    variance: product(tf.square(X), tf.square(A_scale)),
  };
}

/** mean + √variance · noise; noise has the moments' shape, or further axes before it. */
export function draw({ mean, variance }: Moments, noise: tf.Tensor): tf.Tensor {
  return tf.add(mean, tf.mul(stddev(variance), noise));
}

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
  forward: (X, A) => tf.matMul(X, A),
  gradients: (dY, [X, A]) => [() => timesTransposed(dY, A!), () => transposedTimes(X!, dY)],
});

// wasm's matMul runs a plain loop as soon as it is asked to transpose (33–45 ms where its fast path takes 3–4, at
// 128×784×400); elsewhere the flags spare a copy.
const timesTransposed = (Y: tf.Tensor, A: tf.Tensor): tf.Tensor =>
  tf.getBackend() === 'wasm' ? tf.matMul(Y, tf.transpose(A)) : tf.matMul(Y, A, false, true);

const transposedTimes = (X: tf.Tensor, Y: tf.Tensor): tf.Tensor =>
  tf.getBackend() === 'wasm' ? tf.matMul(tf.transpose(X), Y) : tf.matMul(X, Y, true, false);
