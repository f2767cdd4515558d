/** A trained Bayesian net as a plain one with the mean weights. */
import type * as tf from '@tensorflow/tfjs';
import { plainModel } from './plainModel';

/**
 * The net with the mean weights: deterministic, made of `tf.layers` only, loadable without this package.
 *
 * For a net with non-linearities this is not the mean of the predictive but one plausible net, cheap and without a
 * notion of its uncertainty. The weights are copies; the model is the caller's to dispose of.
 *
 * @throws if a column of ones reaches a layer that is neither a HiddenLayer nor dense (nor a dropout), or the output;
 * if a non_linearity is a function; if a Bayesian layer sits in a wrapper other than `timeDistributed`.
 */
export function posteriorMean(model: tf.LayersModel): tf.LayersModel {
  return plainModel('posteriorMean', model, 'posterior_mean', (layer) => layer.posterior().A_mean);
}
