import * as tf from '@tensorflow/tfjs';
import { normalCdf, normalDensity } from '../../src/numerics/normal';
import { eachBackend } from '../helpers/eachBackend';
import { normalCdf as exactCdf } from '../helpers/gaussianTests';
import { expectAllClose } from '../helpers/toBeAllClose';

const x = Array.from({ length: 121 }, (_, i) => Math.fround((i - 60) / 10));

eachBackend('the standard normal', () => {
  test('distribution function, to float32', () => {
    tf.tidy(() => expectAllClose(normalCdf(tf.tensor1d(x)), x.map(exactCdf), { rtol: 0, atol: 3e-7 }));
  });

  test('keeps its relative accuracy in the lower tail', () => {
    // Mills' ratio, to six terms: Φ(−x) = φ(x)/x · (1 − 1/x² + 3/x⁴ − 15/x⁶ + 105/x⁸ − …).
    const far = [6, 8, 10, 12];
    const tail = far.map((v) => {
      let [term, sum] = [1, 1];
      for (let k = 1; k < 8; k++) sum += term *= -(2 * k - 1) / (v * v);
      return (Math.exp((-v * v) / 2) / Math.sqrt(2 * Math.PI) / v) * sum;
    });
    tf.tidy(() => expectAllClose(normalCdf(tf.tensor1d(far).neg()), tail, { rtol: 3e-5, atol: 0 }));
  });

  test('density', () => {
    const expected = x.map((v) => Math.exp((-v * v) / 2) / Math.sqrt(2 * Math.PI));
    tf.tidy(() => expectAllClose(normalDensity(tf.tensor1d(x)), expected, { atol: 1e-7 }));
  });

  test('is 0 and 1 at the ends, never more or not a number', () => {
    tf.tidy(() => {
      expectAllClose(normalCdf(tf.tensor1d([-1e4, -40, 40, 1e4])), [0, 0, 1, 1]);
    });
  });
});
