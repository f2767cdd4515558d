import * as tf from '@tensorflow/tfjs';
import { bernoulliNLL } from '../../src/likelihoods/bernoulli';
import { logPredictiveDensity } from '../../src/metrics/logPredictiveDensity';
import { logMeanExp } from '../../src/numerics/logMeanExp';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('logMeanExp', () => {
  test('is the logarithm of the mean, without overflow, −Infinity where all are', () => {
    tf.tidy(() => {
      const l = tf.tensor2d([
        [0, 1000, -1e4, -Infinity, -Infinity, NaN],
        [Math.log(3), 1000, -1e4, -Infinity, 0, 0],
      ]);
      expectAllClose(logMeanExp(l), [Math.LN2, 1000, -1e4, -Infinity, -Math.LN2, NaN]);
    });
  });

  test('a target to which no draw gives any density has the log predictive density −Infinity', () => {
    tf.tidy(() => {
      const draws = tf.tensor3d([[[-Infinity], [-Infinity]], [[-Infinity], [0]]]); // prettier-ignore
      const actual = logPredictiveDensity(draws, tf.ones([2, 1]), bernoulliNLL({ outputs: 'logits' }));
      expectAllClose(actual, [-Infinity, Math.log(0.25)]);
    });
  });
});
