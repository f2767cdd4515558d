/** The column of ones through which a layer's last row of weights becomes a bias. */
import * as tf from '@tensorflow/tfjs';

/** X [..., D] → [..., D + 1] with ones in the last column; differentiable in X. */
export function appendOnes(X: tf.Tensor): tf.Tensor {
  if (X.rank === 2) return appendOnesToMatrix(X);
  // As a matrix, whatever the rank of X: every backend can pad that.
  const D = X.shape.at(-1)!;
  return tf.reshape(appendOnesToMatrix(tf.reshape(X, [X.size / D, D])), [...X.shape.slice(0, -1), D + 1]);
}

const appendOnesToMatrix = (X: tf.Tensor): tf.Tensor =>
  tf.pad(
    X,
    [
      [0, 0],
      [0, 1],
    ],
    1,
  );
