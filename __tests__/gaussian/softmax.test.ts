import * as tf from '@tensorflow/tfjs';
import { standardNormal } from '../../src/noise/noise';
import { softmaxMoments } from '../../src/gaussian/softmax';
import { softmax_of_gaussian_logits as cases } from '../fixtures/metrics.json';
import { scattered } from '../helpers/closedForms';
import { eachBackend, onBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('the moments of a softmax of Gaussian logits', (backend) => {
  test('has the mean of a product rule of Gauss and Hermite, to 0.02', () => {
    tf.tidy(() => {
      const { mean } = softmaxMoments({
        mean: tf.tensor2d(cases.map((c) => c.mean)),
        variance: tf.tensor2d(cases.map((c) => c.variance)),
      });
      expectAllClose(
        mean,
        cases.map((c) => c.expected_probabilities),
        { rtol: 0, atol: 0.02 },
      );
      expectAllClose(
        mean.sum(-1),
        cases.map(() => 1),
      );
    });
  });

  test.each([2, 3, 10, 21])('has mean and stddev of many draws, %d classes', (C) => {
    tf.tidy(() => {
      const rows = 3;
      const m = tf.tensor2d(scattered(rows, C, 1)).mul(4);
      const v = tf
        .tensor2d(scattered(rows, C, 2))
        .mul(1.5)
        .exp();
      const { mean, variance } = softmaxMoments({ mean: m, variance: v });
      // 4000 draws leave an error of at most 0.5 / √4000 = 0.008 in a mean.
      const p = tf.softmax(tf.add(m, tf.mul(v.sqrt(), standardNormal([4000, rows, C], 3))));
      const truth = tf.moments(p, 0);
      expectAllClose(mean, truth.mean, { rtol: 0, atol: 0.02 + 0.02 });
      expectAllClose(variance.sqrt(), truth.variance.sqrt(), { rtol: 0, atol: 0.04 + 0.02 });
      expect(truth.variance.sqrt().max().dataSync()[0]).toBeGreaterThan(0.1);
    });
  });

  test('is the softmax itself where nothing is uncertain', () => {
    tf.tidy(() => {
      const m = tf.tensor2d(scattered(3, 4));
      const { mean, variance } = softmaxMoments({ mean: m, variance: tf.zerosLike(m) });
      expectAllClose(mean, tf.softmax(m));
      expectAllClose(variance, tf.zerosLike(m));
    });
  });

  test('are the same every time, whatever was asked between', () => {
    tf.tidy(() => {
      const of = (C: number): tf.Tensor => {
        const { mean, variance } = softmaxMoments({ mean: tf.range(0, C), variance: tf.range(1, C + 1) });
        return tf.concat([mean, variance]);
      };
      const first = [4, 5].map(of);
      [4, 5].map(of).forEach((again, i) => expectAllClose(again, first[i]!, { rtol: 0, atol: 0 }));
    });
  });

  // The cpu backend takes 5 µs for each number of each point; the blocks are cut before any backend is asked.
  if (backend !== 'cpu')
    test('comes out the same in blocks of rows as row by row, and leaves nothing else', () => {
      const sizes = [[700, 10], [2, 5000]]; // prettier-ignore
      for (const [rows, C] of sizes as Array<[number, number]>) {
        // prettier-ignore
        const [m, v] = [tf.randomNormal([rows, C], 0, 1, 'float32', 1), tf.fill([rows, C], 0.5)];
        const slice = [0, rows - 2].map((row) => m.slice([row, 0], [2, C]));
        const alone = slice.map((part) => softmaxMoments({ mean: part, variance: tf.fill([2, C], 0.5) }));
        expectNoLeak(() => tf.dispose(softmaxMoments({ mean: m, variance: v })));
        tf.tidy(() => {
          const all = softmaxMoments({ mean: m, variance: v });
          alone.forEach(({ mean, variance }, i) => {
            const start = [[0, rows - 2][i]!, 0];
            expectAllClose(all.mean.slice(start, [2, C]), mean, { atol: 1e-7 });
            expectAllClose(all.variance.slice(start, [2, C]), variance, { atol: 1e-7 });
          });
        });
        tf.dispose([m, v, slice, alone]);
      }
    });

  test('is symmetric where the logits are, to its error, and keeps the shape', () => {
    tf.tidy(() => {
      const { mean } = softmaxMoments({ mean: tf.zeros([2, 3, 5]), variance: tf.ones([2, 3, 5]) });
      expectAllClose(mean, tf.fill([2, 3, 5], 0.2), { rtol: 0, atol: 0.01 });
    });
  });
});

// The bytes are counted by the engine, which all backends share; cpu takes a minute for a case.
onBackend('wasm', 'the moments of a softmax of many classes', () => {
  test.each([
    [2, 20_000],
    [3000, 10],
  ])('%d rows of %d never hold more than some tensors of 4 MB at once', async (rows, C) => {
    const [m, v] = [tf.zeros([rows, C]), tf.ones([rows, C])];
    const moments = await tf.profile(() => softmaxMoments({ mean: m, variance: v }));
    // 128 points and their mirror images at once would be 41 MB and 31 MB in each of some tensors.
    expect(moments.peakBytes - tf.memory().numBytes).toBeLessThan(40e6);
    tf.dispose([m, v, moments.result]);
  });
});
