/** Coverage is that of the theory, over many splits and of predictions that are wrong; nothing else is promised. */
import * as tf from '@tensorflow/tfjs';
import {
  categoricalNLL,
  conformalIntervals,
  conformalSets,
  conformalThresholds,
  gaussianNLL,
  intervalCoverage,
  predictive,
  type ConformalScore,
} from '../../src';
import type { Predictive } from '../../src/predict/result';
import { eachBackend, startBackend } from '../helpers/eachBackend';
import { expectCleanThrow } from '../helpers/leaks';
import { hidden, modelsOfEachTest, output, sequential } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

const SPLITS = 1000;
const [HELD_OUT, NEW] = [99, 50];

/** What the conformal functions ask of a prediction. */
function asked(parts: { mean: tf.Tensor; stddev?: tf.Tensor; family?: string }): Predictive {
  const stddev = parts.stddev ?? tf.onesLike(parts.mean);
  const interval = (level: number): object => ({
    lower: parts.mean.sub(stddev.mul(level)),
    upper: parts.mean.add(stddev.mul(level)),
  });
  const likelihood = parts.family === undefined ? undefined : { family: parts.family };
  return {
    likelihood,
    mean: () => parts.mean.clone(),
    stddev: () => stddev.clone(),
    interval,
  } as unknown as Predictive;
}

interface Data {
  mean: tf.Tensor;
  stddev?: tf.Tensor;
  y: tf.Tensor;
}

/** A regression that is off in mean and stddev, and more so for some. */
function regression(rows: number): Data {
  const x = tf.randomUniform([rows, 1], -2, 2, 'float32', 1);
  const noise = tf.randomNormal([rows, 1], 0, 1, 'float32', 2);
  return { mean: x.abs(), stddev: x.mul(0.1).add(0.5), y: x.square().add(x.abs().mul(noise)) };
}

/** A classifier of four classes that is much too sure: labels come from the probabilities at temperature 4. */
function classification(rows: number): Data {
  const logits = tf.randomNormal([rows, 4], 0, 6, 'float32', 1);
  const gumbel = tf.randomUniform([rows, 4], 1e-6, 1, 'float32', 2).log().neg().log().neg();
  return { mean: tf.softmax(logits), y: logits.div(4).add(gumbel).argMax(-1) };
}

/** Of held-out and new examples that no other split has. */
function coverages(score: ConformalScore): number[] {
  const isOfClasses = score === 'leastAmbiguous' || score === 'adaptive';
  const all = (isOfClasses ? classification : regression)(SPLITS * (HELD_OUT + NEW));
  const rows = (start: number, size: number): { prediction: Predictive; y: tf.Tensor } => {
    const [mean, stddev] = [all.mean.slice(start, size), all.stddev?.slice(start, size)];
    return {
      prediction: asked({ mean, stddev, family: isOfClasses ? 'categorical' : undefined }),
      y: all.y.slice(start, size),
    };
  };
  return Array.from({ length: SPLITS }, (_, i) =>
    tf.tidy(() => {
      const start = i * (HELD_OUT + NEW);
      const [heldOut, fresh] = [rows(start, HELD_OUT), rows(start + HELD_OUT, NEW)];
      const conformal = conformalThresholds(heldOut.prediction, heldOut.y, { coverage: 0.9, score });
      if (!isOfClasses)
        return intervalCoverage(conformalIntervals(fresh.prediction, conformal), fresh.y).dataSync()[0]!;
      const members = conformalSets(fresh.prediction, conformal).dataSync();
      const labels = Array.from(fresh.y.dataSync());
      return labels.filter((label, n) => members[4 * n + label] === 1).length / NEW;
    }),
  );
}

describe('over 1,000 splits', () => {
  beforeAll(() => startBackend('cpu'));

  test.each<ConformalScore>(['normalised', 'quantiles', 'leastAmbiguous', 'adaptive'])('%s', (score) => {
    tf.engine().startScope();
    const all = coverages(score);
    tf.engine().endScope();
    const mean = all.reduce((a, b) => a + b) / SPLITS;
    const variance = all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (SPLITS - 1);
    // The coverage given a held-out set is Beta(90, 10); of 50 new examples it is seen with a binomial error.
    const ofBeta = (0.9 * 0.1) / (HELD_OUT + 2);
    const expected = ofBeta + (0.9 * 0.1 - ofBeta) / NEW;
    const tolerance = 5 * Math.sqrt(expected / SPLITS);
    expect(Math.abs(mean - 0.9)).toBeLessThan(tolerance);
    // The variance of a sample variance is 2/n of its square, and somewhat more for a skew one.
    expect(Math.abs(variance / expected - 1)).toBeLessThan(6 * Math.sqrt(2 / SPLITS));
  });
});

eachBackend('conformal', () => {
  const { made } = modelsOfEachTest(0.3);

  test('intervals of a prediction: each target by its own threshold, plain data in between', async () => {
    const model = made(sequential(hidden({ inputShape: [3] }), output()));
    model.compile({ optimizer: 'sgd', loss: gaussianNLL({ stddev: 0.1 }) });
    const x = tf.randomNormal([200, 3], 0, 1, 'float32', 1);
    const p = await predictive(model, x, { seed: 1, samples: 10 });
    const spread = tf.tensor1d([1, 10]);
    const y = p.mean().add(tf.randomNormal([200, 2], 0, 1, 'float32', 2).mul(spread));
    const conformal = conformalThresholds(p, y, { coverage: 0.8 });
    expect(conformal).toMatchObject({ score: 'normalised', coverage: 0.8, examples: 200 });
    expect(conformal.thresholds[1]! / conformal.thresholds[0]!).toBeGreaterThan(5);
    const restored = JSON.parse(JSON.stringify(conformal)) as typeof conformal;
    const { lower, upper } = conformalIntervals(p, restored);
    // ⌈201 · 0.8⌉ = 161 of the 200 that the thresholds are from, of each target: those at the end count by rounding.
    const inside = tf.logicalAnd(tf.greaterEqual(y, lower.sub(1e-4)), tf.lessEqual(y, upper.add(1e-4)));
    expectAllClose(inside.toFloat().sum(0), [161, 161], { rtol: 0, atol: 0 });
    expectAllClose(upper.sub(lower), p.stddev().mul(tf.tensor1d(conformal.thresholds)).mul(2), {
      rtol: 1e-4,
    });
    // By quantiles, of targets that lie close: the ends move inwards and do not cross.
    const close = conformalThresholds(p, p.mean(), { score: 'quantiles' });
    expect(close.thresholds[0]).toBeLessThan(0);
    const narrow = conformalIntervals(p, { ...close, thresholds: [-100, -100] });
    expectAllClose(narrow.lower, narrow.upper);
    p.dispose();
  });

  test('sets of a prediction', () => {
    tf.tidy(() => {
      const mean = tf.tensor2d([
        [0.6, 0.3, 0.1],
        [0.1, 0.1, 0.8],
        [0.34, 0.33, 0.33],
      ]);
      const p = asked({ mean, family: 'categorical' });
      const conformal = { coverage: 0.9, examples: 9 };
      const sets = (score: ConformalScore, q: number): number[] =>
        Array.from(conformalSets(p, { ...conformal, score, thresholds: [q] }).dataSync());
      expect(sets('leastAmbiguous', 0.7000001)).toEqual([1, 1, 0, 0, 0, 1, 1, 1, 1]);
      expect(sets('leastAmbiguous', 0.5)).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0]);
      // Sums before each class, the most probable first: 0, 0.6, 0.9; 0, 0.8, 0.9; 0, 0.34, 0.67.
      expect(sets('adaptive', 0.7)).toEqual([1, 1, 0, 0, 0, 1, 1, 1, 1]);
      expect(sets('adaptive', 0.1)).toEqual([1, 0, 0, 0, 0, 1, 1, 0, 0]);
      expect(conformalSets(p, { ...conformal, score: 'adaptive', thresholds: [1] }).dtype).toBe('bool');
      const labels = [0, 2, 1];
      // 1 − p of the label: 0.4, 0.2, 0.67; the second of three at coverage 0.5.
      const { thresholds } = conformalThresholds(p, labels, { coverage: 0.5 });
      expectAllClose(tf.tensor1d(thresholds), [0.4]);
      const adaptive = conformalThresholds(p, tf.tensor1d(labels, 'int32'), {
        coverage: 0.75,
        score: 'adaptive',
      });
      expectAllClose(tf.tensor1d(adaptive.thresholds), [0.34]);
    });
  });
});

describe('conformal refuses', () => {
  beforeAll(() => startBackend('cpu'));
  const of = (rows: number): Predictive => asked({ mean: tf.zeros([rows, 1]) });

  test.each<[string, () => unknown, string]>([
    [
      'too few',
      () => conformalThresholds(of(50), tf.ones([50]), { coverage: 0.99 }),
      'conformalThresholds: a coverage of 0.99 needs at least 99 held-out examples, got 50',
    ],
    [
      '8 for 0.9',
      () => conformalThresholds(of(8), tf.ones([8, 1])),
      'needs at least 9 held-out examples, got 8',
    ],
    [
      'another shape',
      () => conformalThresholds(of(20), tf.ones([21])),
      'y must have the shape [20, 1], got [21]',
    ],
    [
      'no coverage',
      () => conformalThresholds(of(20), tf.ones([20]), { coverage: 1 }),
      'coverage must be above 0 and below 1, got 1',
    ],
    [
      'classes of numbers',
      () => conformalThresholds(of(20), tf.ones([20]), { score: 'adaptive' }),
      'sets need a prediction of one class for each example',
    ],
    [
      'a stddev of 0',
      () => conformalThresholds(asked({ mean: tf.zeros([20, 1]), stddev: tf.zeros([20, 1]) }), tf.ones([20])),
      'the stddev of every prediction must be above 0, got 0',
    ],
    [
      'a promise',
      () => conformalThresholds(Promise.resolve() as never, []),
      'heldOut must be what predictive resolves to, got a Promise; await it',
    ],
    [
      'those of sets',
      () => conformalIntervals(of(3), { score: 'adaptive', coverage: 0.9, thresholds: [1], examples: 9 }),
      'conformalSets takes other scores',
    ],
    [
      'another number',
      () =>
        conformalIntervals(of(3), { score: 'normalised', coverage: 0.9, thresholds: [1, 2], examples: 9 }),
      'must have as many thresholds as an example has targets, [1], got 2',
    ],
    [
      'what a file lost',
      () =>
        conformalIntervals(of(3), {
          score: 'normalised',
          coverage: 0.9,
          thresholds: [null as never],
          examples: 9,
        }),
      'thresholds must be numbers',
    ],
  ])('%s', (_, call, message) => {
    tf.tidy(() => {
      expect(call).toThrow(message);
    });
  });

  test('and 9 are enough for 0.9, 99 for 0.99, 19 for 0.95', () => {
    for (const [n, coverage] of [
      [9, 0.9],
      [99, 0.99],
      [19, 0.95],
      [1, 0.5],
    ] as const) {
      const take = (rows: number): unknown =>
        tf.tidy(() => conformalThresholds(of(rows), tf.ones([rows]), { coverage }).thresholds);
      expect(take(n)).toEqual([1]);
      if (n > 1) expectCleanThrow(() => take(n - 1), `at least ${n} held-out`);
    }
  });

  test('a classifier whose sets are asked for', async () => {
    const model = sequential(output({ inputShape: [2], non_linearity: 'softmax' }));
    model.compile({ optimizer: 'sgd', loss: categoricalNLL() });
    const p = await predictive(model, tf.ones([9, 2]), { samples: 2 });
    expect(conformalThresholds(p, new Int32Array(9)).score).toBe('leastAmbiguous');
    p.dispose();
    model.dispose();
  });
});
