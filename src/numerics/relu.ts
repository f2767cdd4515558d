/** max(0, z), with a gradient that is one pass over its output: dz = dh where h > 0, else 0. */
import * as tf from '@tensorflow/tfjs';
import { appendOnes } from './columnOfOnes';
import { kernels } from '../kernels/door';
import { defineFusedOp } from '../op';

export const relu = (z: tf.Tensor): tf.Tensor => reluOp([z], {})[0]!;

const reluOp = defineFusedOp({
  name: 'BNNRelu',
  keepsOutputs: true,
  forward: ([z]) => [tf.relu(z!)],
  gradients: ([dh], { outputs: [h] }) => [
    () => kernels().reluGradient?.(dh!, h!) ?? tf.mul(dh!, tf.step(h!)),
  ],
});

/** What most layers make of their pre-activations: z [..., H] → [..., H + 1]. */
export const reluWithOnes = (z: tf.Tensor): tf.Tensor => appendOnes(relu(z));
