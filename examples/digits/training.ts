/** Training: batches in an order that a seed decides, through `fitDataset`. */
import * as tf from '@tensorflow/tfjs';
import { shuffled } from '../random';
import type { Digits } from './data';

export const BATCH_SIZE = 128;

export interface TrainingOptions {
  epochs: number;
  seed: number;
  callbacks: tf.CustomCallbackArgs[];
}

/** Trains until the last epoch, or until somebody sets `net.stopTraining`. */
export async function train(
  net: tf.Sequential,
  digits: Digits,
  { epochs, seed, callbacks }: TrainingOptions,
): Promise<void> {
  // tfjs-node has a progress bar of its own, which `verbose: 0` keeps away. To the rules below two packages of
  // TensorFlow.js, each with a declaration of `Dataset`, have nothing in common, and the enum of 0 is not exported.
  /* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment, @typescript-eslint/no-unsafe-enum-assignment */
  await net.fitDataset(batches(digits, seed), { epochs, callbacks, verbose: 0 });
  /* eslint-enable */
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
