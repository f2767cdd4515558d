import * as tf from '@tensorflow/tfjs';
import { bayesianLayers } from '../../src/layers/bayesian';
import { hiddenLayer } from '../../src/layers/hidden';
import { setDatasetSize, setKLWeight } from '../../src/train/klFactor';
import { arrangements } from '../helpers/arrangements';

beforeAll(() => tf.setBackend('cpu'));

const hidden = (args: object = {}) =>
  hiddenLayer({ units: 3, include_hidden_bias: false, include_input_bias: false, ...args });
const plain = (): tf.Sequential =>
  tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });

describe.each(Object.entries(arrangements(hidden, 3)))('%s', (_, build) => {
  test('setDatasetSize makes the factor of every layer 1/N, and leaves the weights', () => {
    const model = build();
    setDatasetSize(model, 250);
    for (const layer of bayesianLayers(model)) expect([layer.klFactor, layer.klWeight]).toEqual([1 / 250, 1]);
  });

  test('setKLWeight sets the weight of every layer, and leaves the factors', () => {
    const model = build();
    setDatasetSize(model, 250);
    setKLWeight(model, 0);
    setKLWeight(model, 0.1);
    for (const layer of bayesianLayers(model))
      expect([layer.klFactor, layer.klWeight]).toEqual([1 / 250, 0.1]);
  });
});

test.each([0, -1, 1.5, NaN, '10', undefined])('setDatasetSize refuses %p and changes nothing', (wrong) => {
  const model = tf.sequential({ layers: [hidden({ inputShape: [3], KL_factor: 0.5 })] });
  expect(() => setDatasetSize(model, wrong as number)).toThrow(
    'setDatasetSize: N must be a whole number of at least 1, got',
  );
  expect(bayesianLayers(model)[0]!.klFactor).toBe(0.5);
});

test.each([-1, NaN, Infinity, '1', undefined])('setKLWeight refuses %p and changes nothing', (wrong) => {
  const model = tf.sequential({ layers: [hidden({ inputShape: [3], klWeight: 0.5 })] });
  expect(() => setKLWeight(model, wrong as number)).toThrow(
    'setKLWeight: T must be a finite number of at least 0, got',
  );
  expect(bayesianLayers(model)[0]!.klWeight).toBe(0.5);
});

test('a model without a Bayesian layer is refused, since nothing would happen', () => {
  expect(() => setDatasetSize(plain(), 10)).toThrow(
    'setDatasetSize: the model must hold a Bayesian layer, got none',
  );
  expect(() => setKLWeight(plain(), 1)).toThrow(
    'setKLWeight: the model must hold a Bayesian layer, got none',
  );
});
