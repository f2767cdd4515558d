import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, type HiddenLayer } from '../../src/layers/hidden';
import { gradientStatistics } from '../../src/diagnosis/gradientStatistics';
import { scattered, type Matrix } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

const [N, D] = [40, 3];
const σ = 0.5;
const X = scattered(N, D);
const p = 0.8;
const A_mean = [[0.5], [-1], [0.2]]; // prettier-ignore
/** At rest the precision is Σ x_d² / σ² + 1/p². */
const atRest = [0, 1, 2].map((d) => [
  1 / Math.sqrt(X.reduce((sum, row) => sum + row[d]! ** 2, 0) / σ ** 2 + 1 / p ** 2),
]);

eachBackend('gradientStatistics', () => {
  const statistics = async (A_scale: Matrix, draws: number, klWeight = 1, KL_factor = 1 / N) => {
    const layer: HiddenLayer = hiddenLayer({
      ...{ units: 1, KL_factor, klWeight, A_prior_scale: p, non_linearity: 'linear', seed: 3 },
      include_hidden_bias: false,
    });
    layer.build([null, D]);
    layer.setPosterior({ A_mean, A_scale });
    const [x, y] = [tf.tensor2d(X), tf.tensor2d(scattered(N, 1, 4))];
    const nll = (): tf.Scalar =>
      tf.mean(tf.mul(0.5 / σ ** 2, tf.square(tf.sub(y, layer.apply(x) as tf.Tensor)))).asScalar();
    const before = tf.memory().numTensors;
    const [found] = await gradientStatistics([layer], nll, draws);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, y]);
    return found!;
  };

  test('the slope of the scales is 0 at rest, and its closed form elsewhere', async () => {
    // The gradient of one draw has a noise of about the KL's force over √D; 200 draws leave a 24th of it.
    expect(Math.abs((await statistics(atRest, 200)).scaleSlope)).toBeLessThan(0.2);
    const twice = atRest.map(([s]) => [2 * s!]);
    // G = s² Σ x_d² / (N σ²); in units of 1/N, and with it (s/p)² − 1: 4 (1 − s*²/p²) + 4 s*²/p² − 1 = 3.
    expect(Math.abs((await statistics(twice, 200)).scaleSlope - 3)).toBeLessThan(0.8);
  });

  test('is −1 where the data do not see the scales, whatever the weight of the KL', async () => {
    const tiny = atRest.map(() => [1e-6]);
    for (const [weight, factor] of [
      [1, 1 / N],
      [0.1, 1 / N],
      [1, 3],
    ] as const)
      // prettier-ignore
      expectAllClose((await statistics(tiny, 2, weight, factor)).scaleSlope, -1, { rtol: 1e-2 });
    expect((await statistics(tiny, 2, 0)).scaleSlope).toBeNaN();
  });

  test('leaves nothing behind where the loss throws, at whichever draw', async () => {
    const layer = hiddenLayer({ units: 1, KL_factor: 1, include_hidden_bias: false });
    tf.tidy(() => {
      layer.apply(tf.ones([1, D]));
    });
    for (const good of [0, 1]) {
      let draws = 0;
      const nll = (): tf.Scalar => {
        if (draws++ === good) throw new Error('no loss');
        return tf.addN(layer.weights.map((weight) => weight.read().sum())).asScalar();
      };
      await expectCleanRejection(() => gradientStatistics([layer], nll, 2), 'no loss');
    }
    layer.dispose();
  });

  test('the noise of the gradient goes with the scales', async () => {
    const [quiet, noisy] = [await statistics(atRest.map(() => [1e-6]), 20), await statistics(atRest.map(() => [1e-2]), 20)]; // prettier-ignore
    expect(quiet.gradientNoise).toBeLessThan(1e-3);
    const louder = await statistics(atRest.map(() => [1e-1]), 20); // prettier-ignore
    // Ten times the scale, ten times the noise, to the spread of 20 draws of three numbers each.
    expect(louder.gradientNoise / noisy.gradientNoise).toBeGreaterThan(5);
    expect(louder.gradientNoise / noisy.gradientNoise).toBeLessThan(20);
  });
});
