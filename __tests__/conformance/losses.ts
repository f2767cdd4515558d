/** Likelihoods and scores against closed forms in double precision. */
import * as tf from '@tensorflow/tfjs';
import {
  auroc,
  bernoulliNLL,
  brierScore,
  categoricalNLL,
  entropySplit,
  expectedCalibrationError,
  gaussianNLL,
  nll,
  poissonNLL,
  studentTNLL,
  type NegativeLogLikelihood,
} from '../../src/index';
import { classification } from '../fixtures/metrics.json';
import type { Matrix } from '../helpers/closedForms';
import { finiteDifferences } from '../helpers/finiteDifferences';
import { expectAllClose } from '../helpers/toBeAllClose';
import { taken, type Check } from './check';

interface Likelihood {
  name: string;
  loss: NegativeLogLikelihood;
  y: Matrix;
  outputs: Matrix;
  /** The NLL of one row. */
  closedForm: (y: number[], outputs: number[]) => number;
}

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
const lnSumExp = (logits: number[]): number => Math.log(sum(logits.map(Math.exp)));
const lnFactorial = (k: number): number => sum(Array.from({ length: k }, (_, i) => Math.log(i + 1)));

const likelihoods: Likelihood[] = [
  {
    name: 'gaussianNLL',
    loss: gaussianNLL({ stddev: 0.5 }),
    y: [
      [0.5, -1],
      [2, 0.25],
    ],
    outputs: [
      [0.25, -0.5],
      [1, 0.5],
    ],
    closedForm: (y, μ) =>
      sum(y.map((v, k) => 0.5 * ((v - μ[k]!) / 0.5) ** 2 + Math.log(0.5) + 0.5 * Math.log(2 * Math.PI))),
  },
  {
    name: 'studentTNLL',
    loss: studentTNLL({ df: 3, scale: 0.5 }),
    y: [
      [0.5, -1],
      [2, 0.25],
    ],
    outputs: [
      [0.25, -0.5],
      [-7, 0.5],
    ],
    // With 3 degrees of freedom Γ(2) / (Γ(3/2) √(3π)) is 2/(π√3).
    closedForm: (y, μ) =>
      sum(
        y.map(
          (v, k) =>
            2 * Math.log1p(((v - μ[k]!) / 0.5) ** 2 / 3) +
            Math.log(0.5) -
            Math.log(2 / (Math.PI * Math.sqrt(3))),
        ),
      ),
  },
  {
    name: 'bernoulliNLL of logits',
    loss: bernoulliNLL({ outputs: 'logits' }),
    y: [
      [0, 1],
      [1, 0],
    ],
    outputs: [
      [2, -1],
      [0.5, -6],
    ],
    closedForm: (y, l) => sum(y.map((v, k) => Math.log1p(Math.exp(l[k]!)) - v * l[k]!)),
  },
  {
    name: 'categoricalNLL of logits',
    loss: categoricalNLL({ outputs: 'logits' }),
    y: [
      [0, 1, 0],
      [1, 0, 0],
    ],
    outputs: [
      [2, -1, 0.5],
      [0, 3, -4],
    ],
    closedForm: (y, l) => lnSumExp(l) - sum(y.map((v, c) => v * l[c]!)),
  },
  {
    name: 'poissonNLL',
    loss: poissonNLL(),
    y: [
      [0, 1],
      [3, 12],
    ],
    outputs: [
      [0.5, -1],
      [1, 2.5],
    ],
    closedForm: (y, l) => sum(y.map((k, i) => Math.exp(l[i]!) - k * l[i]! + lnFactorial(k))),
  },
];

export const losses: Check[] = [
  ...likelihoods.map(({ name, loss, y, outputs, closedForm }) => ({
    name: `${name}: closed form and its gradient`,
    run: async () => {
      const results = tf.tidy(() => {
        const f = (o: tf.Tensor): tf.Tensor => loss(tf.tensor2d(y), o);
        return [f(tf.tensor2d(outputs)), tf.grad((o) => f(o).sum())(tf.tensor2d(outputs))];
      });
      const [value, gradient] = await taken(...results);
      const rows = (o: Matrix): number[] => y.map((row, i) => closedForm(row, o[i]!));
      expectAllClose(value!, rows(outputs), { rtol: 1e-5, atol: 1e-5 });
      expectAllClose(gradient!, finiteDifferences((o) => sum(rows(o)), outputs).flat(), {
        rtol: 1e-4,
        atol: 1e-5,
      });
    },
  })),
  {
    name: 'Scores of class probabilities: the fixture of scipy and TensorFlow Probability',
    run: async () => {
      const { mean_probabilities, labels, logits } = classification;
      const results = tf.tidy(() => {
        const p = tf.tensor2d(mean_probabilities);
        const { total, aleatoric, epistemic } = entropySplit(tf.softmax(tf.tensor3d(logits)));
        return [nll(p, labels), brierScore(p, labels), total, aleatoric, epistemic];
      });
      const actual = await taken(...results);
      const { brier_sum, total_entropy, aleatoric_entropy, epistemic_mutual_information } = classification;
      expectAllClose(
        actual,
        [classification.nll, brier_sum, total_entropy, aleatoric_entropy, epistemic_mutual_information],
        { atol: 1e-5 },
      );
      const sync = tf.tidy(() => {
        const p = tf.tensor2d(mean_probabilities);
        return [expectedCalibrationError(p, labels), auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])];
      });
      expectAllClose((await taken(...sync)).flat(), [classification.ece_10_bins, 0.75], { atol: 1e-5 });
    },
  },
];
