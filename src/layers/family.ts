/**
 * The layers of `tf.layers`, by the same names and with the same options and output shapes, whose weights have a posterior:
 * `import { layers } from 'tfjs-bnn'`. `dense`, the convolutions and `embedding` draw by an estimator of choice; the recurrent
 * ones, and any layer in `bayesian`, draw their weights once for the whole pass.
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   layers.dense({ units: 50, activation: 'relu', inputShape: [1], datasetSize: 64 }),
 *   layers.dense({ units: 1, datasetSize: 64 }),
 * ] });
 *
 * @module
 */
export { conv1d, conv2d, conv3d } from './conv';
export { conv2dTranspose } from './conv2dTranspose';
export { dense } from './dense';
export { depthwiseConv2d } from './depthwiseConv2d';
export { embedding } from './embedding';
export { gru, lstm, simpleRNN } from './recurrent';
export { bayesian } from './wrapper';
