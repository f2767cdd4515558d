import * as tf from '@tensorflow/tfjs';
import { auroc, outOfDistributionAUROC } from '../../src/metrics/auroc';
import { two_classes } from '../fixtures/scores.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

/** Over all pairs of a positive and a negative: 1 where the positive is above, ½ where they tie. */
function byPairs(scores: number[], labels: number[]): number {
  let won = 0;
  let pairs = 0;
  for (const [i, s] of scores.entries())
    for (const [j, t] of scores.entries())
      if (labels[i] === 1 && labels[j] === 0) {
        won += s > t ? 1 : s === t ? 0.5 : 0;
        pairs++;
      }
  return won / pairs;
}

const valueOf = (scores: tf.Tensor | ArrayLike<number>, labels: tf.Tensor | ArrayLike<number>): number =>
  tf.tidy(() => auroc(scores, labels).dataSync()[0]!);

eachBackend('auroc', () => {
  test('is the example of scikit-learn: roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) = 0.75', () => {
    expect(valueOf([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
  });

  test("is scikit-learn's roc_auc_score, ties included", () => {
    expect(valueOf(two_classes.p, two_classes.labels)).toBeCloseTo(two_classes.auroc_of_p, 6);
  });

  test.each([
    ['hardly any ties', 1e6],
    ['many ties', 8],
    ['nearly only ties', 2],
  ])('is what all pairs say, with %s', (_, levels) => {
    tf.tidy(() => {
      const noise = tf.randomUniform([300], -1, 1, 'float32', 3);
      const labels = tf.randomUniform([300], 0, 1, 'float32', 4).less(0.3).toInt();
      // About the mean of the positives, so that scores below 0 occur too.
      const scores = tf.floor(tf.mul(tf.add(noise, tf.mul(labels, 0.4)), levels));
      const expected = byPairs(Array.from(scores.dataSync()), Array.from(labels.dataSync()));
      expect(expected).toBeGreaterThan(0.55);
      expect(valueOf(scores, labels)).toBeCloseTo(expected, 6);
    });
  });

  // Φ(d/√2), the probability that Normal(d, 1) is above Normal(0, 1).
  test.each([
    [0, 0.5],
    [1, 0.7602499389065233],
    [2, 0.9213503964748575],
  ])('of two Gaussians %d stddevs apart is Φ(d/√2) = %d', (d, expected) => {
    const n = 50_000;
    tf.tidy(() => {
      const positive = tf.randomNormal([n], d, 1, 'float32', 21);
      const negative = tf.randomNormal([n], 0, 1, 'float32', 22);
      const actual = valueOf(tf.concat([positive, negative]), tf.concat([tf.ones([n]), tf.zeros([n])]));
      // The variance of AUROC is at most A (1 − A) / n for n positives and n negatives (Birnbaum & Klose 1957).
      expect(Math.abs(actual - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / n));
    });
  });

  test('is 1 for a perfect score, 0 for one upside down, ½ for one that is always the same', () => {
    expect(valueOf([1, 2, 3], [0, 1, 1])).toBe(1);
    expect(valueOf([3, 2, 1], [0, 1, 1])).toBe(0);
    expect(valueOf([2, 2, 2], [0, 1, 1])).toBe(0.5);
  });

  test('does not change under an increasing map, and sorts numbers, not their names', () => {
    const scores = [-20, -3, 0, 1e-9, 7, 10, 100];
    const labels = [0, 1, 0, 1, 0, 1, 0];
    const expected = byPairs(scores, labels);
    expect(valueOf(scores, labels)).toBeCloseTo(expected, 6);
    expect(
      valueOf(
        scores.map((s) => Math.atan(s) / 10 - 5),
        labels,
      ),
    ).toBeCloseTo(expected, 6);
    expect(
      valueOf(
        scores.map((s) => -s),
        labels,
      ),
    ).toBeCloseTo(1 - expected, 6);
  });

  test('takes Infinity as the highest score, 0 and −0 as a tie, and tells doubles apart that float32 does not', () => {
    expect(valueOf([Infinity, 5, -Infinity], [1, 0, 0])).toBe(1);
    expect(valueOf([-0, 0], [0, 1])).toBe(0.5);
    expect(valueOf([1, 1 + 1e-12], [0, 1])).toBe(1);
  });

  test('takes tensors and arrays, in any combination', () => {
    tf.tidy(() => {
      const expected = 0.75;
      const scores = tf.tensor1d([1, 4, 3, 8], 'int32');
      for (const labels of [
        tf.tensor1d([0, 0, 1, 1], 'bool'),
        tf.tensor1d([0, 0, 1, 1]),
        Uint8Array.of(0, 0, 1, 1),
      ])
        expect(valueOf(scores, labels)).toBe(expected);
    });
  });

  test('leaves its arguments as they are, its result and nothing else', () => {
    const scores = tf.tensor1d([3, 1, 2]);
    const before = tf.memory().numTensors;
    const result = auroc(scores, [0, 1, 1]);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(result.shape).toEqual([]);
    expectAllClose(scores, [3, 1, 2]);
    tf.dispose([scores, result]);
  });
});

eachBackend('outOfDistributionAUROC', () => {
  test('is the AUROC with the unknown as the positives: 1 where the model is less sure of all that it does not know', () => {
    tf.tidy(() => {
      expectAllClose(outOfDistributionAUROC([0.1, 0.2], [0.3, 0.9, 0.4]), 1);
      expectAllClose(
        outOfDistributionAUROC(tf.tensor1d([0.1, 0.5]), [0.2, 0.9]),
        auroc([0.1, 0.5, 0.2, 0.9], [0, 0, 1, 1]),
      );
    });
    expect(() => outOfDistributionAUROC([], [1])).toThrow(
      'outOfDistributionAUROC: known must hold numbers, got none',
    );
    expect(() => outOfDistributionAUROC([1], [NaN])).toThrow('unknown must be numbers, got NaN in row 0');
  });

  test('leaves its result and nothing else', () => {
    const before = tf.memory().numTensors;
    const result = outOfDistributionAUROC([1, 2], [2, 3]);
    expect(tf.memory().numTensors).toBe(before + 1);
    result.dispose();
  });
});

describe('auroc refuses', () => {
  test.each<[string, number[], number[], string]>([
    ['labels without a positive', [1, 2], [0, 0], 'auroc: labels must hold both classes, 0 and 1, got no 1'],
    ['labels without a negative', [1, 2], [1, 1], 'auroc: labels must hold both classes, 0 and 1, got no 0'],
    ['other labels', [1, 2, 3], [0, 1, 2], 'auroc: labels must be 0 or 1, got 2 in row 2'],
    ['labels of −1 and 1', [1, 2], [-1, 1], 'got -1 in row 0'],
    ['fewer labels', [1, 2, 3], [0, 1], 'auroc: there must be as many labels as scores, 3, got 2'],
    ['NaN', [NaN, 1], [0, 1], 'auroc: scores must be numbers, got NaN in row 0'],
    ['nothing', [], [], 'auroc: scores must hold numbers, got none'],
  ])('%s', (_, scores, labels, message) => {
    expect(() => auroc(scores, labels)).toThrow(message);
  });

  test('matrices', () => {
    tf.tidy(() => {
      const matrix = tf.eye(2);
      expect(() => auroc(matrix, [0, 1])).toThrow(
        'auroc: scores must be one number for each example, [N], got a float32 tensor of shape [2, 2]; take the scores of one class',
      );
      expect(() => auroc([1, 2], tf.zeros([2, 3]))).toThrow(
        'labels must be class indices [N] or [N, 1], or one-hot rows [N, 2]',
      );
    });
  });
});
