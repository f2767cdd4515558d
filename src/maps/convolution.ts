/**
 * The map of a convolution along one, two or three axes: X [B, ...axes, I], A [...sizes, I, O] → [B, ...axes', O], the
 * channels last.
 *
 * One axis is two with a first one of length 1. The gradients are those of a plain convolution, with a filter that has
 * zeros where a dilated one leaves gaps.
 */
import * as tf from '@tensorflow/tfjs';
import { convFilterGradient, convInputGradient } from '../numerics/convolutionGradients';
import type { LinearMap } from './map';
import { dilated, dilatedShape, undilated, type Window } from './window';

export function convolution(window: Window): LinearMap {
  const { strides, padding, dilations } = window;
  return {
    kind: 'convolution',
    ...(strides.length === 3 ? inVolumes(window) : inPlanes(window)),
    squared: (X) => tf.square(X),
    gradientOfSquared: (X, dsquared) => tf.mul(tf.mul(2, X), dsquared),
    outputShape: (xShape, [aShape]) => [
      xShape[0]!,
      ...strides.map((stride, i) => {
        const reach = (aShape![i]! - 1) * dilations[i]!;
        const length = xShape[i + 1]! - (padding === 'same' ? 0 : reach);
        return Math.max(0, Math.ceil(length / stride));
      }),
      aShape!.at(-1)!,
    ],
    channels: ([aShape]) => ({ input: aShape!.at(-2)!, output: aShape!.at(-1)! }),
    outputAxes: [strides.length + 1],
  };
}

type Products = Pick<LinearMap, 'product' | 'gradientInX' | 'gradientInA'>;

/** Along two axes, or along one, which is two with a first one of length 1. */
function inPlanes({ strides, padding, dilations }: Window): Products {
  const alongOne = strides.length === 1;
  const pair = (list: readonly number[]): [number, number] => [alongOne ? 1 : list[0]!, list.at(-1)!];
  const options = { strides: pair(strides), pad: padding, dilations: pair(dilations) };
  /** [B, W, I] → [B, 1, W, I] */
  const plane = (X: tf.Tensor): tf.Tensor4D =>
    (alongOne ? X.reshape([X.shape[0], 1, ...X.shape.slice(1)]) : X) as tf.Tensor4D;
  const filter = (A: tf.Tensor): tf.Tensor4D => (alongOne ? A.reshape([1, ...A.shape]) : A) as tf.Tensor4D;
  return {
    product(X, [A]) {
      const z = tf.conv2d(plane(X), filter(A!), options.strides, padding, 'NHWC', options.dilations);
      return alongOne ? z.squeeze([1]) : z;
    },
    gradientInX: (dz, X, [A]) =>
      convInputGradient(plane(X).shape, plane(dz), filter(A!), options).reshape(X.shape),
    gradientInA: (dz, X, [A]) =>
      convFilterGradient(plane(X), plane(dz), filter(A!).shape, options).reshape(A!.shape),
  };
}

/** Along three axes: TensorFlow.js has gradients of filters without dilation alone. */
function inVolumes({ strides, padding, dilations }: Window): Products {
  const triple = (list: readonly number[]): [number, number, number] => list as [number, number, number];
  const attributes = { strides: [...strides], pad: padding, dataFormat: 'NDHWC' };
  const run = (kernel: string, inputs: tf.NamedTensorMap, more: object): tf.Tensor =>
    tf.engine().runKernel<tf.Tensor>(kernel, inputs, { ...attributes, ...more });
  return {
    product: (X, [A]) =>
      tf.conv3d(X as tf.Tensor5D, A as tf.Tensor5D, triple(strides), padding, 'NDHWC', triple(dilations)),
    gradientInX: (dz, X, [A]) =>
      run('Conv3DBackpropInputV2', { dy: dz, filter: dilated(A!, dilations) }, { inputShape: X.shape }),
    gradientInA: (dz, X, [A]) =>
      undilated(
        run('Conv3DBackpropFilterV2', { x: X, dy: dz }, { filterShape: dilatedShape(A!.shape, dilations) }),
        dilations,
      ),
  };
}
