/**
 * The map of a depthwise convolution along two axes, in which each input channel has m filters of its own and meets no
 * other channel: X [B, H, W, C], A [h, w, C, m] → [B, H', W', C·m], the channels last.
 */
import * as tf from '@tensorflow/tfjs';
import { depthwiseFilterGradient, depthwiseInputGradient } from '../numerics/convolutionGradients';
import type { Shape4D } from '../numerics/convolutionWindow';
import { convolution } from './convolution';
import type { Products } from './layersOfFilter';
import type { LinearMap } from './map';
import { planeConvolution, type Window } from './window';

export function depthwiseConvolution(window: Window): LinearMap {
  const { outputShape, squared, gradientOfSquared, ...whole } = convolution(window);
  const [apart, asWhole] = [channelByChannel(window), betweenAll(whole)];
  const { strides, dilations } = window;
  const isPlain = strides[0] === strides[1] && dilations.every((d) => d === 1);
  // TensorFlow's own knows one stride for both axes, and no dilation.
  const way = (): Products => (isPlain || tf.getBackend() !== 'tensorflow' ? apart : asWhole);
  return {
    kind: 'depthwise convolution',
    product: (X, A) => way().product(X, A),
    gradientInX: (dz, X, A) => way().gradientInX(dz, X, A),
    gradientInA: (dz, X, A, i) => way().gradientInA(dz, X, A, i),
    squared,
    gradientOfSquared,
    outputShape: (xShape, [aShape]) => [
      ...outputShape(xShape, [aShape!]).slice(0, -1),
      aShape![2]! * aShape![3]!,
    ],
    channels: ([aShape]) => ({ input: aShape![2]!, output: aShape![2]! * aShape![3]! }),
  };
}

function channelByChannel(window: Window): Products {
  const [strides, dilations] = [window.strides, window.dilations] as Array<[number, number]>;
  const options = { strides: strides!, pad: window.padding, dilations: dilations! };
  return {
    product: (X, [A]) => planeConvolution(X as tf.Tensor4D, A as tf.Tensor4D, options, tf.depthwiseConv2d),
    gradientInX: (dz, X, [A]) =>
      depthwiseInputGradient(X.shape as Shape4D, dz as tf.Tensor4D, A as tf.Tensor4D, options),
    gradientInA: (dz, X, [A]) =>
      depthwiseFilterGradient(X as tf.Tensor4D, dz as tf.Tensor4D, A!.shape as Shape4D, options),
  };
}

/** As a convolution whose filter is 0 between different channels: [h, w, C, C·m]. */
function betweenAll({ product, gradientInX, gradientInA }: Products): Products {
  const diagonal = (A: tf.Tensor): tf.Tensor => {
    const [h, w, C, m] = A.shape as Shape4D;
    return tf.reshape(tf.mul(tf.reshape(A, [h * w, C, 1, m]), tf.reshape(tf.eye(C), [C, C, 1])), [
      h,
      w,
      C,
      C * m,
    ]);
  };
  return {
    product: (X, [A]) => product(X, [diagonal(A!)]),
    gradientInX: (dz, X, [A]) => gradientInX(dz, X, [diagonal(A!)]),
    gradientInA(dz, X, [A]) {
      const [h, w, C, m] = A!.shape as Shape4D;
      const dF = tf.reshape(gradientInA(dz, X, [diagonal(A!)], 0), [h * w, C, C, m]);
      return tf.reshape(tf.sum(tf.mul(dF, tf.reshape(tf.eye(C), [C, C, 1])), 2), A!.shape);
    },
  };
}
