import * as tf from '@tensorflow/tfjs';
import { expectedCalibrationError } from '../src/calibration';
import { classification } from './fixtures/metrics.json';
import { eachBackend } from './helpers/eachBackend';
import { expectAllClose } from './helpers/toBeAllClose';

/** `right` of `n` predictions made with this confidence are right: rows of two classes and labels. */
interface Group {
  confidence: number;
  n: number;
  right: number;
}

function ece(groups: Group[], bins?: number): number {
  const rows = groups.flatMap(({ confidence: c, n }) => Array.from({ length: n }, () => [1 - c, c]));
  const labels = groups.flatMap(({ n, right }) => Array.from({ length: n }, (_, i) => (i < right ? 1 : 0)));
  return tf.tidy(
    () =>
      expectedCalibrationError(tf.tensor2d(rows), labels, bins === undefined ? {} : { bins }).dataSync()[0]!,
  );
}

eachBackend('expectedCalibrationError', () => {
  test('is the fixture of TensorFlow Probability; with one bin it is |accuracy − mean confidence|', () => {
    const { mean_probabilities, labels, ece_10_bins, accuracy } = classification;
    const confidence = mean_probabilities.map((row) => Math.max(...row));
    const meanConfidence = confidence.reduce((a, b) => a + b) / confidence.length;
    tf.tidy(() => {
      const p = tf.tensor2d(mean_probabilities);
      const actual = expectedCalibrationError(p, labels);
      expect(actual.shape).toEqual([]);
      expectAllClose(actual, ece_10_bins, { rtol: 1e-5 });
      expectAllClose(expectedCalibrationError(p, labels, { bins: 1 }), Math.abs(accuracy - meanConfidence));
    });
  });

  test('is 0 where every confidence is held', () => {
    expect(
      ece([
        { confidence: 0.6, n: 5, right: 3 },
        { confidence: 0.8, n: 10, right: 8 },
        { confidence: 1, n: 4, right: 4 },
      ]),
    ).toBeCloseTo(0, 6);
  });

  test('is the surplus of confidence, or the lack of it', () => {
    expect(ece([{ confidence: 0.95, n: 20, right: 12 }])).toBeCloseTo(0.35, 6);
    expect(ece([{ confidence: 0.55, n: 20, right: 20 }])).toBeCloseTo(0.45, 6);
  });

  test('weighs bins by their examples, and too much here does not make up for too little there', () => {
    const groups = [
      { confidence: 0.95, n: 30, right: 24 },
      { confidence: 0.55, n: 10, right: 10 },
    ];
    expect(ece(groups)).toBeCloseTo((30 * 0.15 + 10 * 0.45) / 40, 6);
    expect(ece(groups, 1)).toBeCloseTo(0, 6);
  });

  test('has bins that hold their lower edge and not their upper one', () => {
    // 0.75 is exact in float32, and an edge of 4 bins: it shares the bin of 0.875, not of 0.625.
    const groups = [
      { confidence: 0.625, n: 1, right: 1 },
      { confidence: 0.75, n: 1, right: 0 },
      { confidence: 0.875, n: 1, right: 1 },
    ];
    expect(ece(groups, 4)).toBeCloseTo((0.375 + (0.75 - 0.125)) / 3, 6);
  });

  test('takes an edge that float32 does not hold for the edge, as TensorFlow Probability does', () => {
    // 0.7 in float32 is below 7/10, but its tenfold rounds to 7: it shares the bin of 0.75, not of 0.65.
    const groups = [
      { confidence: 0.65, n: 1, right: 1 },
      { confidence: 0.7, n: 1, right: 0 },
      { confidence: 0.75, n: 1, right: 1 },
    ];
    expect(ece(groups)).toBeCloseTo((0.35 + (0.7 - 0.25)) / 3, 6);
  });

  test('puts 1 into the last bin', () => {
    const groups = [
      { confidence: 1, n: 1, right: 0 },
      { confidence: 0.95, n: 3, right: 3 },
    ];
    expect(ece(groups)).toBeCloseTo((1 - 0.15) / 4, 6);
  });

  test('takes the first of several classes that are equally probable', () => {
    tf.tidy(() => {
      const p = tf.tensor2d([[0.4, 0.4, 0.2]]);
      expectAllClose(expectedCalibrationError(p, [0]), 0.6);
      expectAllClose(expectedCalibrationError(p, [1]), 0.4);
    });
  });

  test('of labels drawn from the probabilities is within chance; of those made too sure it is not', () => {
    const [N, bins] = [20_000, 10];
    tf.tidy(() => {
      const z = tf.randomNormal<tf.Rank.R2>([N, 4], 0, 1.5, 'float32', 11);
      const gumbel = tf.neg(tf.log(tf.neg(tf.log(tf.randomUniform([N, 4], 1e-6, 1 - 1e-6, 'float32', 12)))));
      const labels = tf.argMax(tf.add(z, gumbel), -1);
      const of = (logits: tf.Tensor): number =>
        expectedCalibrationError(tf.softmax(logits), labels, { bins }).dataSync()[0]!;
      // The mean over data is at most ½ √(bins/N) = 0.011 and the stddev at most ½ / √N = 0.0035.
      expect(of(z)).toBeLessThan(0.5 * Math.sqrt(bins / N) + (4 * 0.5) / Math.sqrt(N));
      expect(of(tf.mul(z, 2))).toBeGreaterThan(0.1);
    });
  });

  test('leaves its result and nothing else', () => {
    const p = tf.tensor2d([[0.25, 0.75]]);
    const before = tf.memory().numTensors;
    const result = expectedCalibrationError(p, [1]);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([p, result]);
  });

  test('refuses what is no probabilities, labels or number of bins', () => {
    tf.tidy(() => {
      const p = tf.tensor2d([[0.25, 0.75]]);
      const who = 'expectedCalibrationError: ';
      expect(() => expectedCalibrationError(tf.mul(p, 2), [1])).toThrow(
        `${who}every row of probabilities must sum to 1`,
      );
      expect(() => expectedCalibrationError(p, [2])).toThrow(
        `${who}labels must be whole numbers from 0 to 1, got 2`,
      );
      expect(() => expectedCalibrationError(p, [1], { bins: 0 })).toThrow(
        `${who}bins must be a whole number of at least 1`,
      );
      expect(() => expectedCalibrationError(p, [1], { bin: 5 } as object)).toThrow(
        `${who}options must be among bins, got bin`,
      );
    });
  });
});
