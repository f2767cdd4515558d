import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, HiddenLayer } from '../../src/layers/hidden';
import { checkedOptions, type HiddenLayerOptions } from '../../src/layers/hiddenOptions';
import { expectCleanThrow } from '../helpers/leaks';

beforeAll(() => tf.setBackend('cpu'));

const withOptions = (options: object): HiddenLayerOptions => ({ units: 2, ...options });

describe('the options of HiddenLayer', () => {
  test("have Pyro's defaults", () => {
    expect(checkedOptions({ units: 3 }).settings).toEqual({
      units: 3,
      KL_factor: undefined,
      klWeight: 1,
      A_prior_mean: 0,
      A_prior_scale: 1,
      non_linearity: 'relu',
      include_hidden_bias: true,
      include_input_bias: false,
      weight_space_sampling: false,
      A_mean_initializer: undefined,
      A_scale_initializer: undefined,
      seed: undefined,
    });
    expect(hiddenLayer({ units: 3 }).KL_factor).toBe(1);
  });

  test('datasetSize: N is KL_factor: 1 / N', () => {
    expect(hiddenLayer({ units: 3, datasetSize: 3000 }).KL_factor).toBe(1 / 3000);
  });

  test.each([
    [{ units: 0 }, 'units must be a whole number of at least 1, got 0'],
    [{ units: -2 }, 'units must be a whole number of at least 1, got -2'],
    [{ units: 2.5 }, 'units must be a whole number of at least 1, got 2.5'],
    [{ units: undefined }, 'units must be a whole number of at least 1, got undefined'],
    [{ units: '3' }, 'units must be a whole number of at least 1, got "3"'],
    [{ datasetSize: 0 }, 'datasetSize must be a whole number of at least 1, got 0'],
    [{ datasetSize: 1n }, 'datasetSize must be a whole number of at least 1, got 1n'],
    [{ datasetSize: 10.5 }, 'datasetSize must be a whole number of at least 1, got 10.5'],
    [{ datasetSize: 10, KL_factor: 0.1 }, 'only one of datasetSize and KL_factor may be given, got both'],
    [{ KL_factor: -0.1 }, 'KL_factor must be a finite number of at least 0, got -0.1'],
    [{ KL_factor: NaN }, 'KL_factor must be a finite number of at least 0, got NaN'],
    [{ KL_factor: Infinity }, 'KL_factor must be a finite number of at least 0, got Infinity'],
    [{ KL_factor: null }, 'KL_factor must be a finite number of at least 0, got null'],
    [{ klWeight: -1 }, 'klWeight must be a finite number of at least 0, got -1'],
    [{ A_prior_scale: 0 }, 'A_prior_scale must be a finite number above 0, from 1e-18 to 1e18, got 0'],
    [
      { A_prior_scale: 1e-46 },
      'A_prior_scale must be a finite number above 0, from 1e-18 to 1e18, got 1e-46',
    ],
    [{ A_prior_scale: [1, 1e300] }, 'from 1e-18 to 1e18, equally long, got [1, 1e+300]'],
    [{ A_prior_scale: 9e-19 }, 'from 1e-18 to 1e18'],
    [{ A_prior_scale: 2e18 }, 'from 1e-18 to 1e18'],
    [{ A_scale_initializer: 1e-46 }, 'from 1e-18 to 1e18'],
    [{ A_scale_initializer: 1e19 }, 'from 1e-18 to 1e18'],
    [{ inputShape: 4 }, 'inputShape must be an array of whole numbers, null for any length, got 4; e.g. [4]'],
    [{ batchInputShape: [null, 'a'] }, 'batchInputShape must be an array of whole numbers'],
    [{ A_prior_scale: -1 }, 'A_prior_scale must be a finite number above 0, from 1e-18 to 1e18, got -1'],
    [{ A_prior_scale: [1, 0] }, 'A_prior_scale must be'],
    [{ A_prior_scale: [[1], [1, 2]] }, 'equally long'],
    [
      { non_linearity: 'rely' },
      'non_linearity must be the name of a tf.layers activation, or a function, got "rely"',
    ],
    [
      { non_linearity: null },
      'non_linearity must be the name of a tf.layers activation, or a function, got null',
    ],
    [{ include_hidden_bias: 1 }, 'include_hidden_bias must be true or false, got 1'],
    [{ include_input_bias: 'yes' }, 'include_input_bias must be true or false, got "yes"'],
    [{ weight_space_sampling: 0 }, 'weight_space_sampling must be true or false, got 0'],
    [
      { A_scale_initializer: 0 },
      'A_scale_initializer must be a finite number above 0, from 1e-18 to 1e18, got 0',
    ],
    [
      { A_scale_initializer: -0.1 },
      'A_scale_initializer must be a finite number above 0, from 1e-18 to 1e18, got -0.1',
    ],
    [{ A_mean_initializer: {} }, 'A_mean_initializer must be an initializer of TensorFlow.js, got'],
    [{ A_mean_initializer: 0.1 }, 'A_mean_initializer must be an initializer of TensorFlow.js, got 0.1'],
    [{ A_mean_initializer: null }, 'A_mean_initializer must be an initializer of TensorFlow.js, got null'],
    [{ A_mean_initializer: 0 }, 'A_mean_initializer must be an initializer of TensorFlow.js, got 0'],
    [{ A_scale_initializer: null }, 'A_scale_initializer must be an initializer of TensorFlow.js, got null'],
    [{ seed: 0.5 }, 'seed must be a whole number, got 0.5'],
    [{ seed: '1' }, 'seed must be a whole number, got "1"'],
    [{ dtype: 'int32' }, 'dtype must be float32, got "int32"'],
    [{ trainable: 'no' }, 'trainable must be true or false, got "no"'],
    [{ trainable: 0 }, 'trainable must be true or false, got 0'],
    [{ name: 5 }, 'name must be a string, got 5'],
    [{ name: {} }, 'name must be a string, got {}'],
    [{ klFactor: 0.1 }, 'got klFactor; did you mean KL_factor?'],
    [{ activation: 'relu' }, 'got activation; activation is non_linearity here'],
    [{ X: 1 }, 'use new HiddenLayerDistribution({X, A_mean, A_scale})'],
    [{ A_mean: 1 }, 'use new HiddenLayerDistribution({X, A_mean, A_scale})'],
  ])('refuse %j, and nothing is left behind', (wrong, message) => {
    for (const make of [hiddenLayer, (o: HiddenLayerOptions) => new HiddenLayer(o)]) {
      expectCleanThrow(() => make(withOptions(wrong)), message);
      expect(() => make(withOptions(wrong))).toThrow(/^HiddenLayer: /);
    }
  });

  test.each([undefined, null, 50, 'relu'])('refuse %j in the place of an object', (wrong) => {
    expect(() => hiddenLayer(wrong as unknown as HiddenLayerOptions)).toThrow('an options object is needed');
  });

  test('refuse at build a prior that does not broadcast, and nothing is left behind', () => {
    expectCleanThrow(
      () => hiddenLayer({ units: 2, A_prior_scale: [1, 1, 1], inputShape: [3] }).build([null, 3]),
      'HiddenLayer: A_prior_scale must broadcast to the shape of the weights [3, 2], got [3]',
    );
  });

  test('refuse at build an initializer whose name is unknown, or whose scales are not above 0', () => {
    expectCleanThrow(
      () => hiddenLayer({ units: 2, A_mean_initializer: 'nonsense' }).build([null, 3]),
      'HiddenLayer: A_mean_initializer must be an initializer of TensorFlow.js, got "nonsense"',
    );
    expectCleanThrow(
      () => hiddenLayer({ units: 2, A_scale_initializer: 'zeros' }).build([null, 3]),
      'HiddenLayer: the A_scale that A_scale_initializer makes must be finite and above 0 everywhere',
    );
  });

  test('refuse at build an input without a known width, and more than one', () => {
    expectCleanThrow(
      () => hiddenLayer({ units: 2 }).build([null, null]),
      'the last of known length, got [?, ?]',
    );
    expectCleanThrow(
      () => hiddenLayer({ units: 2 }).build([3]),
      'at least two axes, the last of known length, got [3]',
    );
    expectCleanThrow(
      () => hiddenLayer({ units: 2 }).build([[null, 3], [null, 3]]), // prettier-ignore
      'one input is needed, got [[null, 3], [null, 3]]; concatenate them first',
    );
  });
});
