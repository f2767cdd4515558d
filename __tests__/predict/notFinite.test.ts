import * as tf from '@tensorflow/tfjs';
import { predictive, predictiveMoments, predictiveStream } from '../../src';
import * as check from '../../src/check';
import type { HiddenLayer } from '../../src/layers/hidden';
import { sourceOf, weightsNotFinite } from '../../src/predict/notFinite';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, hidden, modelsOfEachTest, output, sequential } from '../helpers/models';

type Entry = (model: tf.LayersModel, x: tf.Tensor) => Promise<unknown>;
const entries: Array<[string, Entry]> = [
  ['predictive', (model, x) => predictive(model, x, { samples: 3, batchSize: 2, draws: true })],
  [
    'predictive of logits',
    (model, x) =>
      predictive(model, x, { samples: 3, likelihood: { family: 'categorical', outputs: 'logits' } }),
  ],
  [
    'predictive of classes',
    (model, x) => predictive(model, x, { samples: 3, likelihood: { family: 'categorical' } }),
  ],
  ['predictiveStream', (model, x) => predictiveStream(model, x, { batchSize: 2, maxSamples: 4 }).next()],
  ['predictiveMoments', (model, x) => predictiveMoments(model, x, { batchSize: 2 })],
];

const dense = (name: string, bias = 0): tf.layers.Layer =>
  tf.layers.dense({ name, units: 3, inputShape: [3], kernelInitializer: 'identity', biasInitializer: tf.initializers.constant({ value: bias }) }); // prettier-ignore

/** Nets that make numbers which are none, and where these come from. */
const wrong: Array<[string, string, () => tf.LayersModel]> = [
  [
    'a plain weight',
    'the bias of bad_one',
    () => sequential(dense('good_one'), dense('bad_one', NaN), output()),
  ],
  [
    'a plain weight in a nested model',
    'the bias of bad_one',
    () => sequential(sequential(dense('bad_one', Infinity)), output()),
  ],
  [
    'a mean of a posterior',
    'the A_mean of bad_one',
    () => broken('A_mean', NaN, hidden({ inputShape: [3] }), output({ name: 'bad_one' })),
  ],
  [
    'a scale that overflows',
    'the A_scale of bad_one',
    () => broken('A_scale', 1e3, hidden({ inputShape: [3] }), output({ name: 'bad_one' })),
  ],
  [
    'an output that overflows',
    'the output of bad_one',
    () => sequential(dense('good_one', 1), dense('bad_one', 3e38), dense('next_one', 3e38), output()),
  ],
];

/** The last layer with a weight of this value everywhere. */
function broken(which: 'A_mean' | 'A_scale', value: number, ...layers: HiddenLayer[]): tf.LayersModel {
  const model = sequential(...layers);
  const weight = layers.at(-1)!.weights[which === 'A_mean' ? 0 : 1]!;
  const filled = tf.fill(weight.shape as number[], value);
  weight.write(filled);
  filled.dispose();
  return model;
}

eachBackend('numbers that are not finite', () => {
  const { kept, made } = modelsOfEachTest(0.3);
  afterEach(() => jest.restoreAllMocks());

  describe.each(entries)('are refused by %s', (_, entry) => {
    test.each(wrong)('where they come from %s', async (__, source, build) => {
      const model = kept(build());
      const x = tf.fill([3, 3], 3e18);
      const message =
        source === 'the output of bad_one'
          ? /must be finite, and so must their squares, got some that are not, which come from the (output|A_\w+) of \w+;/
          : `must be finite, and so must their squares, got some that are not, which come from ${source};`;
      await expectCleanRejection(() => entry(model, x), message);
    });
  });

  test('the first layer is named, not one behind it', async () => {
    const model = kept(sequential(dense('good_one', 1), dense('bad_one', 3e38), dense('next_one')));
    model.layers[1]!.setWeights([tf.fill([3, 3], 3e38), tf.zeros([3])]);
    const x = tf.fill([1, 3], 5);
    await expectNoLeakLater(async () => {
      expect(await sourceOf(model, [x])).toEqual({ layer: 'bad_one', quantity: 'output' });
    });
  });

  test('also in a graph, where one of two inputs overflows', async () => {
    const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] })] as const;
    const sum = apply(tf.layers.multiply({ name: 'bad_one' }), ...inputs);
    const model = kept(tf.model({ inputs: [...inputs], outputs: apply(output(), sum) }));
    const x = tf.fill([1, 3], 1e22);
    expect(await sourceOf(model, [x, x])).toEqual({ layer: 'bad_one', quantity: 'output' });
    expect(await sourceOf(model, [x, tf.zeros([1, 3])])).toBeUndefined();
  });

  test('a scale that is 0 in float32 is found', async () => {
    const model = kept(broken('A_scale', -200, output({ inputShape: [3], name: 'bad_one' })));
    await expectNoLeakLater(async () => {
      expect(await weightsNotFinite(model)).toEqual([{ layer: 'bad_one', quantity: 'A_scale' }]);
    });
  });

  test.each([false, true])('none in a good net, as on a GPU: %s', async (onGPU) => {
    jest.spyOn(check, 'isOnGPU').mockReturnValue(onGPU);
    const model = made(sequential(hidden({ inputShape: [3] }), output()));
    const x = tf.fill([3, 3], 2);
    expect(await weightsNotFinite(model)).toEqual([]);
    expect(await sourceOf(model, [x])).toBeUndefined();
    await expectNoLeakLater(async () => {
      (await predictive(model, x)).dispose();
      tf.dispose(await predictiveMoments(model, x));
    });
  });

  test('a class that cannot be has a logit of −Infinity', async () => {
    const layer = tf.layers.dense({ units: 2, kernelInitializer: 'zeros', biasInitializer: 'zeros' });
    const model = made(sequential(output({ inputShape: [3] }), layer));
    layer.setWeights([tf.zeros([2, 2]), tf.tensor1d([0, -Infinity])]);
    const likelihood = { family: 'categorical', outputs: 'logits' } as const;
    const p = await predictive(model, tf.ones([1, 3]), { likelihood });
    expect(p.mean().arraySync()).toEqual([[1, 0]]);
    p.dispose();
  });
});
