import * as tf from '@tensorflow/tfjs';
import { layers } from '../../src';
import { hiddenLayer } from '../../src/layers/hidden';
import { weightHistogram } from '../../src/plots/weightHistogram';
import { eachBackend } from '../helpers/eachBackend';
import { normalCdf } from '../helpers/gaussianTests';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('weightHistogram', () => {
  test('has the expected share of drawn weights in every bin, and the share of the means', () => {
    tf.tidy(() => {
      const [means, scales] = [
        [-1, 0, 0.5, 2],
        [0.5, 0.1, 1, 0.25],
      ];
      const histogram = weightHistogram(
        { A_mean: tf.tensor2d(means, [2, 2]), A_scale: tf.tensor2d(scales, [2, 2]) },
        { bins: 6 },
      );
      // From −2.5 = −1 − 3 · 0.5 = 0.5 − 3 · 1 to 3.5 = 0.5 + 3 · 1.
      expectAllClose(histogram.lower, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]);
      expectAllClose(histogram.upper, [-1.5, -0.5, 0.5, 1.5, 2.5, 3.5]);
      const below = (x: number): number =>
        means.reduce((sum, m, i) => sum + normalCdf((x - m) / scales[i]!), 0) / means.length;
      expectAllClose(
        histogram.weights,
        [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map((a) => below(a + 1) - below(a)),
        { atol: 3e-7 },
      );
      expectAllClose(histogram.means, [0, 0.25, 0.25, 0.25, 0.25, 0]);
    });
  });

  test('of a layer adds up to all its means and, within 3 scales, nearly all its weights', () => {
    const before = tf.memory().numTensors;
    const layer = hiddenLayer({ units: 60, inputShape: [50], seed: 1, KL_factor: 1 });
    const model = tf.sequential({ layers: [layer] });
    const held = tf.memory().numTensors;
    const histogram = tf.tidy(() => weightHistogram(layer.posterior()));
    expect(tf.memory().numTensors).toBe(held + 4);
    tf.tidy(() => {
      expect(histogram.weights.shape).toEqual([40]);
      expectAllClose(histogram.means.sum(), 1, { rtol: 1e-5 });
      expectAllClose(histogram.weights.sum(), 1, { rtol: 1e-4 });
    });
    tf.dispose(histogram);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('takes each tensor of a layer of the family, as it takes those of a HiddenLayer', () => {
    const layer = layers.dense({ units: 3, inputShape: [4], seed: 1, klFactor: 1 });
    const model = tf.sequential({ layers: [layer] });
    tf.tidy(() => {
      const posterior = layer.posterior();
      for (const { mean, stddev } of Object.values(posterior)) {
        const ours = weightHistogram({ mean, stddev }, { bins: 5 });
        const pyros = weightHistogram({ A_mean: mean, A_scale: stddev }, { bins: 5 });
        for (const column of ['lower', 'upper', 'weights', 'means'] as const)
          expectAllClose(ours[column], pyros[column]);
      }
      expect(() => weightHistogram(posterior as never)).toThrow(
        'posterior must be {A_mean, A_scale} or {mean, stddev}, got {kernel, bias}; e.g. posterior().kernel',
      );
      const mean = tf.ones([2]);
      expect(() => weightHistogram({ mean, stddev: tf.ones([3]) })).toThrow('stddev must hold weights, of the shape of mean'); // prettier-ignore
      expect(() => weightHistogram({ mean } as never)).toThrow('stddev must be a tensor, got undefined');
    });
    model.dispose();
  });

  test('refuses what is no posterior', () => {
    tf.tidy(() => {
      const A_mean = tf.ones([2, 3]);
      expect(() => weightHistogram({ A_mean, A_scale: tf.ones([3, 2]) })).toThrow(
        'weightHistogram: A_scale must hold weights, of the shape of A_mean, got [3, 2]',
      );
      expect(() => weightHistogram({ A_mean, A_scale: 1 as never })).toThrow(
        'A_scale must be a tensor, got 1',
      );
      expect(() => weightHistogram({ A_mean, A_scale: A_mean }, { bins: 0 })).toThrow(
        'bins must be a whole number',
      );
      if (!['webgl', 'webgpu'].includes(tf.getBackend()))
        expect(() => weightHistogram({ A_mean, A_scale: tf.zeros([2, 3]) })).toThrow(
          'A_scale must be finite and above 0',
        );
    });
  });
});
