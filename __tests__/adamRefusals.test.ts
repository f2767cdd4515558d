import * as tf from '@tensorflow/tfjs';
import { adam, type AdamOptions } from '../src/adam';
import { eachBackend } from './helpers/eachBackend';
import { expectCleanThrow } from './helpers/leaks';
import { expectAllClose } from './helpers/toBeAllClose';

const variableOf = (values: number[]): tf.Variable => tf.tidy(() => tf.variable(tf.tensor1d(values)));

eachBackend('adam', () => {
  test('refuses a gradient of another shape than its variable has, and loses nothing', () => {
    const w = tf.variable(tf.tensor1d([1, 2, 3]));
    const optimizer = adam({ learningRate: 0.02 });
    const apply = (g: number[]): void =>
      tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: tf.tensor1d(g) }]));
    apply([1, -1, 0]);
    const before = w.arraySync();
    expectCleanThrow(() => apply([1, 1]), 'must have its shape [3], got [2]');
    expect(w.arraySync()).toEqual(before);
    apply([1, -1, 0]);
    const other = [1 - 2 * 0.02, 2 + 2 * 0.02, 3];
    expectAllClose(w, other, { rtol: 1e-5 });
    optimizer.dispose();
    w.dispose();
  });

  test('refuses a gradient that is no tensor of real numbers', () => {
    const w = variableOf([1, 2]);
    const optimizer = adam();
    const words = `adam: the gradient of ${w.name} must be a tensor of real numbers, got`;
    const gone = tf.tensor1d([1, 2]);
    gone.dispose();
    const text = tf.tensor1d(['a', 'b']);
    const cases: Array<[tf.Tensor, string]> = [
      [gone, 'one that was disposed of'],
      [text, 'string'],
    ];
    // wasm has no complex numbers.
    const complex = tf.getBackend() === 'wasm' ? [] : [tf.tidy(() => tf.complex([1, 2], [3, 4]))];
    cases.push(...complex.map((tensor): [tf.Tensor, string] => [tensor, 'complex64']));
    for (const [tensor, got] of cases)
      expectCleanThrow(() => optimizer.applyGradients([{ name: w.name, tensor }]), `${words} ${got}`);
    expect(optimizer.iterations).toBe(0);
    optimizer.dispose();
    tf.dispose([w, text, complex]);
  });

  test('refuses a variable that was disposed of', () => {
    const w = variableOf([1]);
    // TensorFlow.js goes on to know it by its name, and that it is gone.
    const known = tf.engine().registeredVariables;
    w.dispose();
    known[w.name] = w;
    const optimizer = adam();
    tf.tidy(() => {
      const gradients = [{ name: w.name, tensor: tf.tensor1d([1]) }];
      expect(() => optimizer.applyGradients(gradients)).toThrow(
        `adam: ${w.name} must be a variable, got none of that name, or one that was disposed of`,
      );
    });
    Reflect.deleteProperty(known, w.name);
    optimizer.dispose();
  });

  test.each([
    [{ beta1: '0.5' }, 'beta1 must be a number in [0, 1), got "0.5"'],
    [{ beta1: NaN }, 'beta1 must be a number in [0, 1), got NaN'],
    [{ learningRate: 0 }, 'learningRate'],
    [{ learningRate: NaN }, 'learningRate'],
    [{ beta1: 1 }, 'beta1'],
    [{ beta2: -0.1 }, 'beta2'],
    [{ epsilon: 0 }, 'epsilon'],
    [{ beta: 0.9 }, 'beta is beta1 or beta2 here'],
  ])('refuses %j', (options, message) => {
    expectCleanThrow(() => adam(options as AdamOptions), message);
  });
});
