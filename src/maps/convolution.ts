/**
 * The map of a convolution along one, two or three axes: X [B, ...axes, I], A [...sizes, I, O] → [B, ...axes', O], the
 * channels last.
 *
 * One axis is two with a first one of length 1. The gradients are those of a plain convolution, with a filter that has
 * zeros where a dilated one leaves gaps.
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import type { LinearMap } from './map';
import { dilated, dilatedShape, undilated, type Window } from './window';

export function convolution({ strides, padding, dilations }: Window): LinearMap {
  const volume = strides.length === 3;
  const flat = strides.length === 1;
  const [s, d] = [strides, dilations].map((list) => (flat ? [1, ...list] : [...list])) as [
    number[],
    number[],
  ];
  /** [B, W, I] → [B, 1, W, I] */
  const wide = (X: tf.Tensor): tf.Tensor => (flat ? X.reshape([X.shape[0], 1, ...X.shape.slice(1)]) : X);
  const filter = (A: tf.Tensor): tf.Tensor => (flat ? A.reshape([1, ...A.shape]) : A);
  const attributes = { strides: s, pad: padding, dataFormat: volume ? 'NDHWC' : 'NHWC' };
  const kind = volume ? 'Conv3D' : 'Conv2D';
  const suffix = volume ? 'V2' : '';

  return {
    kind: 'convolution',
    product(X, [A]) {
      const z = volume
        ? tf.conv3d(X as tf.Tensor5D, A as tf.Tensor5D, s as Triple, padding, 'NDHWC', d as Triple)
        : tf.conv2d(wide(X) as tf.Tensor4D, filter(A!) as tf.Tensor4D, s as Pair, padding, 'NHWC', d as Pair);
      return flat ? z.squeeze([1]) : z;
    },
    gradientInX(dz, X, [A]) {
      const inputs = { dy: wide(dz), filter: dilated(filter(A!), d) };
      const inputShape = wide(X).shape;
      const fast = volume ? undefined : kernels().convolutionInputGradient;
      const dX =
        fast?.(inputs.dy, inputs.filter, { strides: s, padding, inputShape }) ??
        run(`${kind}BackpropInput${suffix}`, inputs, { ...attributes, inputShape });
      return dX.reshape(X.shape);
    },
    gradientInA(dz, X, [A]) {
      const filterShape = dilatedShape(filter(A!).shape, d);
      const inputs = { x: wide(X), dy: wide(dz) };
      const dA = run(`${kind}BackpropFilter${suffix}`, inputs, { ...attributes, filterShape });
      return undilated(dA, d).reshape(A!.shape);
    },
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

/** A kernel of TensorFlow.js that has no op of its own. */
export const run = (kernel: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor =>
  tf.engine().runKernel<tf.Tensor>(kernel, inputs, attributes as tf.NamedAttrMap);

type Pair = [number, number];
type Triple = [number, number, number];
