import * as tf from '@tensorflow/tfjs';
import { RunningMoments } from '../../src/numerics/runningMoments';
import { scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow, expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

/** 12 draws of 3 numbers, and what they come to in double precision. */
const draws = scattered(12, 3).map((row, k) => row.map((v) => Math.fround(v + k / 10)));
const columns = [0, 1, 2].map((j) => draws.map((row) => row[j]!));
const meanOf = (x: number[]): number => x.reduce((a, b) => a + b) / x.length;
const mean = columns.map(meanOf);
const variance = columns.map((x, j) => meanOf(x.map((v) => (v - mean[j]!) ** 2)));

/** Takes in the draws in parts of these sizes. */
function inParts(sizes: number[], shift = 0): RunningMoments {
  const moments = new RunningMoments();
  let start = 0;
  for (const size of sizes) {
    tf.tidy(() => {
      moments.add(tf.tensor2d(draws.slice(start, (start += size))).add(shift));
    });
  }
  return moments;
}

eachBackend('RunningMoments', () => {
  test.each([[[12]], [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], [[5, 7]], [[1, 8, 3]]])(
    'has the mean and the variance with 1/k of all draws, come they in parts of %p',
    (sizes) => {
      const moments = inParts(sizes);
      tf.tidy(() => {
        expect(moments.count).toBe(12);
        expectAllClose(moments.mean(), mean);
        expectAllClose(moments.variance(), variance);
      });
      moments.dispose();
    },
  );

  test('takes draws that lie along another axis', () => {
    const moments = new RunningMoments();
    tf.tidy(() => {
      const sideBySide = tf.tensor2d(draws).transpose();
      moments.add(sideBySide.slice([0, 0], [3, 4]), 1);
      moments.add(sideBySide.slice([0, 4], [3, 8]), 1);
      expectAllClose(moments.mean(), mean);
      expectAllClose(moments.variance(), variance);
    });
    moments.dispose();
  });

  test('keeps the digits of a variance that is small beside the mean', () => {
    // Σx² − k·mean² would be 1e6 ± 0.1 here. The numbers themselves are rounded to 6e-5.
    const moments = inParts([3, 1, 8], 1000);
    tf.tidy(() => expectAllClose(moments.variance(), variance, { rtol: 1e-3 }));
    moments.dispose();
  });

  test('makes fresh tensors, and holds none when it is disposed of', () => {
    expectNoLeak(() => {
      const moments = inParts([4, 4, 4]);
      const [first, second] = [moments.mean(), moments.mean()];
      first.dispose();
      expectAllClose(second, mean);
      second.dispose();
      moments.variance().dispose();
      moments.dispose();
      moments.dispose();
    });
  });

  test('starts anew after it was disposed of', () => {
    const moments = inParts([12]);
    moments.dispose();
    expect(moments.count).toBe(0);
    tf.tidy(() => {
      moments.add(tf.tensor2d([[1, 2, 3]]));
      expectAllClose(moments.mean(), [1, 2, 3]);
      expectAllClose(moments.variance(), [0, 0, 0]);
    });
    moments.dispose();
  });

  test('refuses to average nothing', () => {
    expectCleanThrow(() => new RunningMoments().mean(), 'there must be something to average');
    expectCleanThrow(() => new RunningMoments().variance(), 'there must be something to average');
  });
});
