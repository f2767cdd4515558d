/** The layers that change places with those of `tf.layers`, by the same names: `import { layers } from 'tfjs-bnn'`. */
import { conv1d, conv2d, conv3d } from './conv';
import { conv2dTranspose } from './conv2dTranspose';
import { dense } from './dense';
import { depthwiseConv2d } from './depthwiseConv2d';
import { embedding } from './embedding';
import { gru, lstm, simpleRNN } from './recurrent';
import { bayesian } from './wrapper';

// An object and not a namespace, which a build would need a helper for: all classes are registered anyway, so that a page
// which imports anything of the package can load any model saved with it.
/**
 * The layers of `tf.layers`, by the same names and with the same options and output shapes, whose weights have a posterior.
 * `dense`, the convolutions and `embedding` draw by an estimator of choice; the recurrent ones, and any layer in `bayesian`,
 * draw their weights once for the whole pass.
 *
 * @namespace
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   layers.dense({ units: 50, activation: 'relu', inputShape: [1], datasetSize: 64 }),
 *   layers.dense({ units: 1, datasetSize: 64 }),
 * ] });
 */
export const layers = {
  bayesian,
  conv1d,
  conv2d,
  conv2dTranspose,
  conv3d,
  dense,
  depthwiseConv2d,
  embedding,
  gru,
  lstm,
  simpleRNN,
};
