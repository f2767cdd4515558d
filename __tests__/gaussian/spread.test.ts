import * as tf from '@tensorflow/tfjs';
import { layers } from '../../src';
import { spreadAndKL } from '../../src/gaussian/spread';
import { kl as fixture, kl_near_equality } from '../fixtures/metrics.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

const { mean: M, scale: S, prior_mean: m0, prior_scale: p, kl: expected } = fixture;
const total = expected.flat().reduce((a, b) => a + b);
const ln = (A: number[][]): number[][] => A.map((row) => row.map(Math.log));
/** The fixture is in double precision, the weights are rounded to float32 first. */
const close = { rtol: 1e-5, atol: 1e-6 };

eachBackend('The KL from a prior with a mean', () => {
  for (const power of [1, 2] as const)
    for (const [how, run] of [
      ['kernels', (f: () => void) => f()],
      ['tf ops', withoutKernels],
    ] as const)
      test(`is that of TensorFlow Probability, with its gradients: power ${power}, ${how}`, () => {
        run(() =>
          tf.tidy(() => {
            const prior = { mean: tf.tensor2d(m0), stddev: tf.tensor2d(p) };
            const kl = (m: tf.Tensor, r: tf.Tensor): tf.Tensor => spreadAndKL(m, r, prior, power).kl;
            const inputs = [tf.tensor2d(M), tf.tensor2d(ln(S))];
            expectAllClose(kl(inputs[0]!, inputs[1]!), total, close);
            const [dM, dR] = tf.grads(kl)(inputs);
            expectAllClose(dM!, M.map((row, d) => row.map((m, h) => (m - m0[d]![h]!) / p[d]![h]! ** 2)), { rtol: 1e-4 }); // prettier-ignore
            expectAllClose(dR!, S.map((row, d) => row.map((s, h) => (s / p[d]![h]!) ** 2 - 1)), { rtol: 1e-4, atol: 1e-5 }); // prettier-ignore
          }),
        );
      });

  test('is that of TensorFlow Probability weight by weight, a prior of two numbers for each', () => {
    M.forEach((row, d) =>
      row.forEach((m, h) =>
        tf.tidy(() => {
          const prior = { mean: m0[d]![h]!, stddev: p[d]![h]! };
          const { kl } = spreadAndKL(tf.tensor2d([[m]]), tf.tensor2d([[Math.log(S[d]![h]!)]]), prior, 2);
          expectAllClose(kl, expected[d]![h]!, close);
        }),
      ),
    );
  });

  test('is that of a layer, whose prior is made of arrays', () => {
    const layer = layers.dense({ units: 3, inputShape: [4], useBias: false, prior: { mean: m0, stddev: p } });
    const model = tf.sequential({ layers: [layer] });
    layer.setPosterior({ kernel: { mean: M, stddev: S } });
    const kl = layer.kl();
    expectAllClose(kl, total, close);
    kl.dispose();
    model.dispose();
  });

  test('keeps its digits near equality, around a mean of 2', () => {
    for (const { log_scale_ratio, kl: exact } of kl_near_equality)
      tf.tidy(() => {
        const ratio = tf.tensor2d([[log_scale_ratio]]);
        const { kl } = spreadAndKL(tf.tensor2d([[2]]), ratio, { mean: 2, stddev: 1 }, 2);
        expectAllClose(kl, exact, { rtol: 1e-5, atol: 0 });
      });
  });
});
