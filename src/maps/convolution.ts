/**
 * The map of a convolution along one, two or three axes: X [B, ...axes, I], A [...sizes, I, O] → [B, ...axes', O], the
 * channels last.
 *
 * One axis is two with a first one of length 1; three are a sum over two (see `layersOfFilter.ts`).
 */
import * as tf from '@tensorflow/tfjs';
import { convFilterGradient, convInputGradient } from '../numerics/convolutionGradients';
import { inVolumes, type Products } from './layersOfFilter';
import type { LinearMap } from './map';
import { along, planeConvolution, type Window } from './window';

export function convolution(window: Window): LinearMap {
  const { strides } = window;
  return {
    kind: 'convolution',
    ...(strides.length === 3 ? inVolumes(window, inPlanes) : inPlanes(window)),
    squared: (X) => tf.square(X),
    gradientOfSquared: (X, dsquared) => tf.mul(tf.mul(2, X), dsquared),
    outputShape: (xShape, [aShape]) => [
      xShape[0]!,
      ...strides.map((_, i) => along(window, i, xShape[i + 1]!, aShape![i]!).length),
      aShape!.at(-1)!,
    ],
    channels: ([aShape]) => ({ input: aShape!.at(-2)!, output: aShape!.at(-1)! }),
    outputAxes: [strides.length + 1],
  };
}

/** Along two axes, or along one, which is two with a first one of length 1. */
function inPlanes({ strides, padding, dilations }: Window): Products {
  const alongOne = strides.length === 1;
  const pair = (list: readonly number[]): [number, number] => [alongOne ? 1 : list[0]!, list.at(-1)!];
  const options = { strides: pair(strides), pad: padding, dilations: pair(dilations) };
  /** [B, W, I] → [B, 1, W, I] */
  const plane = (X: tf.Tensor): tf.Tensor4D => (alongOne ? tf.expandDims(X, 1) : X) as tf.Tensor4D;
  const filter = (A: tf.Tensor): tf.Tensor4D => (alongOne ? tf.expandDims(A, 0) : A) as tf.Tensor4D;
  return {
    product(X, [A]) {
      const z = planeConvolution(plane(X), filter(A!), options);
      return alongOne ? tf.squeeze(z, [1]) : z;
    },
    gradientInX: (dz, X, [A]) =>
      tf.reshape(convInputGradient(plane(X).shape, plane(dz), filter(A!), options), X.shape),
    gradientInA: (dz, X, [A]) =>
      tf.reshape(convFilterGradient(plane(X), plane(dz), filter(A!).shape, options), A!.shape),
  };
}
