import * as tf from '@tensorflow/tfjs';
import { copied, frozen } from '../../src/layers/copied';
import { hiddenLayer } from '../../src/layers/hidden';
import { learnedNoise } from '../../src/layers/learnedNoise';
import { HiddenLayerDistribution } from '../../src/distribution';

test('copied copies arrays and plain objects at every depth, and nothing else', () => {
  const f = (): number => 1;
  const [date, given] = [new Date(), { a: [1, [2]], b: { c: [3] } }];
  const copy = copied({ ...given, f, date });
  expect(copy).toEqual({ ...given, f, date });
  copy.a.push(7);
  copy.b.c.push(7);
  expect(given).toEqual({ a: [1, [2]], b: { c: [3] } });
  expect([copy.f, copy.date]).toEqual([f, date]);
  expect(copy.date).toBe(date);
});

test('frozen freezes arrays and plain objects, and no function of the caller', () => {
  const f = (): number => 1;
  const cold = frozen({ a: [[1]], f });
  expect(() => (cold.a[0]![0] = 2)).toThrow(TypeError);
  expect(Object.isFrozen(f)).toBe(false);
});

/** Adds to every array in it. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.values(value).forEach(spoil);
  if (Array.isArray(value)) value.push(9);
  else Object.assign(value, { spoilt: 1 });
}

describe.each([
  [
    'hiddenLayer',
    () => ({
      units: 2,
      A_prior_scale: [[1, 2]],
      A_mean_initializer: tf.initializers.constant({ value: 1 }),
      batchInputShape: [null, 3],
    }),
    (options: object) => hiddenLayer(options as never),
  ],
  [
    'learnedNoise',
    () => ({ batchInputShape: [null, 3] }),
    (options: object) => learnedNoise(options as never),
  ],
] as const)('%s', (_, options, make) => {
  test('is its own: neither its options nor its config lead into it', () => {
    const given = options();
    const layer = make(given);
    const before = JSON.stringify(layer.getConfig());
    for (const value of Object.values(given)) if (Array.isArray(value)) spoil(value);
    expect(JSON.stringify(layer.getConfig())).toBe(before);
    spoil(layer.getConfig());
    expect(JSON.stringify(layer.getConfig())).toBe(before);
  });
});

test('an initializer by its config is copied too', () => {
  const config = { className: 'Constant', config: { value: 0.5 } };
  const layer = hiddenLayer({ units: 2, A_mean_initializer: config as never });
  const before = JSON.stringify(layer.getConfig());
  config.config.value = 7;
  config.className = 'Zeros';
  expect(JSON.stringify(layer.getConfig())).toBe(before);
});

test('what a layer and a distribution show of themselves cannot be changed', () => {
  const layer = hiddenLayer({ units: 2, A_prior_scale: [[1, 2]] });
  expect(() => (layer.settings.A_prior_scale as number[][])[0]!.push(1)).toThrow(TypeError);
  expect(() => Object.assign(layer.settings, { units: 3 })).toThrow(TypeError);
  tf.tidy(() => {
    const A = { A_mean: tf.ones([3, 2]), A_scale: tf.ones([3, 2]) };
    const given = [[1, 2]];
    const distribution = new HiddenLayerDistribution({ X: tf.ones([2, 3]), ...A, A_prior_scale: given });
    given[0]![0] = 9;
    expect(distribution.A_prior_scale).toEqual([[1, 2]]);
    expect(() => (distribution.A_prior_scale as number[][])[0]!.push(1)).toThrow(TypeError);
  });
});
