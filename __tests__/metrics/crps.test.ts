import * as tf from '@tensorflow/tfjs';
import { crpsEnsemble, crpsGaussian } from '../../src/metrics/crps';
import { regression } from '../fixtures/metrics.json';
import { numbers } from '../fixtures/scores.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('crpsEnsemble', () => {
  test('is properscoring', () => {
    tf.tidy(() => {
      const actual = crpsEnsemble(tf.tensor2d(numbers.draws), tf.tensor1d(numbers.y));
      expectAllClose(actual, numbers.crps_ensemble, { atol: 3e-6 });
    });
  });

  test('is the double sum of its definition, with outputs and draws that tie', () => {
    const draws = [
      [
        [1, 2],
        [-3, 0],
      ],
      [
        [1, 7],
        [0.5, 0],
      ],
      [
        [4, -2],
        [0.25, 0],
      ],
    ];
    const y = [
      [2, -5],
      [0.25, 1],
    ];
    const expected = y.map((row, n) =>
      row.map((v, k) => {
        const x = draws.map((draw) => draw[n]![k]!);
        const mean = (a: number[]): number => a.reduce((p, q) => p + q) / a.length;
        return (
          mean(x.map((a) => Math.abs(a - v))) - 0.5 * mean(x.flatMap((a) => x.map((b) => Math.abs(a - b))))
        );
      }),
    );
    tf.tidy(() => expectAllClose(crpsEnsemble(tf.tensor3d(draws), tf.tensor2d(y)), expected));
  });

  test('of one draw is the absolute error', () => {
    tf.tidy(() => expectAllClose(crpsEnsemble(tf.tensor2d([[1, 5]]), tf.tensor1d([3, 4])), [2, 1]));
  });

  test('keeps its digits where the draws share a large number', () => {
    tf.tidy(() => {
      const draws = tf.tensor2d([1, 2, 4, 8], [4, 1]);
      const y = tf.tensor1d([3]);
      expectAllClose(crpsEnsemble(tf.add(draws, 2 ** 20), tf.add(y, 2 ** 20)), crpsEnsemble(draws, y));
    });
  });

  test('of many draws of a Gaussian is the closed form', () => {
    tf.tidy(() => {
      const [S, N] = [2000, 5];
      const draws = tf.randomNormal([S, N], 1, 2, 'float32', 5);
      const y = tf.tensor1d([-3, 0, 1, 2, 6]);
      // Each mean is off by a stddev of at most 2/√S.
      expectAllClose(crpsEnsemble(draws, y), crpsGaussian(tf.fill([N], 1), 2, y), {
        rtol: 0,
        atol: (5 * 2) / Math.sqrt(S),
      });
    });
  });
});

eachBackend('crpsGaussian', () => {
  test('is properscoring, and the fixture of scipy', () => {
    tf.tidy(() => {
      const [mean, stddev, y] = [numbers.mean, numbers.stddev, numbers.y].map((v) => tf.tensor1d(v));
      expectAllClose(crpsGaussian(mean!, stddev!, y!), numbers.crps_gaussian, { rtol: 1e-5, atol: 3e-6 });
      const of = regression;
      expectAllClose(
        crpsGaussian(tf.tensor1d(of.mean[0]!), tf.tensor1d(of.stddev[0]!), tf.tensor1d(of.y)),
        of.crps_normal_first_draw,
        { rtol: 1e-5, atol: 3e-6 },
      );
    });
  });

  test('far away is the distance less σ/√π, to float32', () => {
    tf.tidy(() => {
      const y = tf.tensor1d([-1e6, 50, 1e6]);
      expectAllClose(crpsGaussian(tf.zeros([3]), 1, y), [1e6, 50 - 1 / Math.sqrt(Math.PI), 1e6], {
        rtol: 1e-6,
      });
    });
  });
});

eachBackend('CRPS', () => {
  test('leaves its result and nothing else, and refuses what does not fit', () => {
    const [draws, y] = [tf.ones([4, 3]), tf.zeros([3])];
    expectNoLeak(() => {
      tf.dispose([crpsEnsemble(draws, y), crpsGaussian(y, 1, y)]);
    });
    tf.tidy(() => {
      expect(() => crpsEnsemble(draws, tf.zeros([3, 1]))).toThrow(
        'crpsEnsemble: draws must have one axis before those of y, [S, 3, 1], got [4, 3]',
      );
      expect(() => crpsEnsemble(y, y)).toThrow('got [3]');
      for (const score of [(t: tf.Tensor) => crpsEnsemble(draws, t), (t: tf.Tensor) => crpsGaussian(y, 1, t)])
        expect(() => score(tf.tensor1d(['a', 'b', 'c']))).toThrow('y must be of dtype float32, got string');
      expect(() => crpsGaussian(y, tf.ones([1]), y)).toThrow(
        'crpsGaussian: stddev must have the shape of mean [3], got [1]',
      );
      if (!['webgl', 'webgpu'].includes(tf.getBackend()))
        expect(() => crpsGaussian(y, 0, y)).toThrow(
          'crpsGaussian: stddev must be finite and above 0 everywhere',
        );
    });
    tf.dispose([draws, y]);
  });
});
