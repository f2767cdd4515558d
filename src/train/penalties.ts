/**
 * What `fit` adds to the loss beside the KL: penalties of plain layers, as `kernelRegularizer` makes them.
 *
 * `fit` adds up `model.calculateLosses()`. Between passes no KL is due there, so that what is left are the penalties, each as
 * often as `fit` counts it: twice for a layer at two nodes, not at all in a sequential within a sequential.
 */
import * as tf from '@tensorflow/tfjs';
import { bayesianLayers, innerLayers, isBayesian } from '../layers/bayesian';
import { settled, type Settled } from './settled';

/** Has any layer a term of the loss other than its KL? */
export function hasPenalties(layer: tf.layers.Layer): boolean {
  const inner = innerLayers(layer);
  // A model's own list is that of its layers.
  const own = 'layers' in layer ? 0 : layer.losses.length;
  return own > (isBayesian(layer) ? 1 : 0) || inner.some(hasPenalties);
}

/** Their sum at the weights of now, outside of a pass. */
export function penalties(model: tf.LayersModel): Settled {
  const sum = tf.tidy((): tf.Scalar => {
    // A call in training that nobody took a loss of leaves a KL due: it is no part of the pass to come.
    bayesianLayers(model).forEach((layer) => layer.calculateLosses());
    return tf.addN(model.calculateLosses().map((loss) => tf.sum(loss)));
  });
  return settled(sum);
}
