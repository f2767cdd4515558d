import * as tf from '@tensorflow/tfjs';
import { intervalCoverage, sharpness } from '../../src/metrics/interval';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('intervalCoverage and sharpness', () => {
  test('are the share inside, ends included, and the mean width', () => {
    tf.tidy(() => {
      const bounds = { lower: tf.tensor2d([[0], [0], [0], [2]]), upper: tf.tensor2d([[1], [2], [3], [2]]) };
      expectAllClose(intervalCoverage(bounds, tf.tensor2d([[0], [2], [3.1], [2]])), 0.75);
      expectAllClose(intervalCoverage(bounds, tf.tensor2d([[-1], [3], [-3], [2.5]])), 0);
      expectAllClose(sharpness(bounds), 1.5);
    });
  });

  test('of the true interval of 90 % is 90 %, within chance', () => {
    tf.tidy(() => {
      const [N, z] = [40_000, 1.6448536269514722];
      const y = tf.randomNormal([N], 3, 2, 'float32', 9);
      const bounds = { lower: tf.fill([N], 3 - 2 * z), upper: tf.fill([N], 3 + 2 * z) };
      const coverage = intervalCoverage(bounds, y).dataSync()[0]!;
      expect(Math.abs(coverage - 0.9)).toBeLessThan(5 * Math.sqrt((0.9 * 0.1) / N));
      expectAllClose(sharpness(bounds), 4 * z);
    });
  });

  test('leave their results and nothing else, and refuse what does not fit', () => {
    const [lower, upper] = [tf.zeros([3, 1]), tf.ones([3, 1])];
    const before = tf.memory().numTensors;
    const results = [intervalCoverage({ lower, upper }, lower), sharpness({ lower, upper })];
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose(results);
    tf.tidy(() => {
      expect(() => intervalCoverage({ lower, upper }, tf.zeros([3]))).toThrow(
        'intervalCoverage: y must have the shape of lower [3, 1], got [3]',
      );
      expect(() => sharpness({ lower, upper: tf.ones([1, 1]) })).toThrow(
        'upper must have the shape of lower',
      );
      expect(() => sharpness({ lower: [0] as never, upper })).toThrow(
        'sharpness: lower must be a tensor, got [0]',
      );
      expect(() => intervalCoverage({ lower, upper }, tf.tensor2d([['a'], ['b'], ['c']]))).toThrow(
        'intervalCoverage: y must be of dtype float32, got string',
      );
      expect(() => intervalCoverage({ lower, upper }, tf.fill([3, 1], NaN))).toThrow(
        'intervalCoverage: y must not be NaN, got a value of NaN',
      );
    });
    tf.dispose([lower, upper]);
  });
});
