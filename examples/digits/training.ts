/**
 * Training: batches in an order that a seed decides, through `fitDataset`. The Bayesian nets by `trainingRecipe`, the plain
 * one with the same learning rate, which falls along half a cosine.
 */
import * as tf from '@tensorflow/tfjs';
import { learningRateSchedule, trainingRecipe } from 'tfjs-bnn';
import { shuffled } from '../random';
import type { Digits } from './data';

export const BATCH_SIZE = 128;

export interface TrainingOptions {
  epochs: number;
  seed: number;
  callbacks: tf.CustomCallbackArgs[];
}

/** Trains until the last epoch, or until somebody sets `net.stopTraining`; then says whether the posterior is at rest. */
export async function train(
  net: tf.Sequential,
  digits: Digits,
  { epochs, seed, callbacks }: TrainingOptions,
): Promise<void> {
  const isBayesian = net.layers.some((layer) => 'kl' in layer);
  const recipe = isBayesian
    ? trainingRecipe(net, { epochs, datasetSize: digits.labels.length })
    : [learningRateSchedule()];
  await net.fitDataset(batches(digits, seed), {
    epochs,
    callbacks: [...callbacks.map((mine) => new tf.CustomCallback(mine)), ...recipe],
    // tfjs-node has a progress bar of its own.
    verbose: 0,
  });
}

export const stepsPerEpoch = ({ labels }: Digits): number => Math.ceil(labels.length / BATCH_SIZE);

/** The examples in batches, every time that it is gone through in another order. */
function batches({ x, y, labels }: Digits, seed: number) {
  let epoch = 0;
  return tf.data.generator(function* () {
    const order = shuffled([...labels.keys()], seed, epoch++);
    for (let start = 0; start < order.length; start += BATCH_SIZE) {
      const rows = tf.tensor1d(order.slice(start, start + BATCH_SIZE), 'int32');
      const batch = { xs: tf.gather(x, rows), ys: tf.gather(y, rows) };
      rows.dispose();
      yield batch;
    }
  });
}
