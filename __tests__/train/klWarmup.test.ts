import * as tf from '@tensorflow/tfjs';
import { bayesianLayers } from '../../src/layers/bayesian';
import { hiddenLayer } from '../../src/layers/hidden';
import { klWarmup, type KLWarmupOptions } from '../../src/train/klWarmup';
import { dataFor, squares } from '../helpers/checkLayer';
import { collectWarnings } from '../helpers/warnings';

beforeAll(() => tf.setBackend('cpu'));
collectWarnings();

const options = { KL_factor: 1 / 4, include_hidden_bias: false, include_input_bias: false } as const;
const net = (...weights: number[]): tf.Sequential => {
  const layers = weights.map((klWeight) => hiddenLayer({ units: 2, klWeight, inputShape: [2], ...options }));
  const model = tf.sequential({ layers });
  model.compile({ optimizer: tf.train.sgd(0), loss: squares });
  return model;
};

/** The weights of the layers in each epoch, as the layers saw them. */
async function weightsOf(
  model: tf.LayersModel,
  warmup: tf.Callback,
  epochs: number,
  initialEpoch = 0,
): Promise<number[][]> {
  const seen: number[][] = [];
  const look = new tf.CustomCallback({
    onBatchEnd: () => {
      seen.push(bayesianLayers(model).map(({ klWeight }) => klWeight));
      for (const { KL_factor } of bayesianLayers(model)) expect(KL_factor).toBe(1 / 4);
    },
  });
  const { xs, ys, dispose } = dataFor(model, 4);
  await model.fit(xs, ys, { epochs, initialEpoch, verbose: 0, callbacks: [warmup, look] });
  dispose();
  return seen;
}
const rounded = (numbers: number[][]): number[] => numbers.map(([v]) => Math.round(v! * 1e6) / 1e6);

test.each([
  ['linear', undefined, [0, 0.25, 0.5, 0.75, 1, 1]],
  [undefined, undefined, [0, 0.25, 0.5, 0.75, 1, 1]],
  ['cosine', undefined, [0, 0.146447, 0.5, 0.853553, 1, 1]],
  ['cyclical', 1, [0, 0.5, 1, 1, 1, 1]],
  ['cyclical', 2, [0, 1, 0, 1, 1, 1]],
] as const)('%s (cycles %p) goes from 0 to 1 in 4 epochs', async (shape, cycles, expected) => {
  const warmup = klWarmup({ epochs: 4, ...(shape && { shape }), ...(cycles && { cycles }) });
  expect(rounded(await weightsOf(net(1), warmup, 6))).toEqual(expected);
});

test("ends at the user's weight of each layer, also when training ends before the warm-up does", async () => {
  const model = net(0.1, 2);
  expect(await weightsOf(model, klWarmup({ epochs: 4 }), 3)).toEqual([[0, 0], [0.025, 0.5], [0.05, 1]]); // prettier-ignore
  expect(bayesianLayers(model).map(({ klWeight }) => klWeight)).toEqual([0.1, 2]);
});

test('goes on where it was broken off, in a new callback', async () => {
  const model = net(1);
  await weightsOf(model, klWarmup({ epochs: 4 }), 2);
  expect(rounded(await weightsOf(model, klWarmup({ epochs: 4 }), 6, 2))).toEqual([0.5, 0.75, 1, 1]);
});

test.each([
  ['the same callback', 1, undefined, [0.75, 1, 1]],
  ['a new callback', 1, undefined, [0.75, 1, 1]],
  ['a new callback, unless it was set anew', 1, 0.5, [0.375, 0.5, 0.5]],
])("gives back the user's weight after training that failed, with %s", async (kind, own, anew, expected) => {
  const model = net(own);
  const warmup = klWarmup({ epochs: 4 });
  const fail = new tf.CustomCallback({ onBatchEnd: () => { throw new Error('mine'); } }); // prettier-ignore
  const { xs, ys, dispose } = dataFor(model, 4);
  await expect(model.fit(xs, ys, { epochs: 1, verbose: 0, callbacks: [warmup, fail] })).rejects.toThrow(
    'mine',
  );
  expect(bayesianLayers(model)[0]!.klWeight).toBe(0);
  if (anew !== undefined) bayesianLayers(model)[0]!.klWeight = anew;
  // A model of TensorFlow.js stays "in training" after that; its layers serve in another.
  const rest = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] }), model] });
  rest.compile({ optimizer: tf.train.sgd(0), loss: squares });
  const next = kind === 'the same callback' ? warmup : klWarmup({ epochs: 4 });
  expect(rounded(await weightsOf(rest, next, 6, 3))).toEqual(expected);
  dispose();
});

test.each([
  [{}, 'epochs must be a whole number of at least 1, got undefined'],
  [{ epochs: 0 }, 'epochs must be a whole number of at least 1, got 0'],
  [{ epochs: 2, shape: 'square' }, 'shape must be "linear", "cosine", "cyclical", got "square"'],
  [{ epochs: 2, shape: 'toString' }, 'shape must be'],
  [{ epochs: 2, cycles: 0.5 }, 'cycles must be a whole number of at least 1, got 0.5'],
  [{ epochs: 2, steps: 3 }, 'options must be among epochs, shape, cycles, got steps'],
])('refuses %j', (wrong, message) => {
  expect(() => klWarmup(wrong as KLWarmupOptions)).toThrow(`klWarmup: ${message}`);
});
