/**
 * The softmax and its logarithm for logits that may be infinite: a class at −Infinity is masked, one at +Infinity is sure.
 *
 *     softmax(l)_c = e^l_c / Σ_k e^l_k,      where some are +Infinity: 1/n for these n, and 0 for the others
 *
 * the limit of logits that grow together. TensorFlow.js subtracts the greatest logit, and Infinity − Infinity is NaN. A row
 * with nothing but −Infinity has no softmax: NaN.
 */
import * as tf from '@tensorflow/tfjs';
import { where } from './where';

/** Over the last axis, a fresh tensor. */
export const softmax = (logits: tf.Tensor): tf.Tensor => tf.softmax(withFiniteTop(logits));

/** Over the last axis, a fresh tensor. */
export const lnSoftmax = (logits: tf.Tensor): tf.Tensor => tf.logSoftmax(withFiniteTop(logits));

/** Logits of the same softmax, of which none is +Infinity. */
function withFiniteTop(logits: tf.Tensor): tf.Tensor {
  const isTop = tf.equal(logits, Infinity);
  const zerosOnTop = where(isTop, tf.zerosLike(logits), tf.fill(logits.shape, -Infinity));
  return where(tf.broadcastTo(tf.any(isTop, -1, true), logits.shape), zerosOnTop, logits);
}
