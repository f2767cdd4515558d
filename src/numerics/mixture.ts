/**
 * Quantiles of a mixture of Gaussians with equal weights, which is what S draws of a mean and a stddev predict:
 *
 *     F(y) = 1/S Σ_s Φ((y − mean_s) / stddev_s) = level
 *
 * F has no inverse in closed form, but it is monotone: bisection. Φ(−k) ≤ ½ e^(−k²/2), so that every component has its
 * quantile within k = √(−2 ln 2p) stddevs of its mean, p the level or what it lacks to 1, whichever is less; and the
 * mixture has its own between the least and the greatest of them. Components at ±Infinity stand outside of every finite y:
 * they hold so much of the level, and where they hold all of it the quantile is theirs.
 */
import * as tf from '@tensorflow/tfjs';
import { normalCdf } from './normal';

/** Halves the distance to 2e-10 of what it was: below what float32 tells apart. */
const HALVINGS = 32;
/** Beside infinite components the finite ones may be asked for any level of theirs: Φ(−10) is 8e-24. */
const FARTHER = 10;

/**
 * @param level above 0 and below 1
 * @param mean [S, ...], infinite ones too
 * @param stddev above 0, [S, ...], or one number
 * @returns a fresh tensor [...]
 */
export function mixtureQuantile(level: number, mean: tf.Tensor, stddev: tf.Tensor | number): tf.Tensor {
  return tf.tidy(() => {
    const below = tf.mean(tf.cast(tf.equal(mean, -Infinity), 'float32'), 0);
    const above = tf.mean(tf.cast(tf.equal(mean, Infinity), 'float32'), 0);
    const k = Math.sqrt(-2 * Math.log(2 * Math.min(level, 1 - level)));
    const farther = tf.mul(FARTHER, tf.cast(tf.greater(tf.add(below, above), 0), 'float32'));
    const reach = tf.mul(tf.add(k, farther), stddev);
    const isInfinite = tf.isInf(mean);
    const finiteOr = (end: number, t: tf.Tensor): tf.Tensor =>
      tf.where(isInfinite, tf.fill(mean.shape, end), t);
    let low = tf.min(finiteOr(Infinity, tf.sub(mean, reach)), 0);
    let high = tf.max(finiteOr(-Infinity, tf.add(mean, reach)), 0);
    for (let i = 0; i < HALVINGS; i++)
      [low, high] = tf.tidy(() => {
        const middle = tf.mul(0.5, tf.add(low, high));
        const isBelow = tf.less(tf.mean(normalCdf(tf.div(tf.sub(middle, mean), stddev)), 0), level);
        return [tf.where(isBelow, middle, low), tf.where(isBelow, high, middle)];
      });
    const inBetween = tf.mul(0.5, tf.add(low, high));
    const infinite = (sign: number): tf.Tensor => tf.fill(inBetween.shape, sign * Infinity);
    const notAbove = tf.where(tf.greater(level, tf.sub(1, above)), infinite(1), inBetween);
    return tf.where(tf.greaterEqual(below, level), infinite(-1), notAbove);
  });
}
