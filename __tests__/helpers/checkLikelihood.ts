/** What every likelihood must do: the closed form's value and gradient, [B] numbers, training, no leak. */
import * as tf from '@tensorflow/tfjs';
import type { NegativeLogLikelihood } from '../../src/likelihoods/likelihood';
import { rounded, type Matrix } from './closedForms';
import { eachBackend } from './eachBackend';
import { finiteDifferences } from './finiteDifferences';
import { expectNoLeak } from './leaks';
import { expectAllClose, type Tolerance } from './toBeAllClose';

export interface LikelihoodCase {
  loss: NegativeLogLikelihood;
  /** −ln p(y | outputs) of one example in double precision. */
  closedForm: (y: number[], outputs: number[]) => number;
  y: Matrix;
  outputs: Matrix;
  /** What `fit` is given in place of y. */
  targets?: (y: tf.Tensor2D) => tf.Tensor;
  /** From what makes the outputs: 'linear' for logits, logarithms, raw scales. */
  activation?: 'softmax' | 'sigmoid' | 'softplus';
  tolerance?: Tolerance;
}

const mean = (numbers: number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;

export function checkLikelihood(title: string, given: LikelihoodCase): void {
  const {
    loss,
    closedForm,
    activation,
    tolerance = {},
    targets = (t: tf.Tensor2D): tf.Tensor => t.clone(),
  } = given;
  const [y, outputs] = [given.y, rounded(given.outputs)];
  const expected = y.map((row, b) => closedForm(row, outputs[b]!));

  eachBackend(title, () => {
    test('is the closed form, one number per example', () => {
      tf.tidy(() => {
        expectAllClose(loss(tf.tensor2d(y), tf.tensor2d(outputs)), expected, tolerance);
        expectAllClose(loss(targets(tf.tensor2d(y)), tf.tensor2d(outputs)), expected, tolerance);
      });
    });

    test('adds up the positions of a sequence', () => {
      tf.tidy(() => {
        const actual = loss(tf.tensor3d([y, y]), tf.tensor3d([outputs, outputs]));
        expect(actual.shape).toEqual([2]);
        const sum = expected.reduce((a, b) => a + b);
        expectAllClose(actual, [sum, sum], tolerance);
      });
    });

    test('has the gradient of finite differences of the closed form', () => {
      tf.tidy(() => {
        const total = (A: Matrix): number => A.reduce((sum, row, b) => sum + closedForm(y[b]!, row), 0);
        const gradient = tf.grad((o: tf.Tensor) => loss(tf.tensor2d(y), o).sum())(tf.tensor2d(outputs));
        expectAllClose(gradient, finiteDifferences(total, outputs), { rtol: 1e-4, atol: 1e-4 });
      });
    });

    test('trains: evaluate gives its mean, fit lowers it and reports it by name', async () => {
      const [B, K] = [y.length, outputs[0]!.length];
      const x = tf.eye(B);
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: K, inputShape: [B], ...(activation && { activation }) })],
      });
      model.compile({ optimizer: tf.train.adam(0.05), loss, metrics: [loss] });
      const yFit = tf.tidy(() => targets(tf.tensor2d(y)));
      const options = { batchSize: 2, epochs: 1, verbose: 0 };
      const predicted = tf.tidy(() => (model.predict(x) as tf.Tensor2D).arraySync());
      const [evaluated, metric] = model.evaluate(x, yFit, options) as tf.Scalar[];
      expectAllClose(evaluated!, mean(y.map((row, b) => closedForm(row, predicted[b]!))), { rtol: 1e-4 });
      // A metric is the mean over all examples too.
      expectAllClose(metric!, evaluated!, { rtol: 1e-5 });
      await model.fit(x, yFit, options);
      const before = tf.memory().numTensors;
      const { history } = await model.fit(x, yFit, { ...options, epochs: 30 });
      expect(tf.memory().numTensors).toBe(before);
      const losses = history.loss as number[];
      expect(losses.at(-1)).toBeLessThan(losses[0]!);
      expect(history[loss.name]).toHaveLength(30);
      model.dispose();
      tf.dispose([x, yFit, evaluated!, metric!]);
    });

    test('leaves its result and nothing else', () => {
      expectNoLeak(() => {
        const [a, b] = [tf.tensor2d(y), tf.tensor2d(outputs)];
        const before = tf.memory().numTensors;
        const nll = loss(a, b);
        expect(tf.memory().numTensors).toBe(before + 1);
        tf.dispose([a, b, nll]);
      });
    });
  });
}

/** Value and gradient are finite numbers. */
export function expectFinite(loss: NegativeLogLikelihood, y: tf.Tensor, outputs: tf.Tensor): void {
  tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((o: tf.Tensor) => loss(y, o).sum())(outputs);
    expect(Array.from(value.dataSync()).every(Number.isFinite)).toBe(true);
    expect(Array.from(grad.dataSync()).filter((v) => !Number.isFinite(v))).toEqual([]);
  });
}
