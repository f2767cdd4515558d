/** A step of an optimizer passes where loss and gradients are finite, else nothing is updated. */
import * as tf from '@tensorflow/tfjs';
import { GradientGate } from '../../src/train/gradientGate';
import { expectNoLeak } from '../helpers/leaks';

beforeAll(() => tf.setBackend('cpu'));

const variable = (...values: number[]): tf.Variable => tf.tidy(() => tf.variable(tf.tensor1d(values)));
const METHODS = ['computeGradients', 'applyGradients'];
const ownMethods = (optimizer: tf.Optimizer): string[] =>
  METHODS.filter((method) => Object.hasOwn(optimizer, method));

/** One step of sgd at the rate 1 on two variables of 1, whose gradients are given; what they are then, and who held it. */
function step(
  gradients: Array<number[] | null>,
  loss = 0,
  given: 'array' | 'object' = 'array',
): { now: number[]; held: string[] | undefined; names: string[] } {
  const [a, b] = [variable(1, 1), variable(1, 1)];
  const names = [a.name, b.name];
  const optimizer = tf.train.sgd(1);
  optimizer.computeGradients = () => ({ value: tf.scalar(loss), grads: {} });
  const gate = new GradientGate(optimizer);
  tf.tidy(() => {
    optimizer.computeGradients(() => tf.scalar(0));
    const named = names.map((name, i) => {
      const g = gradients[i];
      return { name, tensor: (g == null ? null : tf.tensor1d(g)) as tf.Tensor };
    });
    optimizer.applyGradients(
      given === 'array' ? named : Object.fromEntries(named.map(({ name, tensor }) => [name, tensor])),
    );
  });
  // Whatever it was, the gate is open again.
  expect(ownMethods(optimizer)).toEqual(['computeGradients']);
  const now = [...a.dataSync(), ...b.dataSync()];
  tf.dispose([a, b]);
  optimizer.dispose();
  return { now, held: gate.held, names };
}

test('lets a finite step pass, and leaves nothing behind', () => {
  for (const given of ['array', 'object'] as const)
    expectNoLeak(() => {
      const { now, held } = step([[0.5, -1], [1e18, 0]], 3, given); // prettier-ignore
      expect(now).toEqual([0.5, 2, Math.fround(1 - 1e18), 1]);
      expect(held).toBeUndefined();
    });
});

test('lets a variable without a gradient be', () => {
  expect(step([[0.5, -1], null])).toMatchObject({ now: [0.5, 2, 1, 1], held: undefined });
});

test.each<[number[] | null, number[], number[]]>([
  [[NaN, 0], [1, 1], [0]],
  [[1, 1], [0, -Infinity], [1]],
  [
    [NaN, NaN],
    [0, Infinity],
    [0, 1],
  ],
  [[1e20, 0], [1, 1], [0]],
  [null, [1, NaN], [1]],
])('holds back a step of the gradients %j and %j', (first, second, held) => {
  for (const given of ['array', 'object'] as const) {
    const result = step([first, second], 0, given);
    expect(result.now).toEqual([1, 1, 1, 1]);
    expect(result.held).toEqual(held.map((i) => result.names[i]));
  }
});

test.each([NaN, Infinity, -Infinity])(
  'holds back a step with a loss of %p, and names no gradient',
  (loss) => {
    expect(step([[1, 1], [2, 2]], loss)).toMatchObject({ now: [1, 1, 1, 1], held: [] }); // prettier-ignore
  },
);

test('decides by the gradients alone where nobody computed a loss', () => {
  const [w, optimizer] = [variable(1), tf.train.sgd(1)];
  const gate = new GradientGate(optimizer);
  tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: tf.tensor1d([0.25]) }]));
  expect([...w.dataSync(), gate.held]).toEqual([0.75, undefined]);
  w.dispose();
  optimizer.dispose();
});

test('is out of the way after an error in the forward pass', () => {
  const [w, optimizer] = [variable(1), tf.train.sgd(1)];
  const gate = new GradientGate(optimizer);
  expect(ownMethods(optimizer)).toEqual(METHODS);
  const fails = (): tf.Scalar => {
    throw new Error('mine');
  };
  expect(() => optimizer.computeGradients(fails, [w])).toThrow('mine');
  expect(ownMethods(optimizer)).toEqual([]);
  expect(gate.held).toBeUndefined();
  w.dispose();
  optimizer.dispose();
});

test('leaves a method as it was put there by another, once', () => {
  const optimizer = tf.train.sgd(1);
  const others = jest.fn();
  Object.defineProperty(optimizer, 'applyGradients', { value: others, writable: true, configurable: true });
  const before = Object.getOwnPropertyDescriptor(optimizer, 'applyGradients');
  const gate = new GradientGate(optimizer);
  expect(optimizer.applyGradients).not.toBe(others);
  gate.dispose();
  expect(Object.getOwnPropertyDescriptor(optimizer, 'applyGradients')).toEqual(before);
  Reflect.deleteProperty(optimizer, 'applyGradients');
  gate.dispose();
  expect(ownMethods(optimizer)).toEqual([]);
  optimizer.dispose();
});
