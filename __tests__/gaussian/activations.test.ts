import * as tf from '@tensorflow/tfjs';
import { leakyReluMoments, quadratureMoments, reluMoments } from '../../src/gaussian/activations';
import type { Moments } from '../../src/gaussian/moments';
import { gaussian_moments } from '../fixtures/metrics.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const swish = (z: tf.Tensor): tf.Tensor => tf.mul(z, tf.sigmoid(z));
const gelu = (z: tf.Tensor): tf.Tensor => tf.mul(tf.mul(0.5, z), tf.add(1, tf.erf(tf.div(z, Math.SQRT2))));

/** Each with the largest error of E / √v and of Var / v that its file promises for √v up to 3. */
const activations: Record<string, { moments: (z: Moments) => Moments; promised: [number, number] }> = {
  relu: { moments: reluMoments, promised: [1e-6, 2e-6] },
  leakyRelu: { moments: (z) => leakyReluMoments(z, 0.2), promised: [1e-6, 2e-6] },
  tanh: { moments: (z) => quadratureMoments(z, tf.tanh), promised: [4e-4, 6e-4] },
  sigmoid: { moments: (z) => quadratureMoments(z, tf.sigmoid), promised: [1e-6, 1e-6] },
  softplus: { moments: (z) => quadratureMoments(z, tf.softplus), promised: [2e-6, 7e-6] },
  elu: { moments: (z) => quadratureMoments(z, tf.elu), promised: [8e-4, 2e-3] },
  swish: { moments: (z) => quadratureMoments(z, swish), promised: [1e-5, 2e-5] },
  gelu: { moments: (z) => quadratureMoments(z, gelu), promised: [4e-4, 6e-4] },
};

eachBackend('the moments of an activation of a Gaussian', () => {
  test.each(Object.entries(activations))(
    '%s: those of numerical integration',
    (name, { moments, promised }) => {
      const cases = gaussian_moments.filter(({ f }) => f === name);
      expect(cases.length).toBe(24);
      tf.tidy(() => {
        const of = (pick: (c: (typeof cases)[number]) => number): tf.Tensor => tf.tensor(cases.map(pick));
        const v = of((c) => c.v);
        const s = v.sqrt();
        const { mean, variance } = moments({ mean: of((c) => c.m), variance: v });
        // A number of about 6 has the last digit 5e-7 whatever √v is; 1 stands for the activation's own rounding.
        const rounding = of((c) => 1e-6 * (1 + Math.abs(c.m)));
        const excess = tf.relu(
          tf.sub(
            tf.abs(
              tf.sub(
                mean,
                of((c) => c.mean),
              ),
            ),
            rounding,
          ),
        );
        expect(excess.div(s).max().dataSync()[0]).toBeLessThan(promised[0]);
        const varianceRounding = of((c) => 2e-6 * (1 + Math.abs(c.m)) * Math.sqrt(c.v));
        const error = tf.abs(
          tf.sub(
            variance,
            of((c) => c.variance),
          ),
        );
        expect(tf.relu(error.sub(varianceRounding)).div(v).max().dataSync()[0]).toBeLessThan(promised[1]);
      });
    },
  );

  test('relu and leakyReLU are finite and exact where nothing is uncertain, and far from 0', () => {
    tf.tidy(() => {
      const mean = tf.tensor1d([-2, 0, 3, 1e5, -1e5, 1e5, -1e5]);
      const variance = tf.tensor1d([0, 0, 0, 1, 1, 1e-12, 1e-12]);
      const relu = reluMoments({ mean, variance });
      expectAllClose(relu.mean, mean.relu());
      expectAllClose(relu.variance, [0, 0, 0, 1, 0, 1e-12, 0], { atol: 1e-15 });
      const leaky = leakyReluMoments({ mean, variance }, 0.5);
      expectAllClose(leaky.mean, mean.leakyRelu(0.5));
      expectAllClose(leaky.variance, [0, 0, 0, 1, 0.25, 1e-12, 0.25e-12], { atol: 1e-15 });
    });
  });

  test('relu keeps its digits where only a tail is above 0', () => {
    tf.tidy(() => {
      // E relu(z) for z ~ Normal(-4, 1) is φ(4) − 4 Φ(−4).
      const { mean } = reluMoments({ mean: tf.tensor1d([-4]), variance: tf.tensor1d([1]) });
      expectAllClose(mean, [7.145258432e-6], { rtol: 2e-4, atol: 0 });
    });
  });

  test('the shape is kept', () => {
    tf.tidy(() => {
      const z = { mean: tf.zeros([2, 3, 4]), variance: tf.ones([2, 3, 4]) };
      for (const moments of [reluMoments(z), leakyReluMoments(z, 0.1), quadratureMoments(z, tf.tanh)]) {
        expect(moments.mean.shape).toEqual([2, 3, 4]);
        expect(moments.variance.shape).toEqual([2, 3, 4]);
      }
    });
  });
});
