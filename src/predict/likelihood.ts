/**
 * What a model's output says about the targets, so that its draws become a distribution over them.
 *
 * Of each draw a likelihood tells the expected target (`value`), and how uncertain the target is even so (`noise`): the
 * variance of a Gaussian, the entropy of class probabilities. Averaged over the draws the second is the aleatoric part
 * of the uncertainty; how much the first varies is the epistemic one.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, isTensor, refuse, shown } from '../check';
import { entropy } from '../numerics/entropy';
import { softmax } from '../numerics/softmax';
import { checkScale, meanAndStddev, type Scale } from '../likelihoods/scale';

/**
 * - `categorical`: the last axis holds the probabilities of the classes, two or more, or (`outputs: 'logits'`) their logits.
 *   A sigmoid, or several labels that are yes or no each, is no such output.
 * - `gaussian`: the output is the mean of a target with Gaussian noise of a known stddev (a number, in the unit of the
 *   targets, not a variance), or (`stddev: 'output'`) K means and then K raw scales, as `gaussianNLL` has them.
 */
export type Likelihood =
  { family: 'categorical'; outputs?: 'probabilities' | 'logits' } | { family: 'gaussian'; stddev: Scale };

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type Reading = {
  /** Class probabilities, or the mean of a Gaussian. */
  value: tf.Tensor;
  /** Entropy over the classes in nats, one axis less; or the variance of the noise, one number where it is known. */
  noise: tf.Tensor;
};

/** Reads draws [..., outputs]. @throws if there are not the outputs that the likelihood needs. */
export function read(likelihood: Likelihood, output: tf.Tensor): Reading {
  if (likelihood.family === 'categorical') {
    const value = likelihood.outputs === 'logits' ? softmax(output) : output;
    return { value, noise: entropy(value) };
  }
  if (likelihood.stddev !== 'output')
    return { value: output, noise: tf.fill(output.shape, likelihood.stddev ** 2) };
  const { mean, stddev } = meanAndStddev(output);
  return { value: mean, noise: tf.square(stddev) };
}

/**
 * A frozen copy of the likelihood that somebody gave: what becomes of the original later is nothing to a running prediction.
 *
 * @throws if it is none.
 */
export function checkLikelihood(who: string, likelihood: unknown): Readonly<Likelihood> {
  // A copy first: of what is checked and of what is kept a getter could tell different things.
  const isObject = typeof likelihood === 'object' && likelihood !== null && !isTensor(likelihood);
  const given: Partial<Record<'family' | 'outputs' | 'stddev', unknown>> = isObject ? { ...likelihood } : {};
  if (given.family === 'gaussian') {
    checkKeys(who, given, ['family', 'stddev']);
    checkScale(who, 'stddev of the likelihood', given.stddev);
  } else if (given.family === 'categorical') {
    checkKeys(who, given, ['family', 'outputs']);
    const { outputs } = given;
    if (outputs !== undefined && outputs !== 'probabilities' && outputs !== 'logits')
      refuse(who, "outputs of the likelihood must be 'probabilities' or 'logits'", shown(outputs));
  } else
    refuse(
      who,
      "likelihood must be {family: 'categorical'} or {family: 'gaussian', stddev}",
      shown(likelihood),
      "a stddev is a number, or 'output' for raw scales in the second half of the outputs",
    );
  return Object.freeze(given as Likelihood);
}

/** Are these class probabilities: [..., C ≥ 2], none negative, with the sum 1 to a thousandth? */
export async function areProbabilities(y: tf.Tensor): Promise<boolean> {
  if (y.rank < 2 || y.shape.at(-1)! < 2) return false;
  const sums = tf.tidy(() =>
    tf.logicalAnd(tf.greaterEqual(tf.min(y), 0), tf.less(tf.max(tf.abs(tf.sub(tf.sum(y, -1), 1))), 1e-3)),
  );
  const [yes] = await sums.data();
  sums.dispose();
  return yes === 1;
}
