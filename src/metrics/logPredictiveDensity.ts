/**
 * The log predictive density of draws: that of their mixture,
 *
 *     ln p(y) = ln 1/S Σ_s p(y | output_s) = logsumexp_s ln p(y | output_s) − ln S                  nats
 *
 * (Gelman, Hwang & Vehtari 2014, arXiv:1307.5928, eq. 5.) It is not the mean of the draws' log densities, which by
 * Jensen's inequality is less; and it is not the density at the mean output.
 */
import * as tf from '@tensorflow/tfjs';
import { isLive, refuse, shown, shownShape } from '../check';
import type { NegativeLogLikelihood } from '../likelihoods/likelihood';
import { logMeanExp } from '../numerics/logMeanExp';

/**
 * ln of the predictive density of each target, nats, [N]: the higher, the better; −Infinity where no draw gives the target
 * any. Its negative mean is the NLL of the predictive distribution.
 *
 * @param draws outputs of the model, [S, N, ...outputs], as `draws()` of a `Predictive` gives them.
 * @param y targets [N, ...], as the likelihood takes them.
 * @param likelihood any of this package's, e.g. `gaussianNLL({stddev: 'output'})`, `categoricalNLL()`.
 * @throws if draws or y is no tensor, or their N differs; likelihood is no such function; what the likelihood refuses.
 *
 * @example
 * const p = await predictive(model, heldOut.x, { samples: 50, draws: true });
 * logPredictiveDensity(p.draws(), heldOut.y, gaussianNLL({ stddev: 0.1 })).mean().print();
 */
export function logPredictiveDensity(
  draws: tf.Tensor,
  y: tf.Tensor,
  likelihood: NegativeLogLikelihood,
): tf.Tensor1D {
  const who = 'logPredictiveDensity';
  if (!isLive(draws) || draws.rank < 2 || draws.size === 0)
    refuse(who, 'draws must be a tensor [S, N, ...outputs]', shown(draws));
  if (!isLive(y) || y.shape[0] !== draws.shape[1])
    refuse(
      who,
      `y must be a tensor of the ${draws.shape[1]!} targets of ${shownShape(draws.shape)}`,
      shown(y),
    );
  if (typeof likelihood !== 'function')
    refuse(
      who,
      'likelihood must be a loss of this package',
      shown(likelihood),
      'e.g. gaussianNLL({stddev: 0.1})',
    );
  return tf.tidy(() => {
    const [S, N] = draws.shape as [number, number];
    const repeated = tf.tile(y, [S, ...y.shape.slice(1).map(() => 1)]);
    const nll = likelihood(repeated, tf.reshape(draws, [S * N, ...draws.shape.slice(2)]));
    if (!isLive(nll) || nll.size !== S * N)
      refuse(
        who,
        'likelihood must return one number for each example',
        shown(nll),
        'gaussianNLL and the other losses of this package do',
      );
    return logMeanExp(tf.neg(tf.reshape(nll, [S, N]))) as tf.Tensor1D;
  });
}
