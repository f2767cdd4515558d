import * as tf from '@tensorflow/tfjs';
import { unwatchSteps, watchSteps, type Watcher } from '../../src/optimizer/beforeSteps';
import { expectNoLeak } from '../helpers/leaks';

beforeAll(() => tf.setBackend('cpu'));

const times = (factor: number, holds = (): boolean => true): Watcher & { disposed: number } => {
  const watcher = {
    disposed: 0,
    see: (gradients) =>
      gradients.map(({ name, tensor }) => ({ name, tensor: tensor && tf.add(tf.mul(factor, tensor), 1) })),
    holds,
    dispose: () => {
      watcher.disposed++;
    },
  } satisfies Watcher & { disposed: number };
  return watcher;
};

/** What a step of sgd at the rate 1 from 0 against a gradient of 1 comes to, which is minus what the optimizer got. */
function step(optimizer: tf.Optimizer, given: 'array' | 'object' = 'array'): number {
  const w = tf.tidy(() => tf.variable(tf.scalar(0)));
  const g = tf.scalar(1);
  optimizer.applyGradients(given === 'array' ? [{ name: w.name, tensor: g }] : { [w.name]: g });
  const moved = -w.dataSync()[0]!;
  tf.dispose([w, g]);
  return moved;
}

test('each sees what the one before it made of the gradients; taken away, the optimizer has its own method', () => {
  const optimizer = tf.train.sgd(1);
  const [a, b] = [times(10), times(3)];
  expectNoLeak(() => {
    watchSteps(optimizer, a);
    watchSteps(optimizer, b);
    for (const given of ['array', 'object'] as const)
      expect(step(optimizer, given)).toBe((1 * 10 + 1) * 3 + 1);
    unwatchSteps(optimizer, a);
    unwatchSteps(optimizer, a);
    expect(step(optimizer)).toBe(4);
    unwatchSteps(optimizer, b);
  });
  expect([a.disposed, b.disposed]).toEqual([1, 1]);
  expect(Object.hasOwn(optimizer, 'applyGradients')).toBe(false);
  expect(step(optimizer)).toBe(1);
});

test('one that holds no longer is forgotten at the next step', () => {
  const optimizer = tf.train.sgd(1);
  let holds = true;
  const watcher = times(10, () => holds);
  watchSteps(optimizer, watcher);
  expect(step(optimizer)).toBe(11);
  holds = false;
  expect(step(optimizer)).toBe(1);
  expect(watcher.disposed).toBe(1);
  expect(Object.hasOwn(optimizer, 'applyGradients')).toBe(false);
});

test('a method that somebody has put before it since stays, and so does one that was there', () => {
  const optimizer = tf.train.sgd(1);
  const own = optimizer.applyGradients.bind(optimizer);
  const mine: typeof own = (gradients) => {
    own(gradients);
  };
  optimizer.applyGradients = mine;
  const watcher = times(10);
  watchSteps(optimizer, watcher);
  unwatchSteps(optimizer, watcher);
  expect(optimizer.applyGradients).toBe(mine);
  watchSteps(optimizer, watcher);
  const later: typeof own = (gradients) => {
    own(gradients);
  };
  optimizer.applyGradients = later;
  unwatchSteps(optimizer, watcher);
  expect(optimizer.applyGradients).toBe(later);
});
