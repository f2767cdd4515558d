import * as tf from '@tensorflow/tfjs';
import * as check from '../../src/check';
import { checkedInputs } from '../../src/predict/inputs';
import { eachBackend } from '../helpers/eachBackend';
import { predictive, predictiveMoments, predictiveStream } from '../../src';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, hidden, modelsOfEachTest, output, sequential } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('the inputs of a prediction', () => {
  const { kept, made } = modelsOfEachTest(0.3);
  afterEach(() => jest.restoreAllMocks());

  // How a GPU is asked, in tf ops, can be run on every backend.
  test.each([false, true])('are searched for NaN, each of them, as on a GPU: %s', async (onGPU) => {
    jest.spyOn(check, 'isOnGPU').mockReturnValue(onGPU);
    const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] }), tf.input({ shape: [3] })];
    const model = kept(tf.model({ inputs, outputs: apply(tf.layers.add(), ...inputs) }));
    const numbers = tf.tensor2d([1, 1.8e19, -0, 1e-40, -1.8e19, 3], [2, 3]);
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
    for (const large of [Infinity, -Infinity, 1e25, -1e25]) {
      const x = tf.tensor2d([1, 2, 3, 4, 5, large], [2, 3]);
      await expectCleanRejection(
        () => checkedInputs('here', model, [numbers, whole, x]),
        'here: x must hold numbers between −1.8e19 and 1.8e19, whose squares are in float32, got a value',
      );
      x.dispose();
    }
    tf.dispose([numbers, whole, bad]);
  });

  describe('are cast as predict does it:', () => {
    type Found = Record<'mean' | 'variance', tf.Tensor>;
    const entries: Record<string, (model: tf.LayersModel, x: tf.Tensor) => Promise<Found>> = {
      predictive: async (model, x) => {
        const p = await predictive(model, x, { seed: 1, samples: 4, batchSize: 2 });
        const found = { mean: p.mean(), variance: p.variance() };
        p.dispose();
        return found;
      },
      predictiveStream: async (model, x) => {
        for await (const p of predictiveStream(model, x, { seed: 1, maxSamples: 4, batchSize: 2 }))
          return { mean: p.mean(), variance: p.variance() };
        throw new Error('no estimate');
      },
      predictiveMoments: async (model, x) => {
        const { mean, variance, epistemic } = await predictiveMoments(model, x, { batchSize: 2 });
        epistemic.dispose();
        return { mean, variance };
      },
    };
    const found = (entry: string, model: tf.LayersModel, x: tf.Tensor): Promise<Found> =>
      entries[entry]!(model, x);

    test.each(Object.keys(entries))('%s of int32 and bool', async (entry) => {
      const model = made(sequential(hidden({ inputShape: [3] }), output()));
      const bits = [1, 0, 1, 0, 0, 1, 1, 1, 0];
      const expected = await found(entry, model, tf.tensor2d(bits, [3, 3]));
      for (const dtype of ['int32', 'bool'] as const) {
        const x = tf.tensor2d(bits, [3, 3], dtype);
        await expectNoLeakLater(async () => {
          const { mean, variance } = await found(entry, model, x);
          expectAllClose(mean, expected.mean);
          expectAllClose(variance, expected.variance);
          tf.dispose([mean, variance]);
        });
        expect([x.dtype, x.isDisposed]).toEqual([dtype, false]);
      }
    });

    test.each(Object.keys(entries))('%s of a picture [0, 255] behind rescaling', async (entry) => {
      const pixels = tf.browser.fromPixels({ data: new Uint8Array(16).fill(200), width: 2, height: 2 });
      const model = made(
        sequential(
          tf.layers.rescaling({ scale: 1 / 255, inputShape: [2, 2, 3] }),
          tf.layers.flatten(),
          output(),
        ),
      );
      const { mean } = await found(entry, model, pixels.expandDims(0));
      expect(mean.shape).toEqual([1, 2]);
    });

    test.each(Object.keys(entries))('%s of whole numbers for an embedding', async (entry) => {
      const model = made(
        sequential(
          tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2 }),
          tf.layers.flatten(),
          output(),
        ),
      );
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      expectAllClose((await found(entry, model, x)).mean, (await found(entry, model, x.toInt())).mean);
    });

    test('strings and what was disposed of are refused by name', async () => {
      const model = made(sequential(output({ inputShape: [3] })));
      const [words, gone] = [tf.tensor2d(['a', 'b', 'c'], [1, 3]), tf.ones([1, 3])];
      gone.dispose();
      for (const entry of Object.keys(entries)) {
        await expectCleanRejection(() => found(entry, model, words), 'x must be of dtype float32, int32 or bool, got string'); // prettier-ignore
        await expectCleanRejection(() => found(entry, model, gone), 'x must not be disposed of, got a tensor of shape [1, 3] that was disposed of'); // prettier-ignore
      }
    });
  });
});
