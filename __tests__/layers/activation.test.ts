import * as tf from '@tensorflow/tfjs';
import { activationFunction, type NonLinearity } from '../../src/layers/activation';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('activationFunction', () => {
  const z = [[-1, 0.5], [2, -0.25]]; // prettier-ignore
  test.each([
    ['relu', (v: number) => Math.max(0, v)],
    ['tanh', Math.tanh],
    ['linear', (v: number) => v],
    ['sigmoid', (v: number) => 1 / (1 + Math.exp(-v))],
    ['softplus', (v: number) => Math.log1p(Math.exp(v))],
  ] as Array<[NonLinearity, (v: number) => number]>)('finds %s', (name, f) => {
    tf.tidy(() => {
      expectAllClose(
        activationFunction('me', name)(tf.tensor(z)),
        z.map((row) => row.map((v) => f(v))),
      );
    });
  });

  test('softmax goes over the last axis', () => {
    tf.tidy(() => expectAllClose(activationFunction('me', 'softmax')(tf.tensor(z)).sum(-1), [1, 1]));
  });

  test('takes a function as it is', () => {
    tf.tidy(() =>
      expectAllClose(
        activationFunction('me', tf.square)(tf.tensor(z)),
        z.map((r) => r.map((v) => v * v)),
      ),
    );
  });

  test.each([
    ['another shape', (t: tf.Tensor) => t.sum(-1), 'a float32 tensor of shape [2]'],
    ['no tensor', () => 3 as unknown as tf.Tensor, '3'],
  ])('refuses the result of a function that returns %s', (_, f, got) => {
    expectCleanThrow(
      () => tf.tidy(() => activationFunction('me', f)(tf.tensor(z))),
      `me: non_linearity must keep the shape [2, 2], got ${got}`,
    );
  });
});

describe('activationFunction', () => {
  test.each(['rely', 'ReLU', '', 3, null, {}, undefined])('refuses %j', (wrong) => {
    expectCleanThrow(
      () => activationFunction('me', wrong as NonLinearity),
      'me: non_linearity must be the name of a tf.layers activation, or a function, got',
    );
  });

  test('uses up none of the names of layers', () => {
    const number = (): number => Number(/\d+$/.exec(tf.layers.activation({ activation: 'relu' }).name)![0]);
    const before = number();
    activationFunction('me', 'relu');
    expect(number()).toBe(before + 1);
  });
});
