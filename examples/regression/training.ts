/** Training on all penguins at once: the Bayesian net by `trainingRecipe`, the plain one with the same learning rate. */
import * as tf from '@tensorflow/tfjs';
import { learningRateSchedule, trainingRecipe } from 'tfjs-bnn';
import { progress, type Terminal } from '../progress';

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
  const shown = new tf.CustomCallback({
    onEpochBegin(epoch) {
      if (epoch % stepsPerEpoch === 0) void bar.onEpochBegin?.(epoch / stepsPerEpoch);
    },
    onEpochEnd(epoch, logs) {
      const step = epoch % stepsPerEpoch;
      void bar.onBatchEnd?.(step, logs);
      if (signal.aborted) net.stopTraining = true;
      if (step === stepsPerEpoch - 1 || epoch === epochs - 1 || signal.aborted)
        void bar.onEpochEnd?.(Math.floor(epoch / stepsPerEpoch));
    },
  });
  const N = x.shape[0];
  const isBayesian = net.layers.some((layer) => 'kl' in layer);
  const recipe = isBayesian ? trainingRecipe(net, { epochs, datasetSize: N }) : [learningRateSchedule()];
  // Not shuffled, for which fit takes Math.random: another row would get another noise, and no run could be repeated.
  await net.fit(x, y, { epochs, batchSize: N, shuffle: false, verbose: 0, callbacks: [shown, ...recipe] });
}
