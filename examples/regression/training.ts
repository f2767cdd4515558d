/** Training on all penguins at once, with a learning rate that falls along half a cosine. */
import type * as tf from '@tensorflow/tfjs';
import { progress, type Terminal } from '../progress';
import { LEARNING_RATE } from './nets';

export interface TrainingOptions {
  epochs: number;
  /** The KL in nats per penguin, or undefined for a net that has none. */
  kl: () => number | undefined;
  signal: AbortSignal;
  terminal: Terminal;
}

/** An epoch is one step here: the progress counts them by the hundred. */
const ROUND = 100;

/** @param x lengths [N, 1] and @param y masses [N, 1], standardised. */
export async function train(
  net: tf.Sequential,
  x: tf.Tensor2D,
  y: tf.Tensor2D,
  { epochs, kl, signal, terminal }: TrainingOptions,
): Promise<void> {
  const stepsPerEpoch = Math.min(ROUND, epochs);
  const rounds = Math.ceil(epochs / stepsPerEpoch);
  const metric = 'gaussianNLL';
  const bar = progress({ name: net.name, epochs: rounds, stepsPerEpoch, kl, terminal, metric });
  const callbacks: tf.CustomCallbackArgs = {
    onEpochBegin(epoch) {
      // The optimizers of TensorFlow.js have the property but no method that sets it.
      const learningRate = (LEARNING_RATE / 2) * (1 + Math.cos((Math.PI * epoch) / epochs));
      Object.assign(net.optimizer, { learningRate });
      if (epoch % stepsPerEpoch === 0) void bar.onEpochBegin?.(epoch / stepsPerEpoch);
    },
    onEpochEnd(epoch, logs) {
      const step = epoch % stepsPerEpoch;
      void bar.onBatchEnd?.(step, logs);
      if (signal.aborted) net.stopTraining = true;
      if (step === stepsPerEpoch - 1 || epoch === epochs - 1 || signal.aborted)
        void bar.onEpochEnd?.(Math.floor(epoch / stepsPerEpoch));
    },
  };
  // Not shuffled, for which fit takes Math.random: another row would get another noise, and no run could be repeated.
  const quiet = { epochs, batchSize: x.shape[0], shuffle: false, verbose: 0, callbacks };
  await net.fit(x, y, quiet);
}
