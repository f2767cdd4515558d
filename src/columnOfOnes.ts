/** The column of ones through which a layer's last row of weights becomes a bias. */
import * as tf from '@tensorflow/tfjs';

/** X [..., D] → [..., D + 1] with ones in the last column; differentiable in X. */
export function appendOnes(X: tf.Tensor): tf.Tensor {
  const D = X.shape.at(-1)!;
  const rows = X.size / D;
  // Padding of a matrix, whatever the rank of X: every backend has it, in one kernel.
  return tf
    .pad(
      X.reshape([rows, D]),
      [
        [0, 0],
        [0, 1],
      ],
      1,
    )
    .reshape([...X.shape.slice(0, -1), D + 1]);
}
