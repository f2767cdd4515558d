import * as tf from '@tensorflow/tfjs';
import * as bnn from '../../src';
import {
  bayesianLayers,
  brand,
  isBayesian,
  placeOf,
  someBayesianLayers,
  type BayesianLayer,
} from '../../src/layers/bayesian';
import { hiddenLayer } from '../../src/layers/hidden';
import { arrangements } from '../helpers/arrangements';
import { expectCleanRejection } from '../helpers/leaks';

beforeAll(() => tf.setBackend('cpu'));

const hidden = (args: object = {}) => hiddenLayer({ units: 3, include_hidden_bias: false, ...args });
const dense = (args: object = {}) => tf.layers.dense({ units: 3, ...args });
const x3 = { inputShape: [3] };

describe('isBayesian', () => {
  test('knows a HiddenLayer, and nothing else', () => {
    expect(isBayesian(hidden())).toBe(true);
    expect(isBayesian(dense())).toBe(false);
    expect(isBayesian({})).toBe(false);
  });

  test('knows the class of another copy of this package by its brand', () => {
    class Copy {
      name = 'copy';
    }
    brand(Copy as unknown as { prototype: BayesianLayer });
    expect(isBayesian(new Copy())).toBe(true);
    expect(Object.keys(new Copy())).toEqual(['name']);
    expect(Symbol.for('tfjs-bnn.BayesianLayer') in new Copy()).toBe(true);
  });
});

describe('bayesianLayers', () => {
  const made: tf.layers.Layer[] = [];
  const make = (args?: object): tf.layers.Layer => {
    const layer = hidden(args);
    made.push(layer);
    return layer;
  };

  test.each(Object.entries(arrangements(make, 3)))('finds every layer once: %s', (_, build) => {
    made.length = 0;
    const model = build();
    const found = bayesianLayers(model);
    expect(found).toHaveLength(made.length);
    expect(new Set(found)).toEqual(new Set(made));
  });

  test('finds those of a bidirectional wrapper and of a model in a wrapper', () => {
    const inner = hidden(x3);
    const wrapped = tf.layers.timeDistributed({
      layer: tf.sequential({ layers: [inner] }),
      inputShape: [4, 3],
    });
    expect(bayesianLayers(wrapped)).toEqual([inner]);
    const [forwardLayer, backwardLayer] = [hidden(), hidden()];
    expect(bayesianLayers({ forwardLayer, backwardLayer } as never)).toEqual([forwardLayer, backwardLayer]);
  });

  test('lists them as the model lists its layers', () => {
    const layers = [hidden({ ...x3, name: 'h1' }), dense(), hidden({ name: 'h2' }), hidden({ name: 'h3' })];
    expect(bayesianLayers(tf.sequential({ layers })).map(({ name }) => name)).toEqual(['h1', 'h2', 'h3']);
  });

  test('is empty where there is none, and someBayesianLayers refuses', () => {
    const model = tf.sequential({ layers: [dense(x3)] });
    expect(bayesianLayers(model)).toEqual([]);
    expect(() => someBayesianLayers('me', model)).toThrow(
      'me: the model must hold a Bayesian layer, got none; write layers.dense of tfjs-bnn for tf.layers.dense',
    );
  });
});

describe('placeOf', () => {
  test('tells first and last', () => {
    const [a, b, c] = [hidden(), hidden(), hidden()];
    const model = tf.sequential({ layers: [dense(x3), a, dense(), b, c] });
    expect([a, b, c].map((layer) => placeOf(layer, model))).toEqual([
      { first: true, last: false },
      { first: false, last: false },
      { first: false, last: true },
    ]);
  });

  test('a layer behind a nested Bayesian model is no first one', () => {
    const layer = hidden();
    const model = tf.sequential({ layers: [tf.sequential({ layers: [hidden(x3)] }), layer] });
    expect(placeOf(layer, model)).toEqual({ first: false, last: true });
  });
});

describe('what is no model', () => {
  const x = [[1, 2, 3]];
  const calls: Array<[string, (model: tf.LayersModel) => unknown]> = [
    ['setDatasetSize', (model) => bnn.setDatasetSize(model, 5)],
    ['setKLWeight', (model) => bnn.setKLWeight(model, 1)],
    ['diagnose', (model) => bnn.diagnose(model)],
    ['evaluateElbo', (model) => bnn.evaluateElbo(model, { x, y: x } as never)],
    ['checkpoint', (model) => bnn.saveCheckpoint(model, 'file://nowhere')],
    ['checkpoint', (model) => bnn.restoreCheckpoint(model, 'file://nowhere')],
    ['posteriorMean', (model) => bnn.posteriorMean(model)],
    ['posteriorSample', (model) => bnn.posteriorSample(model)],
    ['predictive', (model) => bnn.predictive(model, x as never)],
    ['predictiveStream', (model) => bnn.predictiveStream(model, x as never)],
    ['predictiveMoments', (model) => bnn.predictiveMoments(model, x as never)],
    ['someBayesianLayers', (model) => someBayesianLayers('someBayesianLayers', model)],
  ];
  const others: Array<[unknown, string]> = [
    [undefined, 'got undefined.'],
    [null, 'got null.'],
    ['model', 'got "model".'],
    [dense(), 'got a Dense; put a layer into tf.sequential({layers: […]})'],
    [tf.layers.timeDistributed({ layer: dense() }), 'got a TimeDistributed; put a layer into'],
    [Promise.resolve(), 'got a Promise; await it'],
  ];
  test.each(calls)('is refused by %s', async (who, call) => {
    for (const [other, got] of others)
      await expectCleanRejection(
        // eslint-disable-next-line @typescript-eslint/require-await
        async () => call(other as tf.LayersModel),
        `${who}: model must be a tf.LayersModel, ${got}`,
      );
  });
});
