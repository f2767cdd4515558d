import * as tf from '@tensorflow/tfjs';
import { mixtureQuantile } from '../../src/numerics/mixture';
import { regression } from '../fixtures/metrics.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

const { mean, stddev, y, mixture_cdf } = regression;

eachBackend('mixtureQuantile', () => {
  test('inverts the distribution function', () => {
    tf.tidy(() => {
      // One level for each example: its quantile is the y whose cdf it is.
      mixture_cdf.forEach((level, i) => {
        const column = (rows: number[][]): tf.Tensor => tf.tensor2d(rows.map((row) => [row[i]!]));
        expectAllClose(mixtureQuantile(level, column(mean), column(stddev)), [y[i]!], {
          rtol: 1e-4,
          atol: 1e-4,
        });
      });
    });
  });

  test('of one Gaussian is mean + stddev · z', () => {
    const z = [
      [0.5, 0],
      [0.975, 1.959963985],
      [0.025, -1.959963985],
      [0.999, 3.090232306],
      [1e-6, -4.753424309],
    ] as const;
    tf.tidy(() => {
      for (const [level, quantile] of z)
        expectAllClose(
          mixtureQuantile(level, tf.tensor2d([[10, -3]]), 2),
          [10 + 2 * quantile, -3 + 2 * quantile],
          {
            rtol: 1e-4,
          },
        );
    });
  });

  test('of components far apart lies where the weight is', () => {
    tf.tidy(() => {
      const means = tf.tensor2d([[-100], [0], [0], [100]]);
      // A quarter lies at −100, half at 0: the level 0.25 + 0.5·Φ(1) is one stddev above 0.
      expectAllClose(mixtureQuantile(0.25 + 0.5 * 0.8413447, means, 0.5), [0.5], { atol: 1e-4 });
    });
  });

  test('of components at ±Infinity is theirs where they hold the level, and else that of the others', () => {
    tf.tidy(() => {
      const [up, down] = [Infinity, -Infinity];
      const means = tf.tensor2d([[down, down, down, up], [down, 5, down, up], [down, 5, up, up], [down, 5, up, 1]]); // prettier-ignore
      // Of the second three in four are finite: their level is (0.5 − 0.25)/0.75 = 1/3.
      expectAllClose(mixtureQuantile(0.5, means, 2), [down, 5 - 2 * 0.4307273, down, up], { atol: 1e-3 }); // prettier-ignore
      expectAllClose(mixtureQuantile(0.9, means, 2).slice(2, 2), [up, up]);
      expect(mixtureQuantile(0.5, tf.tensor2d([[NaN], [1]]), 2).dataSync()[0]).toBeNaN();
    });
  });

  test('leaves nothing behind but its result', () => {
    const means = tf.tensor2d(mean);
    expectNoLeak(() => mixtureQuantile(0.3, means, 1).dispose());
    means.dispose();
  });
});
