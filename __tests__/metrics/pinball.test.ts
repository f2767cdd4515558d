import * as tf from '@tensorflow/tfjs';
import { pinballLoss } from '../../src/metrics/pinball';
import { numbers } from '../fixtures/scores.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('pinballLoss', () => {
  test.each([0.05, 0.5, 0.9] as const)(
    "has the mean of scikit-learn's mean_pinball_loss at %d",
    (quantile) => {
      tf.tidy(() => {
        const loss = pinballLoss({ quantile })(tf.tensor1d(numbers.y), tf.tensor1d(numbers.mean));
        expectAllClose(loss.mean(), numbers.mean_pinball_loss[`${quantile}`], { rtol: 1e-5 });
      });
    },
  );

  test('is one number per example, the mean over its outputs', () => {
    tf.tidy(() => {
      const y = tf.tensor2d([
        [1, 2],
        [0, 0],
      ]);
      expectAllClose(pinballLoss({ quantile: 0.25 })(y, tf.zerosLike(y)), [(0.25 * 1 + 0.25 * 2) / 2, 0]);
      expectAllClose(pinballLoss({ quantile: 0.25 })(tf.zerosLike(y), y), [(0.75 * 1 + 0.75 * 2) / 2, 0]);
    });
  });

  test('trains a net to the quantile of its targets', async () => {
    // The 0.8 quantile of 0, 1, … 10 is 8: between 7 and 8 the slope is −0.8 · 3 + 0.2 · 8 = −0.8, beyond 8 it is +0.2.
    const y = tf.tensor2d(Array.from({ length: 11 }, (_, i) => [i]));
    const x = tf.zerosLike(y);
    const loss = pinballLoss({ quantile: 0.8 });
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: tf.train.adam(0.2), loss, metrics: [loss] });
    const options = { epochs: 120, batchSize: 11, verbose: 0 };
    const { history } = await model.fit(x, y, options);
    expect(history.pinballLoss).toHaveLength(120);
    tf.tidy(() =>
      expectAllClose((model.predict(tf.zeros([1, 1])) as tf.Tensor).flatten(), [8], { atol: 0.4 }),
    );
    model.dispose();
    tf.dispose([x, y]);
  });

  test('refuses levels that are none, and other shapes', () => {
    for (const quantile of [0, 1, NaN, '0.5'])
      expect(() => pinballLoss({ quantile: quantile as number })).toThrow(
        'pinballLoss: quantile must be above 0 and below 1',
      );
    expect(() => pinballLoss(0.9 as never)).toThrow('write pinballLoss({quantile: 0.9})');
    tf.tidy(() =>
      expect(() => pinballLoss({ quantile: 0.5 })(tf.ones([2]), tf.ones([2, 1]))).toThrow(
        'yTrue must have the shape',
      ),
    );
  });
});
