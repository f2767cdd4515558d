import * as tf from '@tensorflow/tfjs';
import { sumTo } from '../../src/numerics/sumTo';
import { scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('sumTo', () => {
  test.each([
    [[], [2, 3, 4]],
    [[1], [2, 3, 4]],
    [[4], [2, 3, 4]],
    [
      [3, 4],
      [2, 3, 4],
    ],
    [
      [3, 1],
      [2, 3, 4],
    ],
    [
      [2, 1, 4],
      [2, 3, 4],
    ],
    [
      [2, 1, 1],
      [2, 3, 4],
    ],
    [
      [2, 3, 4],
      [2, 3, 4],
    ],
    [
      [1, 1],
      [1, 7],
    ],
    [
      [5, 1],
      [5, 1],
    ],
    [[], []],
  ])('to the shape %j from %j is the transpose of broadcasting', (shape, from) => {
    tf.tidy(() => {
      const [x] = scattered(1, tf.util.sizeFromShape(from));
      const actual = sumTo(tf.tensor(x!, from), shape);
      // ⟨broadcast(e), x⟩ = ⟨e, sumTo(x)⟩ for every unit vector e.
      const n = actual.size;
      const expected = Array.from({ length: n }, (_, i) => {
        const unit = Array.from({ length: n }, (__, k) => Number(k === i));
        const broadcast = tf.mul(tf.tensor(unit).reshape(shape), tf.ones(from)).dataSync();
        return x!.reduce((sum, v, j) => sum + v * broadcast[j]!, 0);
      });
      expect(actual.shape).toEqual(shape);
      expectAllClose(actual.flatten(), expected);
    });
  });

  test.each([1, 2, 31, 32, 33, 63, 64, 65, 1023, 1024, 1025, 32_769])('adds up each of %d numbers', (n) => {
    tf.tidy(() => {
      // Whole numbers, whose sums are exact in float32: one that is lost or taken twice is seen.
      const x = tf.range(0, n).mod(61).add(1);
      const expected = Array.from({ length: n }, (_, i) => (i % 61) + 1).reduce((a, b) => a + b);
      expectAllClose(sumTo(x, []), expected, { rtol: 0, atol: 0 });
    });
  });

  test('keeps six digits over a million equal numbers', () => {
    tf.tidy(() => {
      const [n, v] = [1_000_003, 0.1];
      expectAllClose(sumTo(tf.fill([n, 1], v), []), n * Math.fround(v), { rtol: 1e-6, atol: 0 });
      expectAllClose(
        sumTo(tf.fill([250_000, 2], v), [2]),
        [250_000, 250_000].map((m) => m * Math.fround(v)),
        { rtol: 1e-6, atol: 0 },
      );
    });
  });

  test('gives every summand the gradient of its sum', () => {
    tf.tidy(() => {
      const dy = [[1], [10], [-100]];
      const gradient = tf.grad((x) => sumTo(x, [3, 1]))(tf.zeros([3, 40]), tf.tensor2d(dy));
      expectAllClose(
        gradient,
        dy.map(([d]) => new Array<number>(40).fill(d!)),
      );
    });
  });
});
