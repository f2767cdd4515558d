/**
 * A program of its own: trains on the native backend while a profiler interrupts it thousands of times a second, each
 * time by a signal. Ctrl-C is one such signal.
 */
import * as tf from '@tensorflow/tfjs';
import { Session } from 'node:inspector/promises';
import { loadNative } from '../../scripts/loadNative';
import { adam, categoricalNLL, hiddenLayer } from '../../src/index';

async function main(): Promise<void> {
  const { ok, reason } = await loadNative();
  if (!ok) throw new Error(reason);
  await tf.setBackend('tensorflow');
  const model = tf.sequential({
    layers: [
      hiddenLayer({ units: 400, inputShape: [400], datasetSize: 128 }),
      hiddenLayer({ units: 10, include_hidden_bias: false, non_linearity: 'softmax', datasetSize: 128 }),
    ],
  });
  model.compile({ optimizer: adam(), loss: categoricalNLL() });
  const x = tf.randomUniform([128, 400]);
  const y = tf.oneHot(tf.zeros([128], 'int32'), 10);

  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 100 });
  await session.post('Profiler.start');
  const end = Date.now() + 3000;
  while (Date.now() < end) await model.trainOnBatch(x, y);
  await session.post('Profiler.stop');
  console.log('alive');
}

void main();
