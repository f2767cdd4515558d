/**
 * The factorised Gaussian posterior against its Gaussian prior.
 *
 * For one weight, posterior Normal(m, s²) and prior Normal(0, p²):
 *
 *     KL = ½ [ (m/p)² + (s/p)² − 1 − ln (s/p)² ]                                    nats
 *        = ½ [ (m/p)² + expm1(u) − u ],   u = 2 ln(s/p)
 *
 * (Kingma & Welling 2014, arXiv:1312.6114, appendix B, with a prior scale.) The first form returns 0 in float32
 * when s ≈ p, because 1 + tiny − 1 is lost. In the second, expm1(u) − u is u²/2 + u³/6 + …, which is summed as a
 * series where it would cancel: TensorFlow.js has `tf.expm1` and `tf.log1p`, but webgl and webgpu compute them
 * as exp(x) − 1 and log(1 + x), which cancels just there.
 */
import * as tf from '@tensorflow/tfjs';
import { defineOp } from '../op';
import { sumTo } from '../numerics/sumTo';
import { where } from '../numerics/where';

/**
 * KL divergence of Normal(A_mean, (p · e^lnRatio)²) from the prior Normal(0, p²), in nats, summed over all weights.
 *
 * @param A_mean [D, H]
 * @param lnRatio ln(A_scale / A_prior_scale), [D, H]: from a log-scale by subtraction, from a scale by `lnScaleRatio`.
 * @param A_prior_scale the prior's stddev p, any shape that broadcasts to [D, H].
 * @returns a fresh scalar; differentiable in all three.
 */
export function klFromPrior(A_mean: tf.Tensor, lnRatio: tf.Tensor, A_prior_scale: tf.Tensor): tf.Scalar {
  const u = tf.mul(2, lnRatio);
  const perWeight = tf.add(tf.square(dividedBy(A_mean, A_prior_scale)), expm1Minus(u));
  return tf.reshape(tf.mul(0.5, sumTo(perWeight, [])), []);
}

/** ln(scale / prior), to float32 accuracy also where the two nearly agree; prior broadcasts to the shape of scale. */
export const lnScaleRatio: (scale: tf.Tensor, prior: tf.Tensor) => tf.Tensor = defineOp({
  name: 'BNNLnScaleRatio',
  forward(s, p) {
    const d = tf.div(tf.sub(s, p), p);
    return where(tf.less(tf.abs(d), 0.5), log1pSeries(tf.clipByValue(d, -0.5, 0.5)), tf.log(tf.div(s, p)));
  },
  gradients: (dy, [s, p]) => [() => tf.div(dy, s!), () => sumTo(tf.neg(tf.div(dy, p!)), p!.shape)],
});

/** m/p, whose gradient with respect to one p for many weights is an exact sum and squares nothing. */
const dividedBy = defineOp({
  name: 'BNNDividedBy',
  forward: (m, p) => tf.div(m, p),
  gradients: (dy, [m, p]) => [
    () => tf.div(dy, p!),
    () => sumTo(tf.neg(tf.div(tf.mul(dy, tf.div(m!, p!)), p!)), p!.shape),
  ],
});

/**
 * e^u − 1 − u ≥ 0, to a few units of float32 for all u up to 88.
 *
 * |u| < ½: u²/2 · Σ 2 u^k/(k+2)!, cut after k = 7; the next term is 2·2⁻⁸/10! < 3e-9 of the sum.
 * Elsewhere e^u − 1 − u ≥ 0.1, so that subtracting 1 costs no more than a digit.
 */
function expm1MinusOf(u: tf.Tensor): tf.Tensor {
  const nearZero = tf.clipByValue(u, -0.5, 0.5);
  return where(
    tf.less(tf.abs(u), 0.5),
    tf.mul(tf.mul(0.5, tf.square(nearZero)), polynomial(nearZero, TAYLOR_EXPM1_MINUS)),
    tf.sub(tf.sub(tf.exp(u), 1), u),
  );
}

/** e^u − 1 − u, whose derivative e^u − 1 = u + (e^u − 1 − u) is as exact near 0, without an expm1 that is. */
export const expm1Minus = defineOp({
  name: 'BNNExpm1Minus',
  forward: (u) => expm1MinusOf(u),
  gradients: (dy, [u]) => [() => tf.mul(dy, expm1(u!))],
});

/** e^u − 1, as exact near 0 on every backend: what the derivative of the KL in ln scale is, at u = 2 lnRatio. */
export const expm1 = (u: tf.Tensor): tf.Tensor => tf.add(u, expm1MinusOf(u));

/**
 * ln(1 + d) = 2 artanh z = 2z (1 + z²/3 + z⁴/5 + …), z = d/(2 + d), for −½ ≤ d ≤ 1: then |z| ≤ ⅓, and the first
 * term left out, z¹⁴/15, is below 2e-8 of the sum.
 */
export function log1pSeries(d: tf.Tensor): tf.Tensor {
  const z = tf.div(d, tf.add(2, d));
  return tf.mul(tf.mul(2, z), polynomial(tf.square(z), ODD_RECIPROCALS));
}

/** ln(1 + d)/d in the same range, 1 where d is 0. */
export function log1pRatio(d: tf.Tensor): tf.Tensor {
  const twoPlus = tf.add(2, d);
  return tf.mul(tf.div(2, twoPlus), polynomial(tf.square(tf.div(d, twoPlus)), ODD_RECIPROCALS));
}

/** 2/(k+2)!, k = 0 … 7. */
export const TAYLOR_EXPM1_MINUS = [1, 1 / 3, 1 / 12, 1 / 60, 1 / 360, 1 / 2520, 1 / 20160, 1 / 181440];

/** 1/(2k+1), k = 0 … 6. */
const ODD_RECIPROCALS = [1, 1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11, 1 / 13];

/** Σ coefficients[k] · x^k by Horner's rule. */
function polynomial(x: tf.Tensor, coefficients: readonly number[]): tf.Tensor {
  return coefficients
    .slice(0, -1)
    .reduceRight<tf.Tensor>((sum, c) => tf.add(tf.mul(sum, x), c), tf.fill(x.shape, coefficients.at(-1)!));
}
