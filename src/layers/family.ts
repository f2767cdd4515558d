/**
 * The layers that change places with those of `tf.layers`, by the same names: `import { layers } from 'tfjs-bnn'`.
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
