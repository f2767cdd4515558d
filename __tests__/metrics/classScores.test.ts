import * as tf from '@tensorflow/tfjs';
import { splitEntropy } from '../../src/numerics/entropy';
import { brierScore, entropy, entropySplit, nll } from '../../src/metrics/classScores';
import { classification } from '../fixtures/metrics.json';
import { two_classes } from '../fixtures/scores.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const { logits, labels, mean_probabilities } = classification;
const meanProbabilities = (): tf.Tensor2D => tf.tensor2d(mean_probabilities);
const draws = (): tf.Tensor => tf.softmax(tf.tensor3d(logits));

/** Rounding of float32 where numbers of the order 1 are added up. */
const atol = 3e-6;

eachBackend('nll', () => {
  test('is the fixture of scipy', () => {
    tf.tidy(() => {
      const actual = nll(meanProbabilities(), labels);
      expect(actual.shape).toEqual([40]);
      expectAllClose(actual, classification.nll, { atol });
      // The predictive log density of S draws is that of their mean.
      expectAllClose(tf.neg(actual), classification.predictive_log_density, { atol });
      tf.unstack(draws()).forEach((p, s) =>
        expectAllClose(tf.neg(nll(p, labels)), classification.log_likelihood_per_draw[s]!, { atol: 1e-5 }),
      );
    });
  });

  test('is in nats, Infinity for a label of probability 0, and 0, not -0, for a sure one', () => {
    tf.tidy(() => {
      const p = tf.tensor2d([
        [0.5, 0.5],
        [1, 0],
        [0, 1],
      ]);
      expect(Array.from(nll(p, [1, 1, 1]).dataSync())).toEqual([expect.closeTo(Math.LN2), Infinity, 0]);
    });
  });

  test('takes labels as int32 and float32 tensors, typed and plain arrays, which stay as they are', () => {
    const y = [2, 0];
    const p = tf.tensor2d([
      [0.1, 0.2, 0.7],
      [0.4, 0.5, 0.1],
    ]);
    const given = [y, Int32Array.from(y), Float32Array.from(y), tf.tensor1d(y, 'int32'), tf.tensor1d(y)];
    for (const each of given) tf.tidy(() => expectAllClose(nll(p, each), [-Math.log(0.7), -Math.log(0.4)]));
    expectAllClose(given[3]!, y);
    tf.dispose([p, given[3]!, given[4]!]);
  });

  test('of the true probabilities is least on average: no others do better', () => {
    tf.tidy(() => {
      const truth = [0.2, 0.5, 0.3];
      const expected = (q: number[]): number =>
        nll(tf.tensor2d([q, q, q]), [0, 1, 2])
          .mul(tf.tensor1d(truth))
          .sum()
          .dataSync()[0]!;
      for (const q of [
        [0.25, 0.5, 0.25],
        [0.2, 0.45, 0.35],
        [0.1, 0.6, 0.3],
      ])
        expect(expected(q)).toBeGreaterThan(expected(truth));
      expectAllClose(expected(truth), entropy(tf.tensor1d(truth)));
    });
  });
});

eachBackend('brierScore', () => {
  test('is the fixture of numpy, and one more than that of TensorFlow Probability', () => {
    tf.tidy(() => {
      const actual = brierScore(meanProbabilities(), labels);
      expect(actual.shape).toEqual([40]);
      expectAllClose(actual, classification.brier_sum, { atol });
      expectAllClose(tf.sub(actual, 1), classification.tfp_brier_without_one, { atol });
    });
  });

  test('goes from 0 to 2; with two classes it is 2 (1 − p_y)²', () => {
    tf.tidy(() => {
      const p = tf.tensor2d([
        [0, 1],
        [1, 0],
        [0.3, 0.7],
      ]);
      expectAllClose(brierScore(p, [1, 1, 0]), [0, 2, 2 * 0.7 ** 2]);
    });
  });
});

eachBackend('nll and brierScore', () => {
  test("have the means of scikit-learn's log_loss and twice brier_score_loss", () => {
    tf.tidy(() => {
      const p = tf.tensor2d(two_classes.p.map((v) => [1 - v, v]));
      expectAllClose(nll(p, two_classes.labels).mean(), two_classes.log_loss);
      expectAllClose(brierScore(p, two_classes.labels).mean(), 2 * two_classes.brier_score_loss);
    });
  });
});

eachBackend('entropy', () => {
  test('is the fixture of scipy', () => {
    tf.tidy(() => expectAllClose(entropy(meanProbabilities()), classification.total_entropy, { atol }));
  });

  test('is ln C where all are alike, and 0 ln 0 is 0', () => {
    tf.tidy(() => {
      expectAllClose(entropy(tf.fill([2, 7], 1 / 7)), [Math.log(7), Math.log(7)]);
      expectAllClose(
        entropy(
          tf.tensor2d([
            [0, 1, 0],
            [0.5, 0, 0.5],
          ]),
        ),
        [0, Math.LN2],
      );
    });
  });

  test('is over the last axis, whatever the rank', () => {
    tf.tidy(() => {
      const p = [0.1, 0.2, 0.3, 0.4];
      const H = -p.reduce((sum, q) => sum + q * Math.log(q), 0);
      expectAllClose(entropy(tf.tensor1d(p)), H);
      expectAllClose(entropy(tf.tensor4d([[[p, p]], [[p, p]], [[p, p]]])), [[[H, H]], [[H, H]], [[H, H]]]);
    });
  });
});

eachBackend('entropySplit', () => {
  test('is the fixture of scipy', () => {
    tf.tidy(() => {
      const { total, aleatoric, epistemic } = entropySplit(draws());
      expectAllClose(total, classification.total_entropy, { atol });
      expectAllClose(aleatoric, classification.aleatoric_entropy, { atol });
      expectAllClose(epistemic, classification.epistemic_mutual_information, { atol });
    });
  });

  test('all is aleatoric where the draws agree, all is epistemic where each is sure of another class', () => {
    tf.tidy(() => {
      // Examples: agreeing, disagreeing.
      const split = entropySplit(
        tf.tensor3d([
          [
            [0.5, 0.5],
            [1, 0],
          ],
          [
            [0.5, 0.5],
            [0, 1],
          ],
        ]),
      );
      expectAllClose(split.total, [Math.LN2, Math.LN2]);
      expectAllClose(split.aleatoric, [Math.LN2, 0]);
      expectAllClose(split.epistemic, [0, Math.LN2]);
    });
  });

  test('is the mutual information of label and draw, as a table of their joint probabilities has it', () => {
    const p = [
      [0.7, 0.2, 0.1],
      [0.1, 0.3, 0.6],
    ];
    const joint = p.map((row) => row.map((v) => v / 2));
    const ofLabel = [0, 1, 2].map((c) => joint[0]![c]! + joint[1]![c]!);
    const information = joint.flatMap((row) => row.map((v, c) => v * Math.log(v / (0.5 * ofLabel[c]!))));
    tf.tidy(() => {
      const { epistemic } = entropySplit(tf.tensor3d(p.map((row) => [row])));
      expectAllClose(epistemic, [information.reduce((a, b) => a + b)]);
    });
  });

  test('has an epistemic part that is never below 0, also where the draws are equal', () => {
    tf.tidy(() => {
      const one = tf.softmax(tf.randomNormal([1, 500, 10], 0, 3, 'float32', 5));
      const { total, aleatoric, epistemic } = entropySplit(tf.concat([one, one, one]));
      // Without the clamp, rounding puts some below.
      expect(tf.sub(total, aleatoric).min().dataSync()[0]).toBeLessThan(0);
      expect(epistemic.min().dataSync()[0]).toBe(0);
      expectAllClose(epistemic, tf.zeros([500]), { atol });
    });
  });

  test('comes out the same from the means alone, gathered draw by draw', () => {
    tf.tidy(() => {
      const each = tf.unstack(draws());
      const meanEntropy = tf.div(tf.addN(each.map((p) => entropy(p))), each.length);
      const gathered = splitEntropy(entropy(tf.div(tf.addN(each), each.length)), meanEntropy);
      const split = entropySplit(draws());
      for (const part of ['total', 'aleatoric', 'epistemic'] as const)
        expectAllClose(gathered[part], split[part], { atol });
    });
  });
});

eachBackend('metrics of class probabilities', () => {
  const two = [
    [0.25, 0.75],
    [0.5, 0.5],
  ];

  test.each<[string, (p: tf.Tensor) => tf.TensorContainer, number[], number]>([
    ['nll', (p) => nll(p, [0, 1]), [2, 2], 1],
    ['brierScore', (p) => brierScore(p, [0, 1]), [2, 2], 1],
    ['entropy', entropy, [2, 2], 1],
    ['entropySplit', entropySplit, [1, 2, 2], 3],
  ])('%s leaves its argument as it is, its result and nothing else', (_, metric, shape, results) => {
    const p = tf.tensor(two.flat(), shape);
    const before = tf.memory().numTensors;
    const result = metric(p);
    expect(tf.memory().numTensors).toBe(before + results);
    expectAllClose(p.flatten(), two.flat());
    tf.dispose([p, result]);
  });

  test.each<[string, string, (p: tf.Tensor) => unknown]>([
    ['nll', 'probabilities', (p) => nll(p, [0, 1])],
    ['brierScore', 'probabilities', (p) => brierScore(p, [0, 1])],
    ['entropy', 'probabilities', entropy],
    ['entropySplit', 'draws', (p) => entropySplit(p.expandDims(0))],
  ])('%s refuses logits by the name of its argument', (name, argument, metric) => {
    tf.tidy(() => {
      expect(() =>
        metric(
          tf.tensor2d([
            [0.25, 0.75],
            [3, 0.5],
          ]),
        ),
      ).toThrow(`${name}: every row of ${argument} must sum to 1, got a sum of 3.5 in row `);
    });
  });

  test('nll and brierScore want [N, C] and labels, entropySplit wants [S, N, C]', () => {
    tf.tidy(() => {
      const p = tf.tensor2d(two);
      expect(() => nll(p.expandDims(0), [0, 1])).toThrow('nll: probabilities must have the shape [N, C]');
      expect(() => brierScore(p.expandDims(0), [0, 1])).toThrow(
        'brierScore: probabilities must have the shape [N, C]',
      );
      expect(() => entropySplit(p)).toThrow(
        'entropySplit: draws must have the shape [S, N, C] and hold numbers, got [2, 2]',
      );
      expect(() => nll(p, [0, 2])).toThrow('nll: labels must be whole numbers from 0 to 1, got 2 in row 1');
      expect(() => brierScore(p, [0, 2])).toThrow(
        'brierScore: labels must be whole numbers from 0 to 1, got 2 in row 1',
      );
    });
  });
});
