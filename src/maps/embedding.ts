/**
 * The map of an embedding: X [...] of whole numbers, A [V, H] → [..., H], z the rows of A that X names.
 *
 * It is the dense map of rows with a single one, X_onehot·A, which are their own squares. Nothing is differentiable in X.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
// wasm has no sum over segments of its own.
import '../kernels/wasmGaps';
import type { LinearMap } from './map';

export const embedding: LinearMap = {
  kind: 'embedding',
  product: (X, [A]) => tf.reshape(tf.gather(A!, asIndices(X)), [...X.shape, A!.shape[1]!]),
  gradientInX: () => noGradient(),
  gradientInA: (dz, X, [A]) =>
    tf.unsortedSegmentSum(tf.reshape(dz, [X.size, A!.shape[1]!]), asIndices(X), A!.shape[0]),
  squared: (X) => X,
  gradientOfSquared: () => noGradient(),
  outputShape: (xShape, [aShape]) => [...xShape, aShape![1]!],
  channels: ([aShape]) => ({ output: aShape![1]! }),
  outputAxes: [1],
};

const asIndices = (X: tf.Tensor): tf.Tensor1D => tf.reshape(tf.cast(X, 'int32'), [X.size]);

const noGradient = (): never =>
  refuse('embedding', 'the input must not depend on anything trained', 'one that does');
