import * as tf from '@tensorflow/tfjs';
import { bernoulliNLL } from '../../src/likelihoods/bernoulli';
import { logisticLoss } from '../../src/likelihoods/logisticLoss';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const logits = [15, -15, 8, -8, 13.9, 16.7, 40, -40, 0, 0.3];
/** ln(1 + e^−l) in double precision, without overflow. */
const cost = (l: number): number => Math.max(-l, 0) + Math.log1p(Math.exp(-Math.abs(l)));

eachBackend('the Bernoulli NLL from logits', () => {
  const loss = bernoulliNLL({ outputs: 'logits' });
  const column = (values: number[]): tf.Tensor2D => tf.tensor2d(values, [values.length, 1]);

  test.each([0, 1])('keeps its digits where the label %d is expected, its gradient too', (y) => {
    tf.tidy(() => {
      const [sign, targets] = [y === 1 ? 1 : -1, tf.fill([logits.length, 1], y)];
      const { value, grad } = tf.valueAndGrad((l: tf.Tensor) => loss(targets, l).sum())(column(logits));
      const float32 = logits.map(Math.fround);
      expectAllClose(loss(targets, column(logits)), float32.map((l) => cost(sign * l)), { rtol: 2e-6, atol: 0 }); // prettier-ignore
      const slopes = float32.map((l) => -sign / (1 + Math.exp(sign * l)));
      expectAllClose(grad.flatten(), slopes, { rtol: 2e-6, atol: 0 });
      expect(value.rank).toBe(0);
    });
  });

  test('has a gradient in the probability of a 1 too, −l', () => {
    tf.tidy(() => {
      const l = column([3, -0.5]);
      const grad = tf.grad((y: tf.Tensor) => logisticLoss(y, l))(column([0.2, 1]), column([1, 4]));
      expectAllClose(grad.flatten(), [-3, 2]);
    });
  });

  test('is 0 where an infinite logit is right, and infinite where it is wrong, with a finite gradient', () => {
    tf.tidy(() => {
      const [y, l] = [column([1, 0, 1, 0]), column([Infinity, -Infinity, -Infinity, Infinity])];
      expect(Array.from(loss(y, l).dataSync())).toEqual([0, 0, Infinity, Infinity]);
      const gradient = tf.grad((each: tf.Tensor) => loss(y, each).sum())(l);
      expectAllClose(gradient.flatten(), [0, 0, -1, 1]);
    });
  });
});
