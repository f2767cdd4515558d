/** The logarithm of a mean of numbers of which only the logarithms are known. */
import * as tf from '@tensorflow/tfjs';
import { where } from './where';

/**
 * ln 1/S Σ_s e^l_s over the first axis, S long, without overflow: a fresh tensor, of one axis less.
 *
 * −Infinity where all are −Infinity, as the mean of zeros has it: `tf.logSumExp` subtracts the greatest, and −Infinity from
 * itself is NaN.
 */
export function logMeanExp(l: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const greatest = tf.max(l, 0);
    const shift = where(tf.isFinite(greatest), greatest, tf.zerosLike(greatest));
    return tf.add(tf.log(tf.mean(tf.exp(tf.sub(l, shift)), 0)), shift);
  });
}
