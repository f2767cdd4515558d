/** Where a convolution over two axes puts its filter, as numbers: what TensorFlow.js says with strides, padding and dilations. */
import * as tf from '@tensorflow/tfjs';

type Pair = [number, number];
export type Shape4D = [number, number, number, number];
export type Padding = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;

/** Output p reads the inputs stride · p + dilation · k − before, k = 0, 1, …; outside of the input there are zeros. */
export interface Window {
  /** [batch, height, width, channels] */
  inputShape: Shape4D;
  /** [height, width, channels, outChannels or, depthwise, the multiplier] */
  filterShape: Shape4D;
  /** Height and width of the output. */
  outSize: Pair;
  strides: Pair;
  dilations: Pair;
  /** Rows above and columns to the left of the input. */
  before: Pair;
}

/** What `tf.conv2d` and `tf.depthwiseConv2d` take, channels last. */
export interface ConvolutionOptions {
  strides: number | Pair;
  pad: Padding;
  /** @defaultValue 1 */
  dilations?: number | Pair;
  /** @defaultValue 'floor' */
  dimRoundingMode?: 'floor' | 'round' | 'ceil' | undefined;
}

/** @throws if the gradient of the output has not the output's shape, which loops over memory would go astray by. */
export function windowOf(
  inputShape: Shape4D,
  filterShape: Shape4D,
  dy: tf.Tensor4D,
  { strides, pad, dilations = 1, dimRoundingMode }: ConvolutionOptions,
  depthwise = false,
): Window {
  const info = tf.backend_util.computeConv2DInfo(
    ...([inputShape, filterShape, strides, dilations, pad, dimRoundingMode, depthwise] as const),
  );
  tf.util.assertShapesMatch(dy.shape, info.outShape, 'The gradient of a convolution: ');
  return {
    inputShape,
    filterShape,
    outSize: [info.outHeight, info.outWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.top, info.padInfo.left],
  };
}
