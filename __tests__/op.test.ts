import * as tf from '@tensorflow/tfjs';
import * as room from '../src/op';
import { backends, eachBackend, startBackend } from './helpers/eachBackend';
import { expectNoLeak } from './helpers/leaks';
import { secondCopy } from './helpers/secondCopy';
import { expectAllClose } from './helpers/toBeAllClose';

const { defineOp } = room;

/** a·b² + c, in steps that leave intermediate results behind; the inputs cannot be mistaken for one another. */
const MIXED: room.Op = {
  name: 'TestMixed',
  forward: (a, b, c) => tf.add(tf.mul(a, tf.square(b)), c),
  gradients: (dy, [a, b]) => [
    () => tf.mul(dy, tf.square(b!)),
    () => tf.mul(dy, tf.mul(2, tf.mul(a!, b!))),
    () => tf.clone(dy),
  ],
};
const mixed = defineOp(MIXED);

const a = [1, -2, 3];
const b = [0.5, 4, -1];
const c = [10, 20, 30];
const inputs = (): [tf.Tensor, tf.Tensor, tf.Tensor] => [tf.tensor1d(a), tf.tensor1d(b), tf.tensor1d(c)];
const expected = a.map((v, i) => v * b[i]! ** 2 + c[i]!);

/** The op, with spies in the place of its gradients. */
function spied(name: string): { op: ReturnType<typeof defineOp>; spies: jest.Mock[] } {
  const spies = [0, 1, 2].map(() => jest.fn());
  const op = defineOp({
    ...MIXED,
    name,
    gradients: (dy, saved) =>
      MIXED.gradients(dy, saved).map((gradient, i) => () => {
        spies[i]!();
        return gradient();
      }),
  });
  return { op, spies };
}

eachBackend('defineOp', (backend) => {
  test('hands its inputs over in their order', () => {
    tf.tidy(() => expectAllClose(mixed(...inputs()), expected));
  });

  test('has the gradient that it was given, for each input, times that of the output', () => {
    tf.tidy(() => {
      const dy = [1, 10, -100];
      const gradients = tf.grads((...xs) => mixed(...xs))(inputs(), tf.tensor1d(dy));
      expectAllClose(
        gradients[0]!,
        dy.map((g, i) => g * b[i]! ** 2),
      );
      expectAllClose(
        gradients[1]!,
        dy.map((g, i) => g * 2 * a[i]! * b[i]!),
      );
      expectAllClose(gradients[2]!, dy);
    });
  });

  test('differentiates through the given gradient only, never through the value', () => {
    tf.tidy(() => {
      const seven = defineOp({
        name: 'TestSeven',
        forward: (x) => tf.square(tf.exp(x)),
        gradients: (dy) => [() => tf.mul(7, dy)],
      });
      // tf.square would add its own 2·e²ˣ if the tape had seen it.
      expectAllClose(tf.grad((x) => seven(x))(tf.tensor1d([0, 1])), [7, 7]);
    });
  });

  test.each([
    ['the first', [0]],
    ['the second', [1]],
    ['the third', [2]],
    ['two', [0, 2]],
    ['all', [0, 1, 2]],
  ])('computes the gradient of an input only where it is asked for: %s', (_, wanted) => {
    const { op, spies } = spied(`TestLazy${wanted.join('')}`);
    tf.tidy(() => {
      const all = inputs();
      const f = (...some: tf.Tensor[]): tf.Tensor => op(...all.map((x, i) => some[wanted.indexOf(i)] ?? x));
      const gradients = tf.grads(f)(wanted.map((i) => all[i]!));
      expect(gradients).toHaveLength(wanted.length);
    });
    expect(spies.map((spy) => spy.mock.calls.length)).toEqual(
      [0, 1, 2].map((i) => Number(wanted.includes(i))),
    );
  });

  test('computes no gradient for data that stand beside a variable', () => {
    const { op, spies } = spied('TestLazyVariable');
    expectNoLeak(() => {
      const [data, start, offset] = inputs();
      const variable = tf.variable(start);
      const { value, grads } = tf.variableGrads(
        () => op(data, variable, offset).sum().asScalar(),
        [variable],
      );
      expectAllClose(
        value,
        expected.reduce((x, y) => x + y),
      );
      expectAllClose(
        grads[variable.name]!,
        a.map((v, i) => 2 * v * b[i]!),
      );
      tf.dispose([data, start, offset, variable, value, grads]);
    });
    expect(spies.map((spy) => spy.mock.calls.length)).toEqual([0, 1, 0]);
  });

  test('refuses a gradient of a gradient, which would be wrong without a word', () => {
    tf.tidy(() => {
      const [x, y, z] = inputs();
      const slope = tf.grad((v) => mixed(v, y, z).sum());
      expect(() => tf.grad((v) => slope(v).sum())(x)).toThrow(
        'tfjs-bnn: gradients must be of first order, got a gradient of a gradient; use finite differences of the first',
      );
    });
  });

  test('trains a variable through optimizer.minimize', () => {
    expectNoLeak(() => {
      const [data, start, offset] = inputs();
      const variable = tf.variable(start);
      const optimizer = tf.train.sgd(0.1);
      for (let step = 0; step < 2; step++)
        optimizer.minimize(() => mixed(data, variable, offset).sum().asScalar(), false, [variable]);
      // d/db = 2ab, so that a step multiplies b by 1 − 0.2a.
      expectAllClose(
        variable,
        b.map((v, i) => v * (1 - 0.2 * a[i]!) ** 2),
      );
      optimizer.dispose();
      tf.dispose([data, start, offset, variable]);
    });
  });

  test('leaves nothing behind but its result, with and without a gradient, outside tf.tidy', () => {
    const all = inputs();
    const gradient = tf.grads((...xs) => mixed(...xs));
    expectNoLeak(() => {
      for (let i = 0; i < 10; i++) {
        mixed(...all).dispose();
        tf.dispose(gradient(all));
      }
    });
    tf.dispose(all);
  });

  test('gives its outputs; what else forward makes is for the gradients, and no zeros stand for it', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const dys: number[][] = [];
    const op = room.defineFusedOp({
      name: `TestKept${backend}`,
      outputs: 2,
      keepsOutputs: true,
      forward: ([v]) => [tf.mul(2, v!), tf.mul(3, v!), tf.square(v!)],
      gradients(gradients, { outputs: [, , square] }) {
        dys.push(...gradients.map((dy) => Array.from(dy.dataSync())));
        return [() => tf.mul(gradients[0]!, square!)];
      },
    });
    expectNoLeak(() => {
      const gradient = tf.grad((v) => {
        const given = op([v], {});
        expect(given).toHaveLength(2);
        return given[0]!;
      })(x);
      expectAllClose(gradient, [1, 4, 9]);
      gradient.dispose();
      const given = op([x], {});
      expect(given).toHaveLength(2);
      tf.dispose(given);
    });
    // Of the second output, on which nothing depends, there is a gradient of zeros, and of the third none.
    expect(dys).toEqual([
      [1, 1, 1],
      [0, 0, 0],
    ]);
    x.dispose();
  });

  test('passes the check for leaks that TensorFlow.js makes of a kernel where it tests itself', () => {
    const before = tf.env().getBool('IS_TEST');
    tf.env().set('IS_TEST', true);
    try {
      tf.tidy(() => expectAllClose(mixed(...inputs()), expected));
    } finally {
      tf.env().set('IS_TEST', before);
    }
  });

  test('works on tensors that another backend made, and back again', async () => {
    const all = inputs();
    const others = backends.filter((name) => name !== backend);
    try {
      for (const other of [...others, backend]) {
        await startBackend(other);
        tf.tidy(() => {
          expectAllClose(mixed(...all), expected);
          expectAllClose(
            tf.grad((x) => mixed(x, all[1], all[2]))(all[0]),
            b.map((v) => v * v),
          );
        });
      }
    } finally {
      await tf.setBackend(backend);
    }
    tf.dispose(all);
  });

  describe('loaded twice, as ESM and CommonJS together', () => {
    test('both copies work, in either order, and nobody is warned', () => {
      const warn = jest.spyOn(console, 'warn').mockImplementation();
      const second = secondCopy<typeof room>('op');
      expect(second.defineOp).not.toBe(defineOp);
      const name = 'TestTwice';
      const ops = [defineOp, second.defineOp].map((define) => define({ ...MIXED, name }));
      for (const op of [...ops, ...ops])
        tf.tidy(() => {
          const all = inputs();
          expectAllClose(op(...all), expected);
          expectAllClose(
            tf.grad((x) => op(all[0], x, all[2]))(all[1]),
            a.map((v, i) => 2 * v * b[i]!),
          );
        });
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
    });
  });
});
