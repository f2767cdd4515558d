import * as tf from '@tensorflow/tfjs';
import * as check from '../../src/check';
import { checkedInputs } from '../../src/predict/inputs';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, modelsOfEachTest } from '../helpers/models';

eachBackend('the inputs of a prediction', () => {
  const { kept } = modelsOfEachTest(0.3);
  afterEach(() => jest.restoreAllMocks());

  // How a GPU is asked, in tf ops, can be run on every backend.
  test.each([false, true])('are searched for NaN, each of them, as on a GPU: %s', async (onGPU) => {
    jest.spyOn(check, 'isOnGPU').mockReturnValue(onGPU);
    const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] }), tf.input({ shape: [3] })];
    const model = kept(tf.model({ inputs, outputs: apply(tf.layers.add(), ...inputs) }));
    const numbers = tf.tensor2d([1, Infinity, -0, 1e-40, -Infinity, 3], [2, 3]);
    const [whole, bad] = [tf.ones([2, 3], 'int32'), tf.tensor2d([1, 2, 3, 4, 5, NaN], [2, 3])];
    await expectNoLeakLater(async () => {
      expect(await checkedInputs('here', model, [numbers, whole, numbers])).toEqual([
        numbers,
        whole,
        numbers,
      ]);
    });
    await expectCleanRejection(
      () => checkedInputs('here', model, [numbers, whole, bad]),
      'here: x must hold numbers, got a NaN; fill in or leave out missing values',
    );
    tf.dispose([numbers, whole, bad]);
  });
});
