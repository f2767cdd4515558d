import * as tf from '@tensorflow/tfjs';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { withScaleColumns } from '../../src/likelihoods/scale';
import { studentTNLL } from '../../src/likelihoods/studentT';
import { regression } from '../fixtures/metrics.json';
import { checkLikelihood, expectFinite } from '../helpers/checkLikelihood';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const stddevOf = (raw: number): number => 1e-6 + Math.log1p(Math.exp(raw));

/** Student's t of 2 degrees of freedom has the density (2 + z²)^−1.5. */
const twoDegrees = (z: number, σ: number): number => 1.5 * Math.log(2 + z * z) + Math.log(σ);

checkLikelihood('studentTNLL', {
  loss: studentTNLL({ df: 2, scale: 0.6 }),
  closedForm: (y, μ) => y.reduce((sum, v, k) => sum + twoDegrees((v - μ[k]!) / 0.6, 0.6), 0),
  y: [
    [1, -2],
    [0.5, 9],
  ],
  outputs: [
    [0.9, 2],
    [0.4, -20],
  ],
});

checkLikelihood("studentTNLL({scale: 'output'})", {
  loss: studentTNLL({ df: 2, scale: 'output' }),
  closedForm: ([y], [μ, raw]) => twoDegrees((y! - μ!) / stddevOf(raw!), stddevOf(raw!)),
  y: [[1], [-2], [7]],
  outputs: [
    [0.9, 0.2],
    [2, -3],
    [-8, 1],
  ],
  targets: withScaleColumns,
});

eachBackend('studentTNLL', () => {
  const one = (df: number, y: number, scale = 1): number =>
    tf.tidy(() => studentTNLL({ df, scale })(tf.tensor2d([[y]]), tf.zeros([1, 1])).dataSync()[0]!);

  test('is the negative log density of scipy.stats.t', () => {
    const { mean: μ, stddev: σ, y, student_t_log_density_df4: lnDensity } = regression;
    const actual = y.map((v, i) => one(4, v - μ[0]![i]!, σ[0]![i]));
    expectAllClose(
      actual,
      lnDensity.map((v) => -v),
      { atol: 1e-5 },
    );
  });

  test('with 1 degree of freedom is Cauchy, with very many Gaussian', () => {
    expect(one(1, 3)).toBeCloseTo(Math.log(Math.PI) + Math.log(10), 5);
    tf.tidy(() => {
      const y = tf.tensor2d([[0], [1], [-3]]);
      const gaussian = gaussianNLL({ stddev: 1 })(y, tf.zerosLike(y));
      expectAllClose(studentTNLL({ df: 1e7, scale: 1 })(y, tf.zerosLike(y)), gaussian, { rtol: 1e-5 });
    });
  });

  /** df, z, NLL and its slope in z, by mpmath with 400 digits. */
  test.each([
    [1e-30, 1e-15, 35.5784971658, 5e14],
    [1e-30, 3, 70.8693122591, 0.333333333333],
    [0.5, 3, 3.51886216029, 0.473684210526],
    [30, 2, 2.86729904117, 1.82352941176],
    [1e6, 3, 5.41892303331, 2.99997600022],
    [1e12, 1.5, 2.0439385332, 1.5],
    [1e12, 1e7, 2.30756025842e12, 99009.9009902],
    [1e20, 1e9, 4.97516542658e17, 990099009.901],
    [1e20, 3, 5.4189385332, 3],
    [1e300, 2, 2.9189385332, 2],
  ])('with df %p is exact at z = %p, its gradient too', (df, z, nll, slope) => {
    tf.tidy(() => {
      const loss = (μ: tf.Tensor): tf.Tensor => studentTNLL({ df, scale: 1 })(tf.zeros([1, 1]), μ).sum();
      expectAllClose(loss(tf.tensor2d([[z]])), nll, { rtol: 1e-6, atol: 0 });
      expectAllClose(tf.grad(loss)(tf.tensor2d([[z]])), [[slope]], { rtol: 1e-6, atol: 0 });
    });
  });

  test('costs an outlier its logarithm, up to the largest float32', () => {
    // From y = 1e15 to 1e35 the density of 4 degrees of freedom falls by (10^20)^5.
    expect(one(4, 1e35) - one(4, 1e15)).toBeCloseTo(5 * 20 * Math.LN10, 3);
    const y = [0, 1, 1e10, -1e35];
    expectFinite(studentTNLL({ df: 4, scale: 1 }), tf.tensor2d(y, [4, 1]), tf.zeros([4, 1]));
  });
});

describe('studentTNLL refuses', () => {
  test('degrees of freedom and scales that are none, and unknown options', () => {
    expect(() => studentTNLL({ df: 0, scale: 1 })).toThrow(
      'studentTNLL: df must be a finite number above 0, got 0',
    );
    expect(() => studentTNLL({ df: 1e-40, scale: 1 })).toThrow('df must be at least 1e-30, got 1e-40');
    expect(() => studentTNLL({ df: 3, scale: -1 })).toThrow('scale must be a finite number above 0, got -1');
    expect(() => studentTNLL({ df: 3 } as never)).toThrow(
      'scale must be a finite number above 0, got undefined',
    );
    expect(() => studentTNLL({ df: 3, stddev: 1 } as never)).toThrow(
      'options must be among df, scale, got stddev',
    );
    expect(() => studentTNLL(4 as never)).toThrow('options must be an object, got 4');
  });
});
