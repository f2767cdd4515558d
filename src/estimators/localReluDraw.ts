/** The draw of `moments.ts` through relu with a column of ones, which is what most layers are in prediction. */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import { localDraw } from '../gaussian/moments';
import { recordedTape } from '../op';
import { reluWithOnes } from '../numerics/relu';

/** reluWithOnes(localDraw(…)), in one go where a backend can and no gradient is asked for. */
export function localReluDraw(
  X: tf.Tensor,
  A_mean: tf.Tensor,
  A_variance: tf.Tensor,
  noise: tf.Tensor,
): tf.Tensor {
  const { localReluDraw: fast } = kernels();
  if (fast !== undefined && recordedTape() === undefined) return fast([X, A_mean, A_variance, noise]);
  return tf.tidy(() => reluWithOnes(localDraw(X, A_mean, A_variance, noise)));
}
