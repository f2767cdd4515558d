/**
 * The standard normal distribution: its density φ and its distribution function Φ, element by element.
 *
 *     φ(x) = e^(−x²/2) / √(2π),     Φ(x) = ½ erfc(−x/√2)
 *
 * `tf.erf` is exact to 1e-7 of 1, so that nothing is left of Φ where it is small. Here erfc is t·e^(polynomial in t),
 * t = 1/(1 + x/2), which is exact to 1.2e-7 of its value for all x ≥ 0 (Press et al. 1992, "Numerical Recipes in C",
 * section 6.2, erfcc).
 */
import * as tf from '@tensorflow/tfjs';
import { where } from './where';

/** φ, a fresh tensor. */
export const normalDensity = (x: tf.Tensor): tf.Tensor =>
  tf.mul(1 / Math.sqrt(2 * Math.PI), tf.exp(tf.mul(-0.5, tf.square(x))));

/** Φ, a fresh tensor; float32's relative accuracy also where it is small. */
export function normalCdf(x: tf.Tensor): tf.Tensor {
  const tail = upperTail(tf.abs(x));
  return where(tf.less(x, 0), tail, tf.sub(1, tail));
}

/** 1 − Φ(x) for x ≥ 0. */
function upperTail(x: tf.Tensor): tf.Tensor {
  const t = tf.div(1, tf.add(1, tf.mul(x, 0.5 / Math.SQRT2)));
  const polynomial = ERFC.reduceRight<tf.Tensor>((sum, c) => tf.add(tf.mul(sum, t), c), tf.zerosLike(t));
  return tf.mul(tf.mul(0.5, t), tf.exp(tf.sub(polynomial, tf.mul(0.5, tf.square(x)))));
}

/** Φ of one number, by the same series in double precision. */
export function normalCdfAt(x: number): number {
  const t = 1 / (1 + Math.abs(x) * (0.5 / Math.SQRT2));
  const polynomial = ERFC.reduceRight((sum, c) => sum * t + c, 0);
  const tail = 0.5 * t * Math.exp(polynomial - 0.5 * x * x);
  return x < 0 ? tail : 1 - tail;
}

/** φ of one number. */
export const normalDensityAt = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** Ascending powers of t. */
const ERFC = [
  ...[-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806],
  ...[0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277],
];
