/**
 * The map of a depthwise convolution along two axes, in which each input channel has m filters of its own and meets no
 * other channel: X [B, H, W, C], A [h, w, C, m] → [B, H', W', C·m], the channels last.
 */
import * as tf from '@tensorflow/tfjs';
import { depthwiseFilterGradient, depthwiseInputGradient } from '../numerics/convolutionGradients';
import type { Shape4D } from '../numerics/convolutionWindow';
import { convolution } from './convolution';
import type { LinearMap } from './map';
import type { Window } from './window';

export function depthwiseConvolution(window: Window): LinearMap {
  const [strides, dilations] = [window.strides, window.dilations] as Array<[number, number]>;
  const pad = window.padding;
  const options = { strides: strides!, pad, dilations: dilations! };
  const { outputShape, squared, gradientOfSquared } = convolution(window);
  return {
    kind: 'depthwise convolution',
    product: (X, [A]) =>
      tf.depthwiseConv2d(X as tf.Tensor4D, A as tf.Tensor4D, strides!, pad, 'NHWC', dilations),
    gradientInX: (dz, X, [A]) =>
      depthwiseInputGradient(X.shape as Shape4D, dz as tf.Tensor4D, A as tf.Tensor4D, options),
    gradientInA: (dz, X, [A]) =>
      depthwiseFilterGradient(X as tf.Tensor4D, dz as tf.Tensor4D, A!.shape as Shape4D, options),
    squared,
    gradientOfSquared,
    outputShape: (xShape, [aShape]) => [
      ...outputShape(xShape, [aShape!]).slice(0, -1),
      aShape![2]! * aShape![3]!,
    ],
    channels: ([aShape]) => ({ input: aShape![2]!, output: aShape![2]! * aShape![3]! }),
  };
}
