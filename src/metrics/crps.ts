/**
 * The continuous ranked probability score: how far a predictive distribution F is from the number that came.
 *
 *     CRPS(F, y) = ∫ (F(x) − 1{x ≥ y})² dx  =  E|X − y| − ½ E|X − X'|,      X, X' ~ F independent
 *
 * (Matheson & Winkler 1976; Gneiting & Raftery 2007, J. Am. Stat. Assoc. 102, eq. 20 and 21.) In the unit of the targets,
 * at least 0, and |x − y| for a prediction of one sure number: a mean absolute error for distributions. Strictly proper.
 */
import * as tf from '@tensorflow/tfjs';
import {
  checkAllPositive,
  checkEvery,
  checkFloat32,
  isLive,
  refuse,
  sameShape,
  shown,
  shownShape,
} from '../check';
import { asFloatIfReal } from '../likelihoods/targets';
import { normalCdf, normalDensity } from '../numerics/normal';

/**
 * CRPS of the S draws as they are, each with probability 1/S: [N, ...outputs].
 *
 *     1/S Σ_s |x_s − y|  −  1/(2S²) Σ_s Σ_t |x_s − x_t|
 *
 * As `crps_ensemble` of the Python package properscoring. From few draws of a distribution it is too large on average, by
 * E|X − X'| / 2S. Note that draws of a regression net's mean leave the noise out: add it, or their spread is too small.
 *
 * @param draws [S, N, ...outputs]
 * @param y targets [N, ...outputs]
 * @throws if draws is no float32 tensor or y none of numbers, one holds NaN or Infinity (values are not read on a GPU), or
 * the shapes do not fit.
 *
 * @example
 * crpsEnsemble(tf.tensor2d([[0], [1], [2]]), tf.tensor1d([1])).print(); // [0.222]
 */
export function crpsEnsemble(draws: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const who = 'crpsEnsemble';
  return tf.tidy(() => {
    checkTensor(who, 'draws', draws);
    const targets = targetsOf(who, y);
    if (draws.rank < 1 || !sameShape(draws.shape.slice(1), y.shape))
      refuse(
        who,
        `draws must have one axis before those of y, [S, ${y.shape.join(', ')}]`,
        shownShape(draws.shape),
      );
    const S = draws.shape[0];
    // Descending: of the sorted draws, Σ_s Σ_t |x_s − x_t| = 2 Σ_i (S + 1 − 2i) x_(i), i = 1 … S.
    const { values } = tf.topk(tf.transpose(tf.reshape(draws, [S, y.size])), S);
    const weights = tf.tensor1d(Array.from({ length: S }, (_, i) => (S - 1 - 2 * i) / S ** 2));
    // About the least draw, since the weights cancel what all draws share.
    const spread = tf.sum(tf.mul(tf.sub(values, tf.slice(values, [0, S - 1], [-1, 1])), weights), -1);
    return tf.sub(tf.mean(tf.abs(tf.sub(draws, targets)), 0), tf.reshape(spread, y.shape));
  });
}

/**
 * CRPS of Gaussian predictions Normal(mean, stddev²), of the shape of y:
 *
 *     σ [ z (2Φ(z) − 1) + 2φ(z) − 1/√π ],    z = (y − mean)/σ
 *
 * (Gneiting et al. 2005, Mon. Weather Rev. 133, eq. 5.) As `crps_gaussian` of properscoring.
 *
 * @param stddev of y's shape, or one number for all; above 0 (a tensor's values are not read on a GPU).
 * @throws if mean or stddev is no float32 tensor or y none of numbers, one holds NaN or Infinity (values are not read on a
 * GPU), the shapes differ, or a stddev is not above 0.
 *
 * @example
 * crpsGaussian(tf.tensor1d([0]), 1, tf.tensor1d([0])).print(); // [0.234]
 * const p = await predictive(model, heldOut.x);
 * crpsGaussian(p.mean(), p.stddev(), heldOut.y).mean().print();
 */
export function crpsGaussian(mean: tf.Tensor, stddev: tf.Tensor | number, y: tf.Tensor): tf.Tensor {
  const who = 'crpsGaussian';
  return tf.tidy(() => {
    checkTensor(who, 'mean', mean);
    if (typeof stddev === 'number' && !(stddev > 0 && stddev < Infinity))
      refuse(who, 'stddev must be finite and above 0 everywhere', String(stddev));
    const sigma = typeof stddev === 'number' ? tf.fill(mean.shape, stddev) : stddev;
    checkTensor(who, 'stddev', sigma);
    const targets = targetsOf(who, y);
    for (const [name, tensor] of Object.entries({ stddev: sigma, y })) {
      if (!sameShape(tensor.shape, mean.shape))
        refuse(
          who,
          `${name} must have the shape of mean ${shownShape(mean.shape)}`,
          shownShape(tensor.shape),
        );
    }
    checkAllPositive(who, 'stddev', sigma);
    const z = tf.div(tf.sub(targets, mean), sigma);
    // 2Φ(z) − 1 is odd: from Φ(−|z|), which keeps its digits, |z| (1 − 2Φ(−|z|)).
    const a = tf.abs(z);
    const first = tf.mul(a, tf.sub(1, tf.mul(2, normalCdf(tf.neg(a)))));
    return tf.mul(sigma, tf.add(first, tf.sub(tf.mul(2, normalDensity(z)), 1 / Math.sqrt(Math.PI))));
  });
}

/** The targets as float32, whatever they were, finite. */
function targetsOf(who: string, y: tf.Tensor): tf.Tensor {
  if (!isLive(y)) refuse(who, 'y must be a tensor', shown(y));
  const targets = asFloatIfReal(y);
  checkTensor(who, 'y', targets);
  return targets;
}

function checkTensor(who: string, name: string, tensor: tf.Tensor): void {
  if (!isLive(tensor)) refuse(who, `${name} must be a tensor`, shown(tensor));
  checkFloat32(who, name, tensor);
  if (tensor.size === 0) refuse(who, `${name} must hold numbers`, shownShape(tensor.shape));
  checkEvery(who, name, tensor, 'must be finite everywhere', Number.isFinite);
}
