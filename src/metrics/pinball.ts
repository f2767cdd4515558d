/** The loss whose least expectation is at a quantile: Koenker & Bassett 1978, Econometrica 46, 33. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, refuse, shown } from '../check';
import { checkOptions, checkPair } from '../likelihoods/likelihood';
import { asFloat, finiteTargets } from '../likelihoods/targets';
import { named } from '../likelihoods/named';

export interface PinballLossOptions {
  /** The level of the quantile that yPred is, above 0 and below 1; 0.5 is the median. */
  quantile: number;
}

/**
 * Pinball (or quantile) loss, one number per example [B]:
 *
 *     mean over outputs of   τ max(y − q, 0) + (1 − τ) max(q − y, 0)
 *
 * in the unit of the targets. Its mean is scikit-learn's `mean_pinball_loss(y_true, y_pred, alpha=τ)`; at τ = 0.5 it is
 * half the mean absolute error. A loss and a metric for `compile`, and a plain function of yTrue and yPred, both
 * [B, ...outputs]. As a loss it is no likelihood: with a KL it makes no ELBO.
 *
 * @throws if quantile is not above 0 and below 1; the loss, if the shapes differ or a target is NaN or infinite (values are
 * not read on a GPU).
 *
 * @example
 * model.compile({ optimizer: adam(), loss: gaussianNLL({ stddev: 0.1 }), metrics: [pinballLoss({ quantile: 0.5 })] });
 * pinballLoss({ quantile: 0.9 })(tf.tensor2d([[1]]), tf.tensor2d([[0]])).print(); // [0.9]
 */
export function pinballLoss(
  options: PinballLossOptions,
): (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor1D {
  const who = 'pinballLoss';
  checkOptions(who, options, '{quantile: 0.9}');
  checkKeys(who, options, ['quantile']);
  const { quantile: tau } = options;
  if (typeof tau !== 'number' || !(tau > 0 && tau < 1))
    refuse(who, 'quantile must be above 0 and below 1', shown(tau));

  return named(who, (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor1D => {
    checkPair(who, yTrue, yPred);
    return tf.tidy(() => {
      const [y, q] = [finiteTargets(who, yTrue), asFloat(yPred)];
      const d = tf.sub(y, q);
      const loss = tf.add(tf.mul(tau, tf.relu(d)), tf.mul(1 - tau, tf.relu(tf.neg(d))));
      return tf.mean(tf.reshape(loss, [y.shape[0], -1]), 1);
    });
  });
}
