/**
 * The map of a transposed convolution along two axes: the transpose of the convolution that leads from its output to its
 * input. X [B, H, W, I], A [h, w, O, I] → [B, H', W', O], the channels last.
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import { run } from './convolution';
import type { LinearMap } from './map';
import type { Window } from './window';

export function transposedConvolution({ strides, padding }: Omit<Window, 'dilations'>): LinearMap {
  const attributes = { strides: [...strides], pad: padding, dataFormat: 'NHWC' };
  const outputShape = (xShape: readonly number[], [aShape]: ReadonlyArray<readonly number[]>): number[] => [
    xShape[0]!,
    ...strides.map((stride, i) => {
      const beyond = padding === 'valid' ? Math.max(aShape![i]! - stride, 0) : 0;
      return xShape[i + 1]! * stride + beyond;
    }),
    aShape![2]!,
  ];
  return {
    kind: 'transposed convolution',
    product(X, [A]) {
      const inputShape = outputShape(X.shape, [A!.shape]);
      return (
        kernels().convolutionInputGradient?.(X, A!, { strides, padding, inputShape }) ??
        run('Conv2DBackpropInput', { dy: X, filter: A! }, { ...attributes, inputShape })
      );
    },
    gradientInX: (dz, _, [A]) =>
      tf.conv2d(dz as tf.Tensor4D, A as tf.Tensor4D, [...strides] as [number, number], padding),
    gradientInA: (dz, X, [A]) =>
      run('Conv2DBackpropFilter', { x: dz, dy: X }, { ...attributes, filterShape: A!.shape }),
    squared: (X) => tf.square(X),
    gradientOfSquared: (X, dsquared) => tf.mul(tf.mul(2, X), dsquared),
    outputShape,
    channels: ([aShape]) => ({ input: aShape![3]!, output: aShape![2]! }),
    outputAxes: [2],
  };
}
