import * as tf from '@tensorflow/tfjs';
import { bayesianLayers } from '../../src/layers/bayesian';
import { hiddenLayer } from '../../src/layers/hidden';
import { klWarmup, type KLWarmupOptions } from '../../src/train/klWarmup';
import { dataFor, squares } from '../helpers/modelData';
import { collectWarnings } from '../helpers/warnings';

beforeAll(() => tf.setBackend('cpu'));
const warnings = collectWarnings();

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
      for (const { klFactor } of bayesianLayers(model)) expect(klFactor).toBe(1 / 4);
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
  // Also without another warm-up, and in a training that has none.
  expect(bayesianLayers(model)[0]!.klWeight).toBe(own);
  if (anew !== undefined) bayesianLayers(model)[0]!.klWeight = anew;
  // A model of TensorFlow.js stays "in training" after that; its layers serve in another.
  const rest = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] }), model] });
  rest.compile({ optimizer: tf.train.sgd(0), loss: squares });
  const next = kind === 'the same callback' ? warmup : klWarmup({ epochs: 4 });
  expect(rounded(await weightsOf(rest, next, 6, 3))).toEqual(expected);
  dispose();
});

test('twice in a list is refused, and nothing is moved', async () => {
  const model = net(0.5);
  const { xs, ys, dispose } = dataFor(model, 4);
  const callbacks = [klWarmup({ epochs: 4 }), klWarmup({ epochs: 8 })];
  await expect(model.fit(xs, ys, { epochs: 1, verbose: 0, callbacks })).rejects.toThrow(
    'klWarmup: a training may have only one klWarmup, got two in its list of callbacks; leave one out',
  );
  expect(bayesianLayers(model)[0]!.klWeight).toBe(0.5);
  expect(await weightsOf(model, callbacks[0]!, 2)).toEqual([[0], [0.125]]);
  dispose();
});

test('on a layer that two trainings share, in turn at every step, the user has his weight back', async () => {
  const model = net(0.5);
  const [layer] = bayesianLayers(model);
  const other = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] }), layer!] });
  other.compile({ optimizer: tf.train.sgd(0), loss: squares });
  const { xs, ys, dispose } = dataFor(model, 8);
  const seen: number[] = [];
  const look = new tf.CustomCallback({ onBatchEnd: () => void seen.push(layer!.klWeight) }, 'batch');
  const fit = (which: tf.LayersModel, epochs: number): Promise<tf.History> =>
    which.fit(xs, ys, { epochs, batchSize: 2, verbose: 0, callbacks: [klWarmup({ epochs: 4 }), look] });
  await Promise.all([fit(model, 3), fit(other, 2)]);
  expect(Math.min(...seen)).toBe(0);
  expect(layer!.klWeight).toBe(0.5);
  dispose();
});

test('an error in the first epoch, and training without a warm-up afterwards', async () => {
  const model = net(1);
  let fails = true;
  const loss = (y: tf.Tensor, ŷ: tf.Tensor): tf.Tensor => {
    if (fails) throw new Error('mine');
    return squares(y, ŷ);
  };
  model.compile({ optimizer: tf.train.sgd(0), loss });
  const { xs, ys, dispose } = dataFor(model, 4);
  const [layer] = bayesianLayers(model);
  const callbacks = klWarmup({ epochs: 4 });
  await expect(model.fit(xs, ys, { epochs: 1, verbose: 0, callbacks })).rejects.toThrow('mine');
  fails = false;
  const seen: number[] = [];
  const look = { onBatchEnd: () => void seen.push(layer!.klWeight) };
  await model.fit(xs, ys, { epochs: 1, verbose: 0, callbacks: look });
  expect(seen).toEqual([1]);
  layer!.klWeight = 0.3;
  expect(layer!.klWeight).toBe(0.3);
  expect(Object.keys(layer!)).not.toContain('klWeight');
  dispose();
});

test('what is set in the middle of an epoch is the user’s weight, and a negative one is refused', async () => {
  const model = net(1);
  const [layer] = bayesianLayers(model);
  const look = new tf.CustomCallback({
    onBatchEnd: () => {
      expect(() => (layer!.klWeight = -1)).toThrow('klWeight must be a finite number of at least 0');
      layer!.klWeight = 0.5;
    },
  });
  const { xs, ys, dispose } = dataFor(model, 4);
  const callbacks = [klWarmup({ epochs: 4 }), look];
  await model.fit(xs, ys, { epochs: 3, initialEpoch: 2, verbose: 0, callbacks });
  expect(layer!.klWeight).toBe(0.5);
  dispose();
});

test('training that starts with a klWeight of 0 says so once; a warm-up alone does not', async () => {
  const zero = (all: string[]): string[] => all.filter((text) => text.includes('klWeight is 0'));
  await weightsOf(net(1), klWarmup({ epochs: 4 }), 2);
  expect(zero(await warnings())).toEqual([]);
  const model = net(0);
  await weightsOf(model, klWarmup({ epochs: 4 }), 2);
  await weightsOf(model, klWarmup({ epochs: 4 }), 2);
  expect(zero(await warnings())).toEqual([
    `tfjs-bnn: ${bayesianLayers(model)[0]!.name}: klWeight is 0, so the KL is not in the loss, and nothing keeps the stddevs from shrinking: ` +
      'setKLWeight(model, 1) gives the ELBO, klWarmup brings the KL in slowly.',
  ]);
});

test('options that are changed later change nothing', async () => {
  const options: KLWarmupOptions = { epochs: 4 };
  const warmup = klWarmup(options);
  Object.assign(options, { epochs: 1, shape: 'cyclical' });
  expect(rounded(await weightsOf(net(1), warmup, 3))).toEqual([0, 0.25, 0.5]);
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
