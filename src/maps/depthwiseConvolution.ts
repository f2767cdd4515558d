/**
 * The map of a depthwise convolution along two axes, in which each input channel has m filters of its own and meets no
 * other channel: X [B, H, W, C], A [h, w, C, m] → [B, H', W', C·m], the channels last.
 */
import * as tf from '@tensorflow/tfjs';
import { convolution, run } from './convolution';
import type { LinearMap } from './map';
import { dilated, dilatedShape, undilated, type Window } from './window';

export function depthwiseConvolution(window: Window): LinearMap {
  const { strides, padding, dilations } = window;
  const attributes = { strides: [...strides], pad: padding, dilations: [1, 1] };
  const { outputShape } = convolution(window);
  return {
    kind: 'depthwise convolution',
    product: (X, [A]) =>
      tf.depthwiseConv2d(
        X as tf.Tensor4D,
        A as tf.Tensor4D,
        [...strides] as [number, number],
        padding,
        'NHWC',
        [...dilations] as [number, number],
      ),
    gradientInX: (dz, X, [A]) =>
      run(
        'DepthwiseConv2dNativeBackpropInput',
        { dy: dz, filter: dilated(A!, dilations) },
        { ...attributes, inputShape: X.shape },
      ),
    gradientInA(dz, X, [A]) {
      const filterShape = dilatedShape(A!.shape, dilations);
      const dA = run('DepthwiseConv2dNativeBackpropFilter', { x: X, dy: dz }, { ...attributes, filterShape });
      return undilated(dA, dilations);
    },
    squared: (X) => tf.square(X),
    gradientOfSquared: (X, dsquared) => tf.mul(tf.mul(2, X), dsquared),
    outputShape: (xShape, [aShape]) => [
      ...outputShape(xShape, [aShape!]).slice(0, -1),
      aShape![2]! * aShape![3]!,
    ],
    channels: ([aShape]) => ({ input: aShape![2]!, output: aShape![2]! * aShape![3]! }),
  };
}
