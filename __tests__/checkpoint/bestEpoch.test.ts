import * as tf from '@tensorflow/tfjs';
import { isBetter, metricOf, type BestMode } from '../../src/checkpoint/bestEpoch';

test.each<[string, BestMode, boolean]>([
  ['val_loss', 'auto', false],
  ['val_negElbo', 'auto', false],
  ['val_elbo', 'auto', true],
  ['elbo', 'auto', true],
  ['val_acc', 'auto', true],
  ['val_categoricalAccuracy', 'auto', true],
  ['auc', 'auto', true],
  ['val_brierScore', 'auto', false],
  ['val_elbo', 'min', false],
  ['val_loss', 'max', true],
])('%s in mode %s: is more better? %p', (metric, mode, rises) => {
  expect(isBetter(metric, mode, 2, 1)).toBe(rises);
  expect(isBetter(metric, mode, 1, 2)).toBe(!rises);
  expect(isBetter(metric, mode, 1, 1)).toBe(false);
  expect(isBetter(metric, mode, 1, undefined)).toBe(true);
  for (const value of [NaN, Infinity, -Infinity])
    expect(isBetter(metric, mode, value, undefined)).toBe(false);
});

test('a metric is a number or a tensor of the logs, or an error that says which there are', async () => {
  const tensor = tf.scalar(3);
  expect(await metricOf('who', 'a', { a: 2 })).toBe(2);
  expect(await metricOf('who', 'a', { a: tensor })).toBe(3);
  tensor.dispose();
  // Of an epoch without a batch.
  expect(await metricOf('who', 'a', {})).toBeNaN();
  await expect(metricOf('who', 'val_x', { loss: 1, acc: 2 })).rejects.toThrow(
    'who: best must name a metric of the logs, which hold "loss", "acc", got "val_x"; list the callback that adds it',
  );
});
