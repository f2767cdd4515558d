/**
 * The gradients of a convolution over two axes in its input and in its filter, channels last, by the best that the
 * backend has. Convolutions over one axis are such with a height of 1.
 *
 * TensorFlow.js' own gradients refuse dilations above 1, and some backends lack them: there a convolution computes them.
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import { windowOf, type ConvolutionOptions, type Shape4D, type Window } from './convolutionWindow';
import { depthwiseTaps } from './depthwiseTaps';
import { filterConvolution, turnedConvolution, turnedDepthwise } from './turnedConvolution';

/** x [batch, height, width, channels], dy of the output's shape. @returns [...filterShape] */
export function convFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: Shape4D,
  options: ConvolutionOptions,
): tf.Tensor4D {
  const window = windowOf(x.shape, filterShape, dy, options);
  const fast = kernels().convFilterGradient;
  if (fast) return fast(x, dy, window);
  return hasKernel('Conv2DBackpropFilter', window)
    ? run('Conv2DBackpropFilter', { x, dy }, { ...attributes(options), dataFormat: 'NHWC', filterShape })
    : filterConvolution(x, dy, window);
}

/** dy of the output's shape, filter [height, width, channels, outChannels]. @returns [...inputShape] */
export function convInputGradient(
  inputShape: Shape4D,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: ConvolutionOptions,
): tf.Tensor4D {
  const window = windowOf(inputShape, filter.shape, dy, options);
  const fast = kernels().convInputGradient;
  if (fast) return fast(dy, filter, window);
  return hasKernel('Conv2DBackpropInput', window)
    ? run('Conv2DBackpropInput', { dy, filter }, { ...attributes(options), dataFormat: 'NHWC', inputShape })
    : turnedConvolution(dy, filter, window);
}

/** The same of a depthwise convolution, whose filter is [height, width, channels, multiplier]. */
export function depthwiseFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: Shape4D,
  options: ConvolutionOptions,
): tf.Tensor4D {
  const name = 'DepthwiseConv2dNativeBackpropFilter';
  const window = windowOf(x.shape, filterShape, dy, options, true);
  const fast = kernels().depthwiseFilterGradient;
  if (fast) return fast(x, dy, window);
  return hasKernel(name, window)
    ? run(name, { x, dy }, { ...attributes(options), filterShape })
    : depthwiseTaps(x, dy, window);
}

export function depthwiseInputGradient(
  inputShape: Shape4D,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: ConvolutionOptions,
): tf.Tensor4D {
  const name = 'DepthwiseConv2dNativeBackpropInput';
  const window = windowOf(inputShape, filter.shape, dy, options, true);
  return hasKernel(name, window)
    ? run(name, { dy, filter }, { ...attributes(options), inputShape })
    : turnedDepthwise(dy, filter, window);
}

const attributes = ({ strides, pad, dimRoundingMode }: ConvolutionOptions): Record<string, unknown> => ({
  ...{ strides, pad, dilations: 1 },
  ...(dimRoundingMode === undefined ? {} : { dimRoundingMode }),
});

const hasKernel = (name: string, { dilations }: Window): boolean =>
  Math.max(...dilations) === 1 && tf.getKernel(name, tf.getBackend()) != null;

const run = (name: string, inputs: Record<string, tf.Tensor>, attrs: object): tf.Tensor4D =>
  tf.engine().runKernel(name, inputs, attrs as never);
