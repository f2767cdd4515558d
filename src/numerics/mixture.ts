/**
 * Quantiles of a mixture of Gaussians with equal weights, which is what S draws of a mean and a stddev predict:
 *
 *     F(y) = 1/S Σ_s Φ((y − mean_s) / stddev_s) = level
 *
 * F has no inverse in closed form, but it is monotone: bisection. Φ(−k) ≤ ½ e^(−k²/2), so that every component has its
 * quantile within k = √(−2 ln 2p) stddevs of its mean, p the level or what it lacks to 1, whichever is less; and the
 * mixture has its own between the least and the greatest of them.
 */
import * as tf from '@tensorflow/tfjs';
import { normalCdf } from './normal';

/** Halves the distance to 2e-10 of what it was: below what float32 tells apart. */
const HALVINGS = 32;

/**
 * @param level above 0 and below 1
 * @param mean [S, ...]
 * @param stddev above 0, [S, ...], or one number
 * @returns a fresh tensor [...]
 */
export function mixtureQuantile(level: number, mean: tf.Tensor, stddev: tf.Tensor | number): tf.Tensor {
  return tf.tidy(() => {
    const k = Math.sqrt(-2 * Math.log(2 * Math.min(level, 1 - level)));
    let low = tf.min(tf.sub(mean, tf.mul(k, stddev)), 0);
    let high = tf.max(tf.add(mean, tf.mul(k, stddev)), 0);
    for (let i = 0; i < HALVINGS; i++)
      [low, high] = tf.tidy(() => {
        const middle = tf.mul(0.5, tf.add(low, high));
        const isBelow = tf.less(tf.mean(normalCdf(tf.div(tf.sub(middle, mean), stddev)), 0), level);
        return [tf.where(isBelow, middle, low), tf.where(isBelow, high, middle)];
      });
    return tf.mul(0.5, tf.add(low, high));
  });
}
