/**
 * The best prediction that does not look at the inputs: one distribution for all targets, of the family of the likelihood and
 * of the greatest likelihood on these targets. A net that is worse has learned nothing.
 *
 *     Gaussian, Student's t    the mean and stddev of each column      ½ ln 2πe σ² nats for each number
 *     classes, labels          their frequencies                       their entropy
 *     counts                   their mean rate
 */
import * as tf from '@tensorflow/tfjs';
import type { Likelihood } from '../likelihoods/likelihood';
import { poissonNLL } from '../likelihoods/poisson';

/**
 * Its NLL on the targets [N, ...], nats per example.
 *
 * @param width how many numbers a row of the prediction holds: classes are one-hot if a target has as many
 */
export async function constantNLL(y: tf.Tensor, likelihood: Likelihood, width: number): Promise<number> {
  const nll = tf.tidy(() => {
    const N = y.shape[0];
    const columns = tf.reshape(tf.cast(y, 'float32'), [N, -1]);
    const { mean, variance } = tf.moments(columns, 0);
    switch (likelihood.family) {
      case 'gaussian':
      case 'studentT':
        return tf.sum(tf.mul(0.5, tf.log(tf.maximum(tf.mul(2 * Math.PI * Math.E, variance), 1e-12))));
      case 'bernoulli':
        return tf.sum(entropyTerms(tf.stack([mean, tf.sub(1, mean)])));
      case 'poisson': {
        const rate = tf.mul(tf.onesLike(columns), tf.maximum(mean, 1e-12));
        return tf.mean(poissonNLL({ outputs: 'rate' })(columns, rate));
      }
      case 'categorical': {
        if (columns.shape[1] === width) return tf.sum(entropyTerms(mean));
        const index = tf.cast(columns, 'int32');
        const C = 1 + tf.max(index).dataSync()[0]!;
        return tf.sum(entropyTerms(tf.mean(tf.cast(tf.oneHot(index, C), 'float32'), 0)));
      }
    }
  });
  const [value] = await nll.data();
  nll.dispose();
  return value!;
}

/** −p ln p, and 0 where p = 0. */
const entropyTerms = (p: tf.Tensor): tf.Tensor => tf.neg(tf.mul(p, tf.log(tf.maximum(p, 1e-37))));
