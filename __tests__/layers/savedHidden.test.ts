/** A HiddenLayer through its config and a file. */
import * as tf from '@tensorflow/tfjs';
import { InlineArrays } from '../../src/layers/tensorPrior';
import { hiddenLayer, HiddenLayer } from '../../src/layers/hidden';
import { FORMAT, optionsFromConfig } from '../../src/layers/hiddenOptions';
import type { Initializer } from '../../src/layers/initializer';
import { expectCleanThrow } from '../helpers/leaks';
import { artifactsOf, throughFile } from '../helpers/savedModels';
import { expectAllClose } from '../helpers/toBeAllClose';

beforeAll(() => tf.setBackend('cpu'));

describe('a saved HiddenLayer', () => {
  const everything = {
    units: 2,
    KL_factor: 1 / 3,
    klWeight: 0.1,
    non_linearity: 'softplus',
    include_hidden_bias: false,
    include_input_bias: true,
    weight_space_sampling: true,
    A_mean_initializer: tf.initializers.randomNormal({ stddev: 0.2, seed: 3 }) as unknown as Initializer,
    A_scale_initializer: tf.initializers.constant({ value: 0.05 }) as unknown as Initializer,
    seed: 0,
    name: 'my_Layer',
    trainable: false,
  } as const;

  test.each([
    ['a number', 0.3],
    ['a row', [0.1, 0.2]],
    ['a column', [[0.1], [0.2], [1e-3], [7]]],
    ['a matrix', [[0.1, 1], [2, 3], [4, 5], [6, 1 / 7]]], // prettier-ignore
  ])('has every option and its prior back: %s', async (_, A_prior_scale) => {
    const layer = hiddenLayer({ ...everything, A_prior_scale, inputShape: [3] });
    const model = tf.sequential({ layers: [layer] });
    const artifacts = await artifactsOf(model);
    // What makes the test worth its name: TensorFlow.js renames the keys on the way.
    expect(JSON.stringify(artifacts.modelTopology)).toContain('"a_prior_scale"');
    const loaded = (await tf.loadLayersModel(throughFile(artifacts))).layers[0] as HiddenLayer;
    expect(loaded.getConfig()).toEqual(layer.getConfig());
    // Arrays are among the weights, in binary.
    const isNumber = typeof A_prior_scale === 'number';
    expect(layer.getConfig()).toMatchObject(
      isNumber ? { A_prior_scale, format: 1 } : { A_prior_scale: 'saved', format: 2 },
    );
    const priors = [layer, loaded].map((one) => one.prior().A_prior_scale);
    expectAllClose(priors[1]!, priors[0]!, { rtol: 0 });
    expectAllClose(
      priors[0]!,
      tf.tidy(() => tf.mul(tf.ones([4, 2]), tf.tensor(A_prior_scale))),
      { rtol: 1e-6 },
    );
    tf.dispose(priors);
    expect([loaded.KL_factor, loaded.klWeight, loaded.trainable]).toEqual([1 / 3, 0.1, false]);
    expect(loaded.name).toBe('my_Layer');
    const [a, b] = [layer.kl(), loaded.kl()];
    expectAllClose(b, a, { rtol: 1e-6 });
    tf.dispose([a, b]);
  });

  test('has KL_factor and klWeight as they were when it was saved', async () => {
    const layer = hiddenLayer({ units: 2, datasetSize: 10, inputShape: [3] });
    const model = tf.sequential({ layers: [layer] });
    layer.KL_factor = 0.125;
    layer.klWeight = 0.5;
    const loaded = (await tf.loadLayersModel(throughFile(await artifactsOf(model)))).layers[0] as HiddenLayer;
    expect([loaded.KL_factor, loaded.klWeight]).toEqual([0.125, 0.5]);
  });

  test.each([
    'elu',
    'relu',
    'relu6',
    'hardSigmoid',
    'softmax',
    'gelu',
    'gelu_new',
    'swish',
    'mish',
    'linear',
  ] as const)('has the non_linearity %s back', async (non_linearity) => {
    const model = tf.sequential({
      layers: [hiddenLayer({ units: 2, non_linearity, seed: 1, inputShape: [3] })],
    });
    const loaded = await tf.loadLayersModel(throughFile(await artifactsOf(model)));
    expect((loaded.layers[0] as HiddenLayer).settings.non_linearity).toBe(non_linearity);
    tf.tidy(() => {
      // A fresh copy of each: the sequences of draws start anew.
      const x = tf.tensor2d([[0.5, -1, 2]]);
      expectAllClose(loaded.apply(x, {}) as tf.Tensor, model.apply(x, {}) as tf.Tensor);
    });
  });

  test('refuses to be saved with a function as non_linearity, and says what to do', async () => {
    const model = tf.sequential({
      layers: [hiddenLayer({ units: 2, non_linearity: tf.sin, name: 'f', inputShape: [3] })],
    });
    await expect(artifactsOf(model)).rejects.toThrow(
      'f: to be saved, a layer needs the name of its non_linearity, got the function sin',
    );
  });

  test('says its format, and a later one is refused, as is what is no format', () => {
    const config = hiddenLayer({ units: 2 }).getConfig();
    // The earliest that can say it, so that earlier versions of this package read what they can.
    expect(config.format).toBe(1);
    expect(hiddenLayer({ units: 2, A_prior_mean: 1 }).getConfig().format).toBe(FORMAT);
    const refused = (format: unknown, got: string): void =>
      expectCleanThrow(
        () => HiddenLayer.fromConfig(HiddenLayer, { ...config, format } as tf.serialization.ConfigDict),
        `HiddenLayer: the format of a saved layer must be a whole number from 1 to ${FORMAT}, got ${got}`,
      );
    refused(FORMAT + 1, `${FORMAT + 1}; update tfjs-bnn to load it`);
    for (const [format, got] of [
      [-1, '-1.'],
      [0, '0.'],
      [0.5, '0.5.'],
      ['1', '"1".'],
      [null, 'null.'],
      [[1], '[1].'],
    ])
      // prettier-ignore
      refused(format, got as string);
    expect(optionsFromConfig({ units: 2 })).toEqual({ units: 2 });
  });

  test.each([
    [{ trainable: 'no' }, 'trainable must be true or false, got "no"'],
    [{ name: 5 }, 'name must be a string, got 5'],
  ])('with %j is refused', (wrong, message) => {
    const config = { ...hiddenLayer({ units: 2 }).getConfig(), ...wrong };
    expectCleanThrow(() => HiddenLayer.fromConfig(HiddenLayer, config), `HiddenLayer: ${message}`);
  });

  test('with keys that nobody knows is refused', () => {
    const config = { ...hiddenLayer({ units: 2 }).getConfig(), momentum: 0 };
    expectCleanThrow(
      () => HiddenLayer.fromConfig(HiddenLayer, config),
      'options must be among units, datasetSize, KL_factor',
    );
  });
});

test('the saved form of version 1 is loaded for ever', () => {
  // As a file on disk has it, with the keys that TensorFlow.js made of ours.
  const onDisk = {
    name: 'hidden', trainable: true, batchInputShape: [null, 3], dtype: 'float32', units: 4, klFactor: 0.001, klWeight: 0.5,
    aPriorScale: [[1], [2], [3]], nonLinearity: 'tanh', includeHiddenBias: false, includeInputBias: false,
    weightSpaceSampling: true, aMeanInitializer: 'glorotNormal', aScaleInitializer: 0.01, seed: 7, format: 1, customObjects: {},
  }; // prettier-ignore
  const layer = HiddenLayer.fromConfig(HiddenLayer, onDisk) as unknown as HiddenLayer;
  expect(layer.settings).toEqual({
    units: 4, KL_factor: 0.001, klWeight: 0.5, A_prior_mean: 0, A_prior_scale: new InlineArrays([[1], [2], [3]]),
    non_linearity: 'tanh',
    include_hidden_bias: false, include_input_bias: false, weight_space_sampling: true,
    A_mean_initializer: 'glorotNormal', A_scale_initializer: 0.01, seed: 7,
  }); // prettier-ignore
  // Its prior stays where it is, since its weights hold none.
  layer.build([null, 3]);
  expect(layer.weights).toHaveLength(2);
  expect(layer.getConfig()).toMatchObject({ A_prior_scale: [[1], [2], [3]], format: 1 });
  const { A_prior_mean, A_prior_scale } = layer.prior();
  expectAllClose(A_prior_scale, [1, 2, 3].map((p) => [p, p, p, p])); // prettier-ignore
  tf.dispose([A_prior_mean, A_prior_scale, ...layer.weights.map((weight) => weight.read())]);
});
