/** The factor and the weight of the KL in the loss of a whole model. */
import type * as tf from '@tensorflow/tfjs';
import { checkNotNegative, checkPositiveInteger } from '../check';
import { someBayesianLayers } from '../layers/bayesian';
import { warnOfBiases } from '../layers/warnings';

/**
 * Tells every Bayesian layer of a model, nested ones too, the number of examples that it is trained on.
 *
 * Each layer's klFactor (KL_factor among the options of a HiddenLayer) becomes 1 / N: `fit` averages the negative log likelihood over the batch and adds the KL once,
 * so that the loss is the negative ELBO per example in nats. That holds for losses that are mean negative log
 * likelihoods: `gaussianNLL`, `categoricalCrossentropy`; not for `meanSquaredError`, which silently means a noise
 * variance of half the number of outputs. Without validation examples: N counts what is trained on.
 *
 * @throws if N is no whole number of at least 1, or the model holds no Bayesian layer.
 *
 * @example
 * setDatasetSize(model, x.shape[0]);
 * await model.fit(x, y, { epochs: 10 });
 */
export function setDatasetSize(model: tf.LayersModel, N: number): void {
  checkPositiveInteger('setDatasetSize', 'N', N);
  for (const layer of someBayesianLayers('setDatasetSize', model)) layer.klFactor = 1 / N;
  warnOfBiases(model);
}

/**
 * Sets the klWeight T of every Bayesian layer of a model, nested ones too: the loss is then nll + T · klFactor · KL.
 *
 * T = 1 is the ELBO. T < 1 is a tempered ("cold") posterior: Wenzel et al. 2020, arXiv:2002.02405.
 *
 * @throws if T is negative or not finite, or the model holds no Bayesian layer.
 *
 * @example
 * setKLWeight(model, 0.1); // a posterior colder than Bayes' rule has it
 * await model.fit(x, y, { epochs: 10 });
 */
export function setKLWeight(model: tf.LayersModel, T: number): void {
  checkNotNegative('setKLWeight', 'T', T);
  for (const layer of someBayesianLayers('setKLWeight', model)) layer.klWeight = T;
}
