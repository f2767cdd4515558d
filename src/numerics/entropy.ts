/**
 * The entropy of class probabilities, and its split into what the data and what the weights leave open, in nats:
 *
 *     H[p] = −Σ_c p_c ln p_c,     H[ E p ]  =  E H[ p ]  +  ( H[ E p ] − E H[ p ] )
 *                                 total        aleatoric    epistemic
 *
 * (Houlsby et al. 2011, arXiv:1112.5745, eq. 2; Depeweg et al. 2018, arXiv:1710.07283, eq. 6.) The epistemic part is
 * the mutual information between the label and the weights.
 */
import * as tf from '@tensorflow/tfjs';
import { defineOp } from '../op';
import { where } from './where';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type EntropySplit = {
  /** Entropy of the predictive mean, nats, [N]. */
  total: tf.Tensor;
  /** Mean entropy of the draws: what stays open even if the weights were known. */
  aleatoric: tf.Tensor;
  /** The rest, never below 0: what the weights leave open. */
  epistemic: tf.Tensor;
};

/**
 * Entropy over the last axis, nats; 0 ln 0 counts as 0. probabilities [..., C] → [...], a fresh tensor, differentiable
 * (with slope 0 where p = 0, whose true slope is infinite).
 */
export function entropy(probabilities: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.neg(tf.sum(pLnP(probabilities), -1)));
}

/** The split from the entropy of the mean of the draws, and the mean of their entropies. Fresh tensors. */
export function splitEntropy(total: tf.Tensor, meanEntropy: tf.Tensor): EntropySplit {
  return tf.tidy(() => ({
    total: tf.clone(total),
    aleatoric: tf.clone(meanEntropy),
    // By Jensen's inequality the difference is not negative; rounding makes it so.
    epistemic: tf.relu(tf.sub(total, meanEntropy)),
  }));
}

const pLnP = defineOp({
  name: 'BNNPLnP',
  forward: (p) => tf.mul(p, lnOfPositive(p)),
  gradients: (dy, [p]) => [
    () => where(tf.greater(p!, 0), tf.mul(dy, tf.add(lnOfPositive(p!), 1)), tf.zerosLike(p!)),
  ],
});

/** ln p, and 0 where p = 0. */
const lnOfPositive = (p: tf.Tensor): tf.Tensor => tf.log(where(tf.greater(p, 0), p, tf.onesLike(p)));
