/** A trained Bayesian net as a plain one with the mean weights. */
import type * as tf from '@tensorflow/tfjs';
import { plainModel } from './plainModel';

/**
 * The net with the mean weights: deterministic, made of `tf.layers` and your own layers, loadable without this package.
 * Of `layers.bayesian({layer})`, and of `layers.lstm`, a copy of the layer inside is what remains.
 *
 * For a net with non-linearities this is not the mean of the predictive but one plausible net, cheap and without a
 * notion of its uncertainty. Its weights are copies. Layers without weights are shared with the Bayesian net, and so is
 * a frozen one whose `getConfig` does not suffice for a copy; either model may be disposed of first. The plain net is the
 * caller's to dispose of.
 *
 * Each layer is compared with its counterpart on a few rows, so that the plain net predicts what the Bayesian one does
 * where its scales are near 0.
 *
 * @throws if a copied layer makes other numbers than its original (by name); if a column of ones reaches the output, or a
 * layer that is neither dense nor one that looks at each column by itself (activations but softmax, batch normalisation,
 * dropout, poolings, sums); if a non_linearity is a function; if a Bayesian layer sits in a wrapper other than
 * `timeDistributed`. Nothing is left behind then.
 *
 * @example
 * const plain = posteriorMean(model);
 * const guess = plain.predict(xNew); // [5, 1], the same each time
 * plain.dispose();
 */
export function posteriorMean(model: tf.LayersModel): tf.LayersModel {
  return plainModel('posteriorMean', model, 'posterior_mean');
}
