/**
 * The map of a transposed convolution along two axes: the transpose of the convolution that leads from its output to its
 * input. X [B, H, W, I], A [h, w, O, I] → [B, H', W', O], the channels last.
 */
import * as tf from '@tensorflow/tfjs';
import { convFilterGradient, convInputGradient } from '../numerics/convolutionGradients';
import type { Shape4D } from '../numerics/convolutionWindow';
import type { LinearMap } from './map';
import { planeConvolution, type Window } from './window';

export function transposedConvolution({ strides, padding }: Omit<Window, 'dilations'>): LinearMap {
  const options = { strides: strides as [number, number], pad: padding };
  const outputShape: LinearMap['outputShape'] = (xShape, [aShape]) => [
    xShape[0]!,
    ...strides.map((stride, i) => {
      const beyond = padding === 'valid' ? Math.max(aShape![i]! - stride, 0) : 0;
      return xShape[i + 1]! * stride + beyond;
    }),
    aShape![2]!,
  ];
  return {
    kind: 'transposed convolution',
    product: (X, [A]) =>
      convInputGradient(
        outputShape(X.shape, [A!.shape]) as Shape4D,
        X as tf.Tensor4D,
        A as tf.Tensor4D,
        options,
      ),
    gradientInX: (dz, _, [A]) => planeConvolution(dz as tf.Tensor4D, A as tf.Tensor4D, options),
    gradientInA: (dz, X, [A]) =>
      convFilterGradient(dz as tf.Tensor4D, X as tf.Tensor4D, A!.shape as Shape4D, options),
    squared: (X) => tf.square(X),
    gradientOfSquared: (X, dsquared) => tf.mul(tf.mul(2, X), dsquared),
    outputShape,
    channels: ([aShape]) => ({ input: aShape![3]!, output: aShape![2]! }),
    outputAxes: [2],
  };
}
