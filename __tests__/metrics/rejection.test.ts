import * as tf from '@tensorflow/tfjs';
import { accuracyRejectionCurve } from '../../src/metrics/rejection';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const accuracyOf = (uncertainty: ArrayLike<number>, correct: ArrayLike<number>): number[] =>
  tf.tidy(() => Array.from(accuracyRejectionCurve(uncertainty, correct).accuracy.dataSync()));

eachBackend('accuracyRejectionCurve', () => {
  test('is the accuracy on what is kept, the most uncertain rejected first', () => {
    tf.tidy(() => {
      const { rejected, accuracy } = accuracyRejectionCurve(
        tf.tensor1d([0.3, 0.1, 0.9, 0.2]),
        tf.tensor1d([1, 1, 0, 0]),
      );
      expectAllClose(rejected, [0, 0.25, 0.5, 0.75]);
      // Kept: all; 0.1, 0.2, 0.3; 0.1, 0.2; 0.1.
      expectAllClose(accuracy, [2 / 4, 2 / 3, 1 / 2, 1]);
    });
  });

  test('starts at the accuracy on all, and is flat for an uncertainty that knows nothing', () => {
    const correct = [1, 0, 0, 1, 1];
    expectAllClose(accuracyOf([7, 7, 7, 7, 7], correct), [0.6, 0.6, 0.6, 0.6, 0.6]);
  });

  test('does not depend on the order of equally uncertain examples: it is the mean over their orders', () => {
    // Of three that tie two are right: one or two of them, beside the sure one, hold 2/3 or 4/3 right ones on average.
    const expected = [3 / 4, (1 + 4 / 3) / 3, (1 + 2 / 3) / 2, 1];
    for (const correct of [
      [1, 1, 1, 0],
      [1, 0, 1, 1],
      [1, 1, 0, 1],
    ])
      expectAllClose(accuracyOf([0, 5, 5, 5], correct), expected);
  });

  test('takes infinite uncertainties, bools and many examples', () => {
    expectAllClose(accuracyOf([Infinity, -Infinity], [0, 1]), [0.5, 1]);
    tf.tidy(() => {
      const u = tf.randomUniform([20_000], 0, 1, 'float32', 3);
      // Right with probability 1 − u: of the k surest of N the expected accuracy is 1 − k/2N.
      const correct = tf.less(u, tf.randomUniform([20_000], 0, 1, 'float32', 4));
      const { accuracy } = accuracyRejectionCurve(u, correct);
      const [all, half] = [accuracy.dataSync()[0]!, accuracy.dataSync()[10_000]!];
      expect(Math.abs(all - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(20_000));
      expect(Math.abs(half - 0.75)).toBeLessThan((5 * 0.45) / Math.sqrt(10_000));
    });
  });

  test('leaves its two results and nothing else', () => {
    const before = tf.memory().numTensors;
    const curve = accuracyRejectionCurve([1, 2], [0, 1]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose(curve);
  });
});

describe('accuracyRejectionCurve refuses', () => {
  test.each<[string, number[], number[], string]>([
    [
      'numbers that are no 0 or 1',
      [1, 2],
      [0, 0.5],
      'accuracyRejectionCurve: correct must be 0 or 1, got 0.5 in row 1',
    ],
    ['other lengths', [1, 2], [0], 'correct must be as long as uncertainty, 2, got 1'],
    ['NaN', [NaN], [0], 'uncertainty must be numbers, got NaN in row 0'],
    ['nothing', [], [], 'uncertainty must hold numbers, got none'],
  ])('%s', (_, uncertainty, correct, message) => {
    expect(() => accuracyRejectionCurve(uncertainty, correct)).toThrow(message);
  });
});
