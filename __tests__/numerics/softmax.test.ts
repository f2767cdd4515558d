import * as tf from '@tensorflow/tfjs';
import { categoricalNLL } from '../../src/likelihoods/categorical';
import { entropy, nll } from '../../src/metrics/classScores';
import { lnSoftmax, softmax } from '../../src/numerics/softmax';
import { categorical } from '../../src/families/labels';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const rows = [
  [0, -Infinity, 1],
  [Infinity, 0, 1],
  [Infinity, -Infinity, Infinity],
  [1, 2, 3],
];
const e = Math.E;
const expected = [
  [1 / (1 + e), 0, e / (1 + e)],
  [1, 0, 0],
  [0.5, 0, 0.5],
  [1, e, e * e].map((v) => v / (1 + e + e * e)),
];

eachBackend('the softmax of logits that may be infinite', () => {
  test('is the limit, and so is its logarithm', () => {
    tf.tidy(() => {
      expectAllClose(softmax(tf.tensor2d(rows)), expected);
      expectAllClose(
        lnSoftmax(tf.tensor2d(rows)),
        expected.map((row) => row.map(Math.log)),
      );
      expect(softmax(tf.fill([1, 2], -Infinity)).dataSync()[0]).toBeNaN();
    });
  });

  test('in a likelihood that is read: probabilities and entropies without NaN, as the metrics take them', () => {
    tf.tidy(() => {
      const { value, entropy: entropyOf } = categorical.read(
        { family: 'categorical', outputs: 'logits' },
        tf.tensor2d(rows),
      );
      expectAllClose(value, expected);
      const H = expected.map((row) => -row.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0));
      expectAllClose(entropyOf!, H);
      expectAllClose(entropy(value), H);
      expectAllClose(
        nll(value, [0, 0, 0, 0]),
        expected.map(([p]) => -Math.log(p!)),
      );
    });
  });

  test('in categoricalNLL: a masked class costs nothing unless it is the label, and moves no gradient to NaN', () => {
    tf.tidy(() => {
      const loss = categoricalNLL({ outputs: 'logits' });
      for (const y of [0, 1, 2]) {
        const actual = loss(tf.fill([4], y, 'int32'), tf.tensor2d(rows));
        expectAllClose(
          actual,
          expected.map((row) => -Math.log(row[y]!)),
        );
        const gradient = tf.grad((l: tf.Tensor) => loss(tf.fill([4], y, 'int32'), l).sum())(
          tf.tensor2d(rows),
        );
        expectAllClose(
          gradient,
          expected.map((row) => row.map((p, c) => p - (c === y ? 1 : 0))),
        );
      }
    });
  });
});
