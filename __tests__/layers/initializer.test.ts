import * as tf from '@tensorflow/tfjs';
import { initializerConfig, initialValues, type Initializer } from '../../src/layers/initializer';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow, expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('initialValues', () => {
  test('come from a name, an object, or the config of an object', () => {
    const constant = tf.initializers.constant({ value: 0.25 });
    const config = initializerConfig('me', 'o', constant);
    expectNoLeak(() => {
      for (const [initializer, value] of [
        ['ones', 1],
        [constant, 0.25],
        [config, 0.25],
      ] as const) {
        // prettier-ignore
        const values = initialValues('me', 'o', initializer, [2, 3]);
        expectAllClose(values, [Array<number>(3).fill(value), Array<number>(3).fill(value)]);
        values.dispose();
      }
    });
  });

  test('know the number of rows and columns', () => {
    // glorotUniform is bounded by √(6 / (D + H)).
    const values = initialValues('me', 'o', 'glorotUniform', [50, 100]);
    const largest = tf.tidy(() => tf.max(tf.abs(values)).dataSync()[0]!);
    expect(largest).toBeLessThanOrEqual(Math.sqrt(6 / 150));
    expect(largest).toBeGreaterThan(0.95 * Math.sqrt(6 / 150));
    values.dispose();
  });

  test('are the same from the config as from the object', () => {
    const object = tf.initializers.randomNormal({ mean: 2, stddev: 0.5, seed: 7 }) as unknown as Initializer;
    const config = JSON.parse(JSON.stringify(initializerConfig('me', 'o', object))) as Initializer;
    const [a, b] = [object, config].map((i) => initialValues('me', 'o', i, [3, 4]));
    expectAllClose(b!, a!, { rtol: 0, atol: 0 });
    tf.dispose([a, b]);
  });
});

test.each([initialValues, initializerConfig])('%p refuses what is no initializer, and leaks nothing', (f) => {
  for (const wrong of [3, {}, { className: 'Nonsense', config: {} }])
    expectCleanThrow(
      () => f('me', 'A_mean_initializer', wrong as unknown as Initializer, [2, 2]),
      'me: A_mean_initializer must be an initializer of TensorFlow.js, got',
    );
});

test('a name is its own config, and is looked up when it is used', () => {
  expect(initializerConfig('me', 'o', 'glorotNormal')).toBe('glorotNormal');
  expectCleanThrow(() => initialValues('me', 'o', 'nonsense', [2, 2]), 'got "nonsense"');
});
