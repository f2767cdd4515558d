/** Draws that are functions: all rows of one have the same weights, from a net that was made for the local estimator. */
import * as tf from '@tensorflow/tfjs';
import { layers, posteriorSample, predictive } from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance, zOfCovariance, zOfVariance } from '../helpers/gaussianTests';
import { expectAllClose } from '../helpers/toBeAllClose';

const net = (estimator: 'local' | 'flipout' | 'weightSpace'): tf.LayersModel =>
  tf.sequential({
    layers: [
      layers.dense({ units: 4, activation: 'tanh', inputShape: [3], klFactor: 1, seed: 1, estimator }),
      layers.dense({ units: 2, klFactor: 1, seed: 2, estimator }),
    ],
  });

eachBackend('coherent draws', () => {
  test.each(['local', 'flipout', 'weightSpace'] as const)(
    'the first is that of posteriorSample, kernel and bias, whatever the estimator: %s',
    async (estimator) => {
      const model = net(estimator);
      const x = tf.randomNormal([5, 3], 0, 1, 'float32', 1);
      // Another prediction before, which keeps what it computed from the scales.
      tf.dispose(model.predict(x));
      const sample = posteriorSample(model, { seed: 3 });
      const expected = sample.predict(x) as tf.Tensor;
      const drawn = await predictive(model, x, { samples: 2, seed: 3, coherent: true, draws: true });
      tf.tidy(() => expectAllClose(drawn.draws().slice([0], [1]).squeeze([0]), expected, { rtol: 1e-5 }));
      drawn.dispose();
      tf.dispose([x, expected]);
      sample.dispose();
      model.dispose();
    },
  );

  test('have the covariance of X·A between rows, and each row the variance that it has without', async () => {
    const S = 4000;
    const model = tf.sequential({
      layers: [layers.dense({ units: 1, useBias: false, inputShape: [2], klFactor: 1, seed: 1 })],
    });
    const x = tf.tensor2d([
      [1, 2],
      [3, -1],
    ]);
    const [layer] = model.layers as [ReturnType<typeof layers.dense>];
    layer.setPosterior({ kernel: { mean: [[0], [0]], stddev: [[0.5], [2]] } });
    // Σ_d x_d x'_d s_d²
    const [v0, v1, c] = [1 * 0.25 + 4 * 4, 9 * 0.25 + 1 * 4, 3 * 0.25 - 2 * 4];
    for (const coherent of [true, false]) {
      const p = await predictive(model, x, { samples: S, seed: 5, coherent, draws: true });
      const draws = tf.tidy(() => p.draws().reshape([S, 2]).transpose().arraySync()) as [number[], number[]];
      p.dispose();
      expectChance([
        zOfVariance(draws[0], v0),
        zOfVariance(draws[1], v1),
        zOfCovariance(draws[0], draws[1], coherent ? c : 0, v0, v1),
      ]);
    }
    x.dispose();
    model.dispose();
  });
});
