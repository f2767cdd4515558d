/**
 * The map of a dense layer, z = X·A over the last axis of X: X [..., D], A [D, H] → [..., H].
 *
 *     dX = dz·Aᵀ,   dA = Xᵀ·dz
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import type { LinearMap } from './map';

export const dense: LinearMap = {
  kind: 'dense',
  product: (X, [A]) => behind(X, times(asMatrix(X), A!)),
  productPlus: (X, A, b) => behind(X, timesPlus(asMatrix(X), A, b)),
  gradientInX: (dz, X, [A]) => tf.reshape(timesTransposed(asMatrix(dz), A!), X.shape),
  gradientInA: (dz, X) => transposedTimes(asMatrix(X), asMatrix(dz)),
  squared: (X) => tf.square(X),
  gradientOfSquared: (X, dsquared) => tf.mul(tf.mul(2, X), dsquared),
  outputShape: (xShape, [aShape]) => [...xShape.slice(0, -1), aShape![1]!],
  channels: ([aShape]) => ({ input: aShape![0]!, output: aShape![1]! }),
  outputAxes: [1],
  productsOfEach(X, [A]) {
    const [S, D, H] = A!.shape as [number, number, number];
    return tf.reshape(tf.matMul(tf.reshape(X, [S, X.size / (S * D), D]), A!), [...X.shape.slice(0, -1), H]);
  },
};

const asMatrix = (X: tf.Tensor): tf.Tensor =>
  X.rank === 2 ? X : tf.reshape(X, [X.size / X.shape.at(-1)!, X.shape.at(-1)!]);

const behind = (X: tf.Tensor, z: tf.Tensor): tf.Tensor =>
  X.rank === 2 ? z : tf.reshape(z, [...X.shape.slice(0, -1), z.shape[1]!]);

const times = (X: tf.Tensor, A: tf.Tensor): tf.Tensor => kernels().product?.(X, A) ?? tf.matMul(X, A);

const timesPlus = (X: tf.Tensor, A: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  kernels().affine?.(X, A, b) ?? tf.add(times(X, A), b);

// wasm's matMul runs a plain loop as soon as it is asked to transpose (33–45 ms where its fast path takes 3–4, at
// 128×784×400); elsewhere the flags spare a copy.
const timesTransposed = (Y: tf.Tensor, A: tf.Tensor): tf.Tensor =>
  kernels().product?.(Y, A, 'second') ??
  (tf.getBackend() === 'wasm' ? tf.matMul(Y, tf.transpose(A)) : tf.matMul(Y, A, false, true));

const transposedTimes = (X: tf.Tensor, Y: tf.Tensor): tf.Tensor =>
  kernels().product?.(X, Y, 'first') ??
  (tf.getBackend() === 'wasm' ? tf.matMul(tf.transpose(X), Y) : tf.matMul(X, Y, true, false));
