import * as tf from '@tensorflow/tfjs';
import { categoricalNLL } from '../../src/likelihoods/categorical';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { rawScaleOf } from '../../src/likelihoods/scale';
import { logPredictiveDensity } from '../../src/metrics/logPredictiveDensity';
import { classification, regression } from '../fixtures/metrics.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('logPredictiveDensity', () => {
  test('of heteroscedastic Gaussian draws is that of TensorFlow Probability’s mixture', () => {
    tf.tidy(() => {
      const { mean, stddev, y, log_density_mixture } = regression;
      const draws = tf.tensor3d(mean.map((row, s) => row.map((μ, n) => [μ, rawScaleOf(stddev[s]![n]!)])));
      const actual = logPredictiveDensity(
        draws,
        tf.tensor2d(y, [y.length, 1]),
        gaussianNLL({ stddev: 'output' }),
      );
      expectAllClose(actual, log_density_mixture, { atol: 1e-5 });
    });
  });

  test('of class probabilities is the log of their mean, with indices and one-hot labels', () => {
    tf.tidy(() => {
      const { logits, labels, predictive_log_density } = classification;
      const indices = tf.tensor1d(labels, 'int32');
      for (const y of [indices, tf.oneHot(indices, 5)]) {
        const onLogits = logPredictiveDensity(tf.tensor3d(logits), y, categoricalNLL({ outputs: 'logits' }));
        expectAllClose(onLogits, predictive_log_density, { atol: 1e-5 });
      }
      const p = tf.softmax(tf.tensor3d(logits));
      expectAllClose(logPredictiveDensity(p, indices, categoricalNLL()), predictive_log_density, {
        atol: 1e-5,
      });
    });
  });

  test('is as long as its best draw allows, and never infinite for it', () => {
    tf.tidy(() => {
      const draws = tf.tensor3d([[[0]], [[1e4]]]);
      const actual = logPredictiveDensity(draws, tf.zeros([1, 1]), gaussianNLL({ stddev: 1 }));
      expectAllClose(actual, [-0.5 * Math.log(2 * Math.PI) - Math.LN2]);
    });
  });

  test('leaves its result and nothing else, and refuses what does not fit', () => {
    const [draws, y] = [tf.ones([3, 2, 1]), tf.ones([2, 1])];
    const likelihood = gaussianNLL({ stddev: 1 });
    expectNoLeak(() => logPredictiveDensity(draws, y, likelihood).dispose());
    tf.tidy(() => {
      expect(() => logPredictiveDensity(draws, tf.ones([3, 1]), likelihood)).toThrow(
        'logPredictiveDensity: y must be a tensor of the 2 targets of [3, 2, 1], got a float32 tensor of shape [3, 1]',
      );
      expect(() => logPredictiveDensity(tf.ones([3]), y, likelihood)).toThrow(
        'draws must be a tensor [S, N, ...outputs]',
      );
      expect(() => logPredictiveDensity(draws, tf.ones([2]), likelihood)).toThrow(
        'gaussianNLL: yTrue must have the shape',
      );
    });
    tf.dispose([draws, y]);
  });
});
