import * as tf from '@tensorflow/tfjs';
import { embedding } from '../../src/maps/embedding';
import { linear } from '../../src/maps/linear';
import { checkMap } from '../helpers/checkMap';
import { embeddingCase } from '../helpers/mapCases';

// Repeated indices, one that never comes, and the last.
checkMap('embedding', [
  embeddingCase([2, 0, 2, 2, 5, 0], [2, 3], 6, 4),
  embeddingCase([3], [1], 4, 1),
  embeddingCase([1, 1, 0, 1, 0, 1, 1, 1], [2, 2, 2], 3, 2),
], { inputs: 'indices' }); // prettier-ignore

test('an input that has a gradient is refused', () => {
  tf.tidy(() => {
    const A = tf.ones([2, 2]);
    const gradient = tf.grad((x: tf.Tensor) => linear(embedding, x, [A]).sum());
    expect(() => gradient(tf.tensor1d([0, 1]))).toThrow(/must not depend on anything trained/);
  });
});
