/** What predictive refuses, and that it leaves nothing behind. */
import * as tf from '@tensorflow/tfjs';
import { predictive } from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection } from '../helpers/leaks';
import { apply, hidden, output, sequential, modelsOfEachTest } from '../helpers/models';

type X = tf.Tensor | tf.Tensor[];

const regression = (): tf.Sequential =>
  sequential(hidden({ inputShape: [3], non_linearity: 'tanh' }), output());

eachBackend('predictive', () => {
  const { made } = modelsOfEachTest(0.3);

  describe('refuses, leaking nothing,', () => {
    const refuses = async (message: string, x: X, options: object = {}): Promise<void> => {
      const model = made(regression());
      await expectCleanRejection(() => predictive(model, x, options), message);
    };
    const x = (): tf.Tensor => tf.ones([2, 3]);

    test.each([0, -1, 1.5, NaN, '3', null])('samples: %p', async (samples) => {
      await refuses('samples must be a whole number of at least 1', x(), { samples });
    });
    test.each([0, 2.5, Infinity])('batchSize: %p', async (batchSize) => {
      await refuses('batchSize must be a whole number of at least 1', x(), { batchSize });
    });
    test.each([0.5, 'a', NaN])('seed: %p', async (seed) => {
      await refuses('seed must be a whole number', x(), { seed });
    });
    test('draws that are not true or false', async () => {
      await refuses('draws must be true or false', x(), { draws: 1 });
    });
    test('an option that it does not know', async () => {
      await refuses('nSamples', x(), { nSamples: 3 });
    });
    test('an x of the wrong width', async () => {
      await refuses('x must have the shape [?, 3], got [2, 4]', tf.ones([2, 4]));
    });
    test('an x of the wrong rank', async () => {
      await refuses(
        'x must have the shape [?, 3], got [3]; make a row of the example: x.expandDims(0)',
        tf.ones([3]),
      );
    });
    test('an x without rows', async () => {
      await refuses('x must have rows', tf.ones([0, 3]));
    });
    test('an x that is no tensor', async () => {
      await refuses('x must be a tensor, got [[1, 2, 3]]; wrap numbers: tf.tensor2d(…)', [
        [1, 2, 3],
      ] as unknown as tf.Tensor);
    });
    test('two inputs where there is one', async () => {
      await refuses('x must be', [x(), x()]);
    });
    test('a NaN, wherever it stands', async () => {
      await refuses('NaN', tf.tensor2d([1, 2, 3, 4, NaN, 6], [2, 3]));
    });
    test('a model without a Bayesian layer', async () => {
      const model = made(sequential(tf.layers.dense({ units: 1, inputShape: [3] })));
      const x = tf.ones([2, 3]);
      await expectCleanRejection(() => predictive(model, x), 'must hold a Bayesian layer');
    });
    test('inputs of different numbers of rows', async () => {
      const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] })] as const;
      const sum = apply(tf.layers.add(), ...inputs);
      const model = made(tf.model({ inputs: [...inputs], outputs: apply(output(), sum) }));
      const x = [tf.ones([2, 3]), tf.ones([1, 3])];
      await expectCleanRejection(() => predictive(model, x), 'the same number in every input');
    });
  });
});
