import * as tf from '@tensorflow/tfjs';
import * as bnn from '../../src';
import * as check from '../../src/check';
import { asFloat } from '../../src/likelihoods/targets';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

const losses: Array<[string, bnn.NegativeLogLikelihood]> = [
  ['gaussianNLL', bnn.gaussianNLL({ stddev: 0.5 })],
  ["gaussianNLL({stddev: 'output'})", bnn.gaussianNLL({ stddev: 'output' })],
  ['studentTNLL', bnn.studentTNLL({ df: 4, scale: 1 })],
  ["studentTNLL({scale: 'output'})", bnn.studentTNLL({ df: 4, scale: 'output' })],
  ['pinballLoss', bnn.pinballLoss({ quantile: 0.3 })],
  ['poissonNLL', bnn.poissonNLL()],
  ['bernoulliNLL', bnn.bernoulliNLL({ outputs: 'logits' })],
  ['categoricalNLL', bnn.categoricalNLL({ outputs: 'logits' })],
];
const outputsOf = (name: string): tf.Tensor => tf.fill([3, name.includes('output') ? 4 : 2], 0.25);

eachBackend('the targets of a loss', () => {
  afterEach(() => jest.restoreAllMocks());

  test.each(losses)('%s refuses NaN and infinite ones, and cleans up', (name, loss) => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const [y, output] = [tf.tensor2d([[0, 1], [1, 0], [0, bad]]), outputsOf(name)]; // prettier-ignore
      expectCleanThrow(() => loss(y, output), /yTrue must be .*got (a value of )?-?(NaN|Infinity)/);
      tf.dispose([y, output]);
    }
  });

  test.each(losses)('%s says of a tensor that it was disposed of', (name, loss) => {
    const [y, output, gone] = [tf.zeros([3, 2]), outputsOf(name), tf.zeros([3, 2])];
    gone.dispose();
    const words = 'must be a tensor, got a disposed float32 tensor of shape [3, 2]';
    expectCleanThrow(() => loss(gone, output), `yTrue ${words}`);
    expectCleanThrow(() => loss(y, gone), `yPred ${words}`);
    tf.dispose([y, output]);
  });

  test('widened by NaN columns, only the targets themselves must be finite', () => {
    tf.tidy(() => {
      const [, loss] = losses[1]!;
      const wide = bnn.withScaleColumns(tf.tensor2d([[0, 1], [1, 0], [0, NaN]])); // prettier-ignore
      expect(() => loss(wide, outputsOf('output'))).toThrow(
        'gaussianNLL: yTrue must be finite, got NaN in row 2; a gap in the data? leave such rows out',
      );
    });
  });

  test.each(losses)('%s takes int32 and bool as float32', (name, loss) => {
    tf.tidy(() => {
      const y = [[0, 1], [1, 0], [0, 1]]; // prettier-ignore
      const expected = loss(tf.tensor2d(y), outputsOf(name));
      for (const dtype of ['int32', 'bool'] as const)
        expectAllClose(loss(tf.tensor2d(y, [3, 2], dtype), outputsOf(name)), expected);
    });
  });

  test('that are float32 are taken as they are', () => {
    tf.tidy(() => {
      const y = tf.tensor1d([1]);
      expect(asFloat(y)).toBe(y);
      expect(asFloat(tf.tensor1d([1], 'bool')).dtype).toBe('float32');
    });
  });

  test('words are refused', () => {
    tf.tidy(() => {
      expect(() => losses[0]![1](tf.tensor2d([['a']]), tf.ones([1, 1]))).toThrow(
        'gaussianNLL: yTrue and yPred must be of dtype float32, int32 or bool, got string',
      );
    });
  });

  test('are not read on a GPU', () => {
    jest.spyOn(check, 'isOnGPU').mockReturnValue(true);
    tf.tidy(() => {
      const y = tf.fill([3, 2], NaN);
      const read = jest.spyOn(y, 'dataSync');
      expect(losses[0]![1](y, outputsOf('')).dataSync()[0]).toBeNaN();
      expect(read).not.toHaveBeenCalled();
    });
  });
});
