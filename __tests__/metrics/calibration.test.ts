import * as tf from '@tensorflow/tfjs';
import { expectedCalibrationError, reliabilityTable } from '../../src/metrics/calibration';
import { classification } from '../fixtures/metrics.json';
import { two_classes } from '../fixtures/scores.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

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
        `${who}options must be among bins, strategy, got bin`,
      );
    });
  });
});

const finite = (t: tf.Tensor): number[] => Array.from(t.dataSync()).filter(Number.isFinite);

eachBackend('reliabilityTable', () => {
  const probabilities = (): tf.Tensor2D => tf.tensor2d(two_classes.p.map((p) => [1 - p, p]));

  test.each(['uniform', 'quantile'] as const)("is scikit-learn's calibration_curve, %s", (strategy) => {
    tf.tidy(() => {
      const { bins, labels } = two_classes;
      const table = reliabilityTable(probabilities(), labels, { bins, strategy });
      expect(table.count.shape).toEqual([bins]);
      expectAllClose(table.count.sum(), labels.length);
      expectAllClose(finite(table.accuracy), two_classes[strategy].accuracy);
      expectAllClose(finite(table.confidence), two_classes[strategy].confidence);
    });
  });

  test('has the calibration error in it, with either strategy', () => {
    tf.tidy(() => {
      for (const strategy of ['uniform', 'quantile'] as const) {
        const options = { bins: 7, strategy };
        const { count, accuracy, confidence } = reliabilityTable(
          probabilities(),
          two_classes.labels,
          options,
        );
        const gaps = tf.mul(count, tf.abs(tf.sub(accuracy, confidence)));
        const ece = finite(gaps).reduce((a, b) => a + b) / two_classes.labels.length;
        expectAllClose(expectedCalibrationError(probabilities(), two_classes.labels, options), ece);
      }
    });
  });

  test('has edges of equal width, or such that every bin has as many examples', () => {
    tf.tidy(() => {
      const uniform = reliabilityTable(tf.tensor2d([[0.25, 0.75]]), [1], { bins: 4 });
      expectAllClose(uniform.lower, [0, 0.25, 0.5, 0.75]);
      expectAllClose(uniform.upper, [0.25, 0.5, 0.75, 1]);
      expect(Array.from(uniform.count.dataSync())).toEqual([0, 0, 0, 1]);
      expect(Array.from(uniform.accuracy.dataSync())).toEqual([NaN, NaN, NaN, 1]);

      const N = 100;
      const p = Array.from({ length: N }, (_, i) => 0.5 + i / 250);
      const rows = tf.tensor2d(p.map((v) => [v, 1 - v]));
      const quantile = reliabilityTable(
        rows,
        p.map(() => 0),
        { bins: 5, strategy: 'quantile' },
      );
      expect(Array.from(quantile.count.dataSync())).toEqual([20, 20, 20, 20, 20]);
      expectAllClose(quantile.lower.slice(0, 1), [p[0]!]);
      expectAllClose(quantile.upper.slice(4), [p[N - 1]!]);
      expectAllClose(quantile.upper.slice(0, 4), quantile.lower.slice(1));
    });
  });

  test('keeps equal confidences together, whatever the order of the examples', () => {
    tf.tidy(() => {
      const p = tf.fill([10, 2], 0.5);
      const table = reliabilityTable(p, [0, 1, 0, 1, 0, 1, 0, 1, 1, 1], { bins: 5, strategy: 'quantile' });
      expect(Array.from(table.count.dataSync())).toEqual([10, 0, 0, 0, 0]);
      expectAllClose(table.accuracy.slice(0, 1), [0.4]);
    });
  });

  test('leaves five tensors and nothing else; refuses another strategy', () => {
    const p = tf.tensor2d([[0.25, 0.75]]);
    const before = tf.memory().numTensors;
    const table = reliabilityTable(p, [1]);
    expect(tf.memory().numTensors).toBe(before + 5);
    expect(() => reliabilityTable(p, [1], { strategy: 'mass' as never })).toThrow(
      "reliabilityTable: strategy must be 'uniform' (equal widths) or 'quantile' (equal masses), got \"mass\"",
    );
    tf.dispose([p, table]);
  });
});
