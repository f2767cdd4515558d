import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import type { HiddenLayerOptions } from '../../src/layers/hiddenOptions';
import { warnOfBiases } from '../../src/layers/warnings';
import { setDatasetSize } from '../../src/train/klFactor';
import { artifactsOf, dataFor, squares, throughFile } from '../helpers/checkLayer';
import { collectWarnings } from '../helpers/warnings';

beforeAll(() => tf.setBackend('cpu'));
const warnings = collectWarnings();

/** Says all that a layer may be warned about; a test takes back what it is about. */
const hidden = (options: Partial<HiddenLayerOptions> = {}) =>
  hiddenLayer({
    units: 3,
    KL_factor: 0.1,
    include_input_bias: false,
    include_hidden_bias: false,
    ...options,
  });
const sequential = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });
const [x3] = [{ inputShape: [3] }];

async function step(model: tf.LayersModel): Promise<void> {
  model.compile({ optimizer: tf.train.sgd(0.001), loss: squares });
  const { xs, ys, dispose } = dataFor(model, 4);
  await model.fit(xs, ys, { epochs: 2, verbose: 0 });
  dispose();
}

test('options that are all said warn of nothing', async () => {
  await step(sequential(hidden(x3), hidden(), hidden()));
  expect(await warnings()).toEqual([]);
});

describe('neither datasetSize nor KL_factor given', () => {
  const open = { KL_factor: undefined };

  test('is warned about once in training, in one message for all layers, with the remedy', async () => {
    const model = sequential(hidden({ ...open, ...x3, name: 'a' }), hidden({ ...open, name: 'b' }), hidden());
    await step(model);
    await step(model);
    expect(await warnings()).toEqual([
      expect.stringMatching(
        /^tfjs-bnn: a, b: neither datasetSize nor KL_factor was given, so KL_factor is 1.*setDatasetSize\(model, N\)/,
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
    'tfjs-bnn: one is a first layer without a bias; say include_input_bias: true, or false if that is meant.';
  const extraColumn =
    'tfjs-bnn: three is a last layer and appends a column of ones to the output; say include_hidden_bias: false, or true if that is meant.';
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
    expect(await warnings()).toEqual([noInputBias]);
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
    expect(await warnings()).toEqual([]);
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
    expect(await warnings()).toEqual([expect.stringMatching(/^tfjs-bnn: a and b have the same seed 4: /)]);
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

describe('a training pass without its KL in the loss', () => {
  const lost = /^tfjs-bnn: lost: a training pass ended without its KL in the loss/;

  test.each([
    [
      'a model in timeDistributed',
      () =>
        sequential(
          tf.layers.timeDistributed({
            layer: sequential(hidden({ ...x3, name: 'lost' })),
            inputShape: [4, 3],
          }),
        ),
    ],
    [
      'a nested sequential that begins with a model',
      () =>
        sequential(
          tf.layers.dense({ units: 3, inputShape: [3] }),
          sequential(sequential(hidden({ ...x3, name: 'lost' }))),
        ),
    ],
  ])('is warned about once: %s', async (_, build) => {
    const model = build();
    await step(model);
    await step(model);
    expect(await warnings()).toEqual([expect.stringMatching(lost)]);
  });

  test('is warned about once in a loop of one’s own that forgets it', async () => {
    const model = sequential(hidden({ ...x3, name: 'lost' }));
    for (let i = 0; i < 3; i++) tf.dispose(model.apply(tf.ones([2, 3]), { training: true }) as tf.Tensor);
    expect(await warnings()).toEqual([expect.stringMatching(lost)]);
  });
});
