import * as tf from '@tensorflow/tfjs';
import { appendOnes } from '../../src/numerics/columnOfOnes';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('appendOnes', () => {
  test.each([[[6]], [[1, 6]], [[6, 1]], [[2, 3]], [[1, 2, 3]], [[2, 1, 3, 1]], [[1, 1, 2, 1, 3]]])(
    'puts ones behind the last axis of %j, for every rank',
    (shape) => {
      tf.tidy(() => {
        const X = tf.range(1, 7).mul(-2).reshape(shape);
        const actual = appendOnes(X);
        const D = shape.at(-1)!;
        expect(actual.shape).toEqual([...shape.slice(0, -1), D + 1]);
        const rows = actual.reshape([-1, D + 1]);
        expectAllClose(rows.slice([0, 0], [-1, D]), X.reshape([-1, D]));
        expectAllClose(rows.slice([0, D], [-1, 1]), tf.ones([6 / D, 1]));
      });
    },
  );

  test('hands the gradient of X on and keeps that of the ones', () => {
    tf.tidy(() => {
      const dy = tf.tensor3d([
        [
          [1, 2, 100],
          [3, 4, 100],
        ],
      ]);
      expectAllClose(tf.grad((X) => appendOnes(X))(tf.zeros([1, 2, 2]), dy), [
        [
          [1, 2],
          [3, 4],
        ],
      ]);
    });
  });
});
