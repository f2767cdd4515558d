/** How much memory does training take beside the plain net: weights, optimizer state, and the most at any moment? */
import type { Question } from '../question';
import { bayesianNet, compiled, data, denseNet, plainAdam } from '../nets';
import { adam } from '../../src/adam';
import * as tf from '@tensorflow/tfjs';

const BATCH = 128;

/** Bytes that stay after a step, and the most that there are within one. */
async function bytes(net: tf.Sequential): Promise<{ stays: number; peak: number }> {
  const { x, y } = data(BATCH);
  const before = tf.memory().numBytes;
  await net.trainOnBatch(x, y);
  const stays = tf.memory().numBytes - before + weights(net);
  const { peakBytes } = await tf.profile(() => net.trainOnBatch(x, y));
  tf.dispose([x, y]);
  return { stays, peak: peakBytes - before + weights(net) };
}

const weights = (net: tf.Sequential): number => net.getWeights().reduce((sum, { size }) => sum + 4 * size, 0);

export const questions: Question[] = [
  {
    name: 'memory',
    what: 'weights and optimizer state while training, against tf.layers.dense',
    backend: 'wasm',
    goal: 2.2,
    unit: '×',
    async measure() {
      const ours = await bytes(compiled(bayesianNet(), adam()));
      const other = await bytes(compiled(denseNet(), plainAdam()));
      const MB = (n: number): string => `${(n / 2 ** 20).toFixed(1)} MB`;
      return {
        value: ours.stays / other.stays,
        detail:
          `${MB(ours.stays)} against ${MB(other.stays)}; at the most ${MB(ours.peak)} against ${MB(other.peak)}; ` +
          `a tensor of B × D × H would have ${MB(4 * BATCH * 784 * 400)}`,
      };
    },
  },
];
