/**
 * h = max(0, z), alone or with a column of ones behind it, and its gradient from its output: dz = dh where h > 0, else 0.
 */
import * as tf from '@tensorflow/tfjs';
import { appendOnes } from './columnOfOnes';
import { kernels } from './kernels/door';
import { defineFusedOp } from './op';

export const relu = (z: tf.Tensor): tf.Tensor => reluOp([z], {})[0]!;

const reluOp = defineFusedOp({
  name: 'BNNRelu',
  arity: 1,
  keepsOutputs: true,
  forward: ([z]) => [tf.relu(z!)],
  gradients: ([dh], { outputs: [h] }) => [
    () => kernels().reluGradient?.(dh!, h!) ?? tf.mul(dh!, tf.step(h!)),
  ],
});

/** appendOnes(relu(z)), in one operation for matrices: z [..., H] → [..., H + 1]. */
export const reluWithOnes = (z: tf.Tensor): tf.Tensor =>
  z.rank === 2 ? reluWithOnesOp([z], {})[0]! : appendOnes(relu(z));

const reluWithOnesOp = defineFusedOp({
  name: 'BNNReluWithOnes',
  arity: 1,
  keepsOutputs: true,
  forward: ([z]) => [kernels().reluWithOnes?.(z!) ?? appendOnes(tf.relu(z!))],
  gradients: ([dh], { outputs: [h] }) => [
    () => {
      const fast = kernels().reluWithOnesGradient;
      if (fast !== undefined) return fast(dh!, h!);
      // Cut at the end: on cpu a cut costs more than all the rest.
      const [B, H1] = h!.shape as [number, number];
      return tf.slice(tf.mul(dh!, tf.step(h!)), [0, 0], [B, H1 - 1]);
    },
  ],
});
