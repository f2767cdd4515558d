import * as tf from '@tensorflow/tfjs';
import { scaledKL, spread, spreadAndKL, type Power } from '../../src/gaussian/spread';
import { elementwise, klOf, scattered, type Matrix } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

const M = scattered(3, 2, 1);
const ln_S = scattered(3, 2, 2);
const cotangent = scattered(3, 2, 3);
/** Of the KL; a power of 2, which keeps its digits. */
const C = 0.25;

const means = scattered(3, 2, 4);
const stddevs = elementwise((v) => Math.fround(0.5 + 0.3 * v), scattered(3, 2, 5));
const constant = (v: number): Matrix => elementwise(() => v, M);

/** What each prior is, and what it is for each weight. */
const priors: Array<
  [string, () => { mean: number | tf.Tensor; stddev: number | tf.Tensor }, Matrix, Matrix]
> = [
  ['Normal(0, 1)', () => ({ mean: 0, stddev: 1 }), constant(0), constant(1)],
  ['Normal(0.5, 0.25²)', () => ({ mean: 0.5, stddev: 0.25 }), constant(0.5), constant(0.25)],
  ['a mean for each weight', () => ({ mean: tf.tensor2d(means), stddev: 2 }), means, constant(2)],
  ['a stddev for each weight', () => ({ mean: 0, stddev: tf.tensor2d(stddevs) }), constant(0), stddevs],
  ['both', () => ({ mean: tf.tensor2d(means), stddev: tf.tensor2d(stddevs) }), means, stddevs],
];

/** By the kernels of the backend, then in tf ops. */
const bothWays = (check: () => void): void => {
  tf.tidy(check);
  withoutKernels(() => tf.tidy(check));
};

const close = { rtol: 1e-5, atol: 1e-6 };
const powers: Power[] = [1, 2];

eachBackend('spread', () => {
  test.each(powers)('S^%d from ln S, and its gradient', (power) => {
    bothWays(() => {
      const { value, grad } = tf.valueAndGrad((r: tf.Tensor) => spread(r, power))(
        tf.tensor2d(ln_S),
        tf.tensor2d(cotangent),
      );
      expectAllClose(value, elementwise((r) => Math.exp(power * r), ln_S), close); // prettier-ignore
      expectAllClose(grad, elementwise((r, d) => power * d * Math.exp(power * r), ln_S, cotangent), close); // prettier-ignore
    });
  });

  for (const power of powers)
    test.each(priors)(
      `S^${power} and the KL from %s, and the gradients of both`,
      (_, prior, priorMean, priorStddev) => {
        bothWays(() => {
          const inputs = [tf.tensor2d(M), tf.tensor2d(ln_S)];
          const made = prior();
          const { spread: S, kl } = spreadAndKL(inputs[0]!, inputs[1]!, made, power);
          expectAllClose(S, elementwise((r) => Math.exp(power * r), ln_S), close); // prettier-ignore
          expect(kl.shape).toEqual([]);
          const each = elementwise((m, r, m0, p) => klOf(m - m0, Math.exp(r), p), M, ln_S, priorMean, priorStddev); // prettier-ignore
          expectAllClose(kl, each.flat().reduce((a, b) => a + b), close); // prettier-ignore

          const [dM, d_ln_S] = tf.grads((m: tf.Tensor, r: tf.Tensor) => {
            const both = spreadAndKL(m, r, made, power);
            return tf.add(both.spread.mul(tf.tensor2d(cotangent)).sum(), both.kl.mul(C));
          })(inputs);
          expectAllClose(dM!, elementwise((m, m0, p) => (C * (m - m0)) / p ** 2, M, priorMean, priorStddev), close); // prettier-ignore
          const slopes = elementwise(
            (r, p, d) => C * Math.expm1(2 * (r - Math.log(p))) + power * d * Math.exp(power * r),
            ...[ln_S, priorStddev, cotangent] as [Matrix, Matrix, Matrix], // prettier-ignore
          );
          expectAllClose(d_ln_S!, slopes, close);
        });
      },
    );

  test('the gradient of the spread alone, and of the KL alone', () => {
    bothWays(() => {
      const prior = { mean: 0.5, stddev: 0.25 };
      const inputs = [tf.tensor2d(M), tf.tensor2d(ln_S)];
      const [dM, dV] = tf.grads((m: tf.Tensor, r: tf.Tensor) => spreadAndKL(m, r, prior, 2).spread)(inputs);
      expectAllClose(dM!, constant(0), close);
      expectAllClose(dV!, elementwise((r) => 2 * Math.exp(2 * r), ln_S), close); // prettier-ignore
      const [, dR] = tf.grads((m: tf.Tensor, r: tf.Tensor) => spreadAndKL(m, r, prior, 2).kl)(inputs);
      expectAllClose(dR!, elementwise((r) => Math.expm1(2 * (r - Math.log(0.25))), ln_S), close); // prettier-ignore
    });
  });

  test('a factor times the KL, and its gradient', () => {
    tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((kl: tf.Tensor) => scaledKL(kl as tf.Scalar, 0.125))(
        tf.scalar(24),
        tf.scalar(3),
      );
      expectAllClose(value, 3);
      expectAllClose(grad, 0.375);
    });
  });

  test('nothing is left behind', () => {
    const inputs = [tf.tensor2d(M), tf.tensor2d(ln_S)];
    const both = (m: tf.Tensor, r: tf.Tensor): tf.Scalar => {
      const { spread: V, kl } = spreadAndKL(m, r, { mean: 0.5, stddev: 2 }, 2);
      return tf.add(V.sum(), scaledKL(kl, 0.1));
    };
    expectNoLeak(() => {
      const { value, grads } = tf.valueAndGrads(both)(inputs);
      tf.dispose([value, grads]);
    });
    tf.dispose(inputs);
  });
});
