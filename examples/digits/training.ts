/**
 * Training: batches in an order that a seed decides, through `fitDataset`, with a learning rate that falls.
 *
 * It falls along half a cosine, from LEARNING_RATE to 0 in the last step (Loshchilov & Hutter
 * 2017, arXiv:1608.03983, eq. 5, without restarts). Adam moves a log-scale by about the learning rate a step: it has to
 * be large for the scales to arrive, and small for them to settle.
 */
import * as tf from '@tensorflow/tfjs';
import { shuffled } from '../random';
import type { Digits } from './data';
import { LEARNING_RATE } from './nets';

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
  await net.fitDataset(batches(digits, seed), {
    epochs,
    callbacks: [cosineDecay(net, epochs * stepsPerEpoch(digits)), ...callbacks],
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

function cosineDecay(net: tf.Sequential, steps: number): tf.CustomCallbackArgs {
  let step = 0;
  return {
    onBatchBegin() {
      const learningRate = (LEARNING_RATE / 2) * (1 + Math.cos((Math.PI * step++) / steps));
      // The optimizers of TensorFlow.js have the property but no method that sets it.
      Object.assign(net.optimizer, { learningRate });
    },
  };
}
