import * as tf from '@tensorflow/tfjs';
import { type HiddenLayer } from '../../src/layers/hidden';
import { warnOfBiases } from '../../src/layers/warnings';
import { setDatasetSize } from '../../src/train/klFactor';
import { squares } from '../helpers/modelData';
import { artifactsOf, throughFile } from '../helpers/savedModels';
import { collectWarnings } from '../helpers/warnings';
import { hidden, sequential, step, x3 } from '../helpers/silentLayers';

beforeAll(() => tf.setBackend('cpu'));
const warnings = collectWarnings();

test('options that are all said warn of nothing', async () => {
  await step(sequential(hidden(x3), hidden(), hidden()));
  expect(await warnings()).toEqual([]);
});

describe('neither datasetSize nor a KL factor given', () => {
  const open = { KL_factor: undefined };

  test('is warned about once in training, in one message for all layers, with the remedy', async () => {
    const model = sequential(hidden({ ...open, ...x3, name: 'a' }), hidden({ ...open, name: 'b' }), hidden());
    await step(model);
    await step(model);
    expect(await warnings()).toEqual([
      expect.stringMatching(
        /^tfjs-bnn: a, b: neither datasetSize nor a KL factor was given, so the KL factor is 1.*setDatasetSize\(model, N\)/,
      ),
    ]);
  });

  test('is no matter of a prediction, nor of setting it before', async () => {
    const model = sequential(hidden({ ...open, ...x3 }), hidden(open));
    tf.dispose(model.predict(tf.ones([2, 3])));
    expect(await warnings()).toEqual([]);
    setDatasetSize(model, 20);
    await step(model);
    expect(await warnings()).toEqual([]);
  });

  test('is warned about again for a loaded model', async () => {
    const model = sequential(hidden({ ...open, ...x3, name: 'saved' }));
    await step(model);
    expect(await warnings()).toHaveLength(1);
    await step(await tf.loadLayersModel(throughFile(await artifactsOf(model))));
    expect(await warnings()).toEqual([
      expect.stringMatching('saved: neither'),
      expect.stringMatching('saved: neither'),
    ]);
  });
});

describe('bias options left open', () => {
  const open = { include_input_bias: undefined, include_hidden_bias: undefined };
  const noInputBias =
    'tfjs-bnn: one is a first layer without a bias; say include_input_bias: true, or false if you mean that.';
  const extraColumn =
    'tfjs-bnn: three is a last layer and appends a column of ones to the output; say include_hidden_bias: false, or true if you mean that.';
  const three = (): tf.Sequential =>
    sequential(
      hidden({ ...open, ...x3, name: 'one' }),
      hidden({ ...open, name: 'two' }),
      hidden({ ...open, name: 'three' }),
    );

  test('plain fit says that the first layer has none, once; not of the second, which gets a column of ones', async () => {
    const model = three();
    await step(model);
    await step(model);
    expect(await warnings()).toEqual([extraColumn, noInputBias]);
  });

  describe('in the last layer are said by compile, before fit refuses the targets for their shape', () => {
    const last = (options: object = {}): HiddenLayer => hidden({ ...open, name: 'three', ...options });
    const first = (): HiddenLayer => hidden({ ...x3, include_hidden_bias: true });
    const compile = (model: tf.LayersModel): void => model.compile({ optimizer: 'sgd', loss: squares });

    test('the column too many', async () => {
      const model = sequential(first(), last());
      compile(model);
      await expect(model.fit(tf.ones([2, 3]), tf.ones([2, 3]))).rejects.toThrow('shape [4]');
      expect(await warnings()).toEqual([extraColumn]);
    });

    test('a relu that was left to be one', async () => {
      compile(sequential(first(), last({ include_hidden_bias: false, non_linearity: undefined })));
      expect(await warnings()).toEqual([
        expect.stringMatching(
          /^tfjs-bnn: three is a last layer with the default non_linearity relu.*'linear' or 'softmax'/,
        ),
      ]);
    });

    test.each<[string, () => tf.LayersModel]>([
      [
        'functional',
        () => {
          const x = tf.input({ shape: [3] });
          return tf.model({ inputs: x, outputs: last().apply(first().apply(x)) as tf.SymbolicTensor });
        },
      ],
      [
        'the last of a nested model that is the last',
        () => {
          const inner = sequential(last({ inputShape: [4] }));
          compile(inner);
          return inner;
        },
      ],
    ])('%s', async (_, build) => {
      compile(build());
      expect(await warnings()).toEqual([extraColumn]);
    });

    test.each<[string, () => tf.LayersModel]>([
      ['a layer behind it', () => sequential(first(), last(), tf.layers.dense({ units: 1 }))],
      [
        'a layer behind its model',
        () => sequential(first(), sequential(last({ inputShape: [4] })), tf.layers.dense({ units: 1 })),
      ],
      [
        'a layer behind its model, which comes first',
        () =>
          sequential(sequential(last({ ...x3, include_input_bias: false })), tf.layers.dense({ units: 1 })),
      ],
      [
        'a layer behind its functional model',
        () => {
          const [i, x] = [tf.input({ shape: [3] }), tf.input({ shape: [3] })];
          const inner = tf.model({
            inputs: i,
            outputs: last({ include_input_bias: false }).apply(i) as tf.SymbolicTensor,
          });
          return tf.model({
            inputs: x,
            outputs: tf.layers.dense({ units: 1 }).apply(inner.apply(x)) as tf.SymbolicTensor,
          });
        },
      ],
      [
        'a wrapper around it',
        () =>
          sequential(
            tf.layers.timeDistributed({ layer: last(), inputShape: [2, 3] }),
            tf.layers.dense({ units: 1 }),
          ),
      ],
      [
        'options that are said',
        () => sequential(first(), last({ include_hidden_bias: true, non_linearity: 'relu' })),
      ],
    ])('but not with %s', async (_, build) => {
      const model = build();
      compile(model);
      model.summary(undefined, undefined, () => undefined);
      expect(await warnings()).toEqual([]);
    });

    test('nor of a model that is still being made', async () => {
      const model = tf.sequential();
      model.add(first());
      const layer = last();
      model.add(layer);
      expect(layer.trainableWeights).toHaveLength(2);
      model.add(tf.layers.dense({ units: 1 }));
      expect(await warnings()).toEqual([]);
    });
  });

  describe('a layer in the middle', () => {
    const middle = (options: object = {}): HiddenLayer =>
      hidden({ include_input_bias: undefined, include_hidden_bias: false, name: 'two', ...options });
    const before = (include_hidden_bias: boolean): HiddenLayer =>
      hidden({ ...x3, name: 'one', include_hidden_bias });
    const dropout = (): tf.layers.Layer => tf.layers.dropout({ rate: 0.1, name: 'drop' });
    const normalisation = (): tf.layers.Layer => tf.layers.batchNormalization({ name: 'norm' });
    const dense = (): tf.layers.Layer => tf.layers.dense({ units: 3, name: `dense${Math.random()}` });

    test.each<[string, () => tf.layers.Layer[], RegExp[]]>([
      [
        'behind one without a column',
        () => [before(false), middle()],
        [/two has no bias, since one before it appends no column/],
      ],
      [
        'the same with dropout between',
        () => [before(false), dropout(), middle()],
        [/two has no bias, since one/],
      ],
      [
        'behind a dense layer',
        () => [before(true), dense(), middle()],
        [/two has no bias, since dense\S+ before it/],
      ],
      [
        'whose column is dropped',
        () => [before(true), dropout(), middle()],
        [/two gets its bias from a column of ones, which drop drops in training/],
      ],
      [
        'whose column is normalised',
        () => [before(true), normalisation(), middle()],
        [/two gets its bias from a column of ones, which norm turns into zeros/],
      ],
      ['with its column, through an activation too', () => [before(true), tf.layers.reLU(), middle()], []],
      ['with a bias of its own', () => [before(false), middle({ include_input_bias: true })], []],
      ['of which it is said', () => [before(false), middle({ include_input_bias: false })], []],
    ])('%s', async (_, layers, expected) => {
      const model = sequential(...layers());
      await step(model);
      setDatasetSize(model, 10);
      expect(await warnings()).toEqual(expected.map((text): unknown => expect.stringMatching(text)));
    });
  });

  test('where the model is at hand the last layer is named too', async () => {
    const model = three();
    setDatasetSize(model, 10);
    warnOfBiases(model);
    expect(await warnings()).toEqual([noInputBias, extraColumn]);
    await step(model);
    expect(await warnings()).toHaveLength(2);
  });

  test('plain fit of a model with a dense layer before and behind warns of the first Bayesian layer', async () => {
    await step(
      sequential(
        tf.layers.dense({ units: 3, inputShape: [3] }),
        hidden({ ...open, name: 'one' }),
        hidden({ ...open, name: 'two' }),
        tf.layers.dense({ units: 1 }),
      ),
    );
    expect(await warnings()).toEqual([noInputBias]);
  });

  test('a layer in a nested model behind a Bayesian one is no first layer', async () => {
    const inner = sequential(hidden({ ...open, inputShape: [4] }), tf.layers.dense({ units: 2 }));
    await step(
      sequential(hidden({ ...x3, include_hidden_bias: true }), inner, tf.layers.dense({ units: 1 })),
    );
    expect(await warnings()).toEqual([]);
  });

  test('a loaded layer has said them', async () => {
    const loaded = await tf.loadLayersModel(throughFile(await artifactsOf(three())));
    await step(loaded);
    setDatasetSize(loaded, 10);
    // The one that was saved has not.
    expect(await warnings()).toEqual([extraColumn]);
  });
});

describe('one seed for several layers', () => {
  test('is warned about once, since their noise is one', async () => {
    const model = sequential(
      hidden({ ...x3, seed: 4, name: 'a' }),
      hidden({ seed: 5 }),
      hidden({ seed: 4, name: 'b' }),
    );
    await step(model);
    await step(model);
    expect(await warnings()).toEqual([expect.stringMatching(/^tfjs-bnn: a and b have the same seed 4, /)]);
  });

  test('is no matter of one layer that is used twice, nor of layers without one', async () => {
    const x = tf.input({ shape: [3] });
    const shared = hidden({ seed: 4 });
    const y = [shared.apply(x), shared.apply(tf.layers.dense({ units: 3 }).apply(x))] as tf.SymbolicTensor[];
    await step(tf.model({ inputs: x, outputs: tf.layers.add().apply(y) as tf.SymbolicTensor }));
    await step(sequential(hidden(x3), hidden()));
    expect(await warnings()).toEqual([]);
  });
});
