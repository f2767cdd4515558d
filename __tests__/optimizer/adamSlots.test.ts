/** Moments that would not fit are refused before a number is written, and those of a variable stay with it. */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow, expectNoLeak } from '../helpers/leaks';
import { hidden, output } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

const OPTIONS = { learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 };

const variable = (values: number[], shape: number[] = [values.length]): tf.Variable =>
  tf.tidy(() => tf.variable(tf.tensor(values, shape)));

/** A step with the gradient w of each variable w, in this order. */
const step = (optimizer: tf.Optimizer, ...variables: tf.Variable[]): void => {
  const named = variables.map((w) => ({ name: w.name, tensor: tf.tensor(w.dataSync(), w.shape) }));
  try {
    optimizer.applyGradients(named);
  } finally {
    tf.dispose(named.map(({ tensor }) => tensor));
  }
};

/** Adam in double precision, with one count of steps for all: what `step` makes of a single number. */
class Reference {
  private m = 0;
  private v = 0;
  constructor(public w: number) {}
  step(t: number): void {
    const { learningRate, beta1, beta2, epsilon } = OPTIONS;
    const g = this.w;
    this.m = beta1 * this.m + (1 - beta1) * g;
    this.v = beta2 * this.v + (1 - beta2) * g * g;
    const ofStep = this.m / (1 - beta1 ** t) / (Math.sqrt(this.v / (1 - beta2 ** t)) + epsilon);
    this.w -= learningRate * ofStep;
  }
}

const stateOf = async (optimizer: tf.Optimizer): Promise<unknown[]> =>
  (await optimizer.getWeights()).map(({ name, tensor }) => {
    const values = tensor.isDisposed ? 'disposed' : [...tensor.dataSync()];
    if (name === 'iter') tensor.dispose();
    return [name, values];
  });

/** A state as a file has it: fresh tensors. */
const copyOf = async (optimizer: tf.Optimizer): Promise<Array<{ name: string; tensor: tf.Tensor }>> =>
  (await optimizer.getWeights()).map(({ name, tensor }) => ({
    name,
    tensor: name === 'iter' ? tensor : tensor.clone(),
  }));

eachBackend('the moments of adam', () => {
  describe.each([
    ['the kernels', (f: () => void): void => f()],
    ['the tf ops', withoutKernels],
  ])('that do not fit are refused before anything is written, by %s:', (_, run) => {
    type Damage = (
      state: Array<{ name: string; tensor: tf.Tensor }>,
    ) => Array<{ name: string; tensor: tf.Tensor }>;
    const replaced =
      (name: RegExp, by: (t: tf.Tensor) => tf.Tensor): Damage =>
      (state) =>
        state.map((slot) =>
          name.test(slot.name) && slot.tensor.size === 3 ? { ...slot, tensor: by(slot.tensor) } : slot,
        );

    test.each<[string, Damage, string]>([
      ['a shorter m', replaced(/\/m$/, (t) => t.slice([0], [1])), 'must have its shape [3], got [1]'],
      ['a longer v', replaced(/\/v$/, (t) => tf.concat([t, t])), 'must have its shape [3], got [6]'],
      ['another rank', replaced(/\/v$/, (t) => t.reshape([1, -1])), 'must have its shape [3], got [1, 3]'],
      ['another dtype', replaced(/\/m$/, (t) => t.toInt()), 'must have its dtype float32, got int32'],
      ['a bool v', replaced(/\/v$/, (t) => t.toBool()), 'must have its dtype float32, got bool'],
      ['one moment too few', (state) => state.slice(0, -1), 'must have as many second ones'],
      [
        'one pair too few',
        (state) => [state[0]!, state[2]!, state[4]!].map((s) => ({ ...s, name: `other/${s.name}` })),
        'moments of 1',
      ],
    ])('%s', async (__, damage, message) => {
      // The second variable is the one that is damaged: the first must not have moved.
      const [a, b] = [variable([1, 2]), variable([3, -4, 5])];
      const good = adam(OPTIONS);
      step(good, a, b);
      const damaged = adam(OPTIONS);
      const state = await copyOf(good);
      await damaged.setWeights(damage(state));
      const before = [[...a.dataSync()], [...b.dataSync()], await stateOf(damaged)];
      run(() => expectCleanThrow(() => step(damaged, a, b), message));
      expect([[...a.dataSync()], [...b.dataSync()], await stateOf(damaged)]).toEqual(before);
      // And the right state is taken afterwards.
      await damaged.setWeights(await copyOf(good));
      run(() => step(damaged, a, b));
      expect([...a.dataSync(), ...b.dataSync()].every(Number.isFinite)).toBe(true);
      tf.dispose([a, b]);
      good.dispose();
      damaged.dispose();
    });

    test('some that were disposed of', async () => {
      const [a, b] = [variable([1, 2]), variable([3, -4, 5])];
      const optimizer = adam(OPTIONS);
      step(optimizer, a, b);
      const [, , , , v] = await optimizer.getWeights();
      v!.tensor.dispose();
      const before = [...a.dataSync(), ...b.dataSync()];
      run(() => expectCleanThrow(() => step(optimizer, a, b), 'disposed of'));
      expect([...a.dataSync(), ...b.dataSync()]).toEqual(before);
      tf.dispose([a, b]);
    });

    test('a variable of whole numbers, or one that is gone', () => {
      const optimizer = adam(OPTIONS);
      const a = variable([1, 2]);
      const whole = tf.variable(tf.tensor1d([1], 'int32'));
      run(() => expectCleanThrow(() => step(optimizer, a, whole), 'must be of dtype float32, got int32'));
      const gone = [
        { name: a.name, tensor: tf.tensor1d([1, 1]) },
        { name: 'gone', tensor: tf.scalar(1) },
      ];
      run(() => expectCleanThrow(() => optimizer.applyGradients(gone), 'gone must be a variable'));
      expect([...a.dataSync()]).toEqual([1, 2]);
      tf.dispose([a, whole, gone.map(({ tensor }) => tensor)]);
      optimizer.dispose();
    });
  });

  test('stay with their variable, whichever of equal shape are trained with it', () => {
    const starts = [1, -2, 3];
    const [a, b, c] = starts.map((w) => variable([w])) as [tf.Variable, tf.Variable, tf.Variable];
    const [ra, rb, rc] = starts.map((w) => new Reference(w)) as [Reference, Reference, Reference];
    const optimizer = adam(OPTIONS);
    const all = new Map([[a, ra], [b, rb], [c, rc]]); // prettier-ignore
    // Frozen, thawed, come in later, in another order.
    [[a, b], [a, b], [b], [b], [a, b], [c, b], [c, b, a], [a, b, c], [c], [a, b, c]].forEach((trained, i) => {
      step(optimizer, ...trained);
      trained.forEach((w) => all.get(w)!.step(i + 1));
      for (const [w, { w: expected }] of all) expectAllClose(w, [expected], { rtol: 1e-5 });
    });
    tf.dispose([a, b, c]);
    optimizer.dispose();
  });

  test('are those of each layer of a net whose layers are frozen and thawed', async () => {
    const layers = [hidden({ inputShape: [4], units: 4, include_hidden_bias: false }), output({ units: 4 })];
    const model = tf.sequential({ layers });
    const optimizer = adam();
    const [x, y] = [tf.tensor2d(scattered(8, 4)), tf.tensor2d(scattered(8, 4, 1))];
    const train = async (): Promise<void> => {
      model.compile({ optimizer, loss: 'meanSquaredError' });
      await model.trainOnBatch(x, y);
    };
    const ofSecond = async (): Promise<number[]> => {
      const { name } = layers[1]!.weights[0]!.read() as tf.Variable;
      const state = await optimizer.getWeights();
      state[0]!.tensor.dispose();
      return [...state.find((slot) => slot.name === `${name}/m`)!.tensor.dataSync()];
    };
    await train();
    const before = await ofSecond();
    layers[1]!.trainable = false;
    await train();
    // Idle, not lost, and not those of the first layer.
    expect(await ofSecond()).toEqual(before);
    layers[1]!.trainable = true;
    await train();
    expect(await ofSecond()).not.toEqual(before);
    tf.dispose([x, y]);
    model.dispose();
    optimizer.dispose();
  });

  test('serve a second net beside the first, and go with a net that is disposed of', () => {
    const optimizer = adam(OPTIONS);
    const [a, b] = [variable([1, 2, 3]), variable([4, 5, 6, 7, 8, 9, 10], [1, 7])];
    step(optimizer, a);
    expectNoLeak(() => {
      const other = variable([1, 2, 3, 4], [2, 2]);
      step(optimizer, other);
      expect([...other.dataSync()].every((w, i) => Math.abs(w - i - 1) < 0.1)).toBe(true);
      other.dispose();
      step(optimizer, a);
    });
    step(optimizer, b);
    step(optimizer, a);
    tf.dispose([a, b]);
    optimizer.dispose();
  });

  test('are not trained themselves', async () => {
    const a = variable([1]);
    const optimizer = adam(OPTIONS);
    step(optimizer, a);
    const [steps, ...moments] = (await optimizer.getWeights()).map(({ tensor }) => tensor as tf.Variable);
    expect(moments.map(({ trainable }) => trainable)).toEqual([false, false]);
    tf.dispose([a, steps!]);
    optimizer.dispose();
  });

  describe('of a restored state', () => {
    /** b has moments of two steps, and a those of one. */
    const saved = async (
      a: tf.Variable,
      b: tf.Variable,
    ): Promise<Array<{ name: string; tensor: tf.Tensor }>> => {
      const optimizer = adam(OPTIONS);
      step(optimizer, a, b);
      step(optimizer, b);
      const state = await copyOf(optimizer);
      optimizer.dispose();
      return state;
    };
    const momentOf = async (optimizer: tf.Optimizer, { name }: tf.Variable): Promise<number[]> => {
      const state = await optimizer.getWeights();
      state[0]!.tensor.dispose();
      return [...state.find((slot) => slot.name === `${name}/m`)!.tensor.dataSync()];
    };
    const after = (m: number, g: number): number => OPTIONS.beta1 * m + (1 - OPTIONS.beta1) * g;

    test('come first in the order of the last step, as tf.train.adam will read them', async () => {
      const [a, b] = [variable([1]), variable([2])];
      const names = (await saved(a, b)).map(({ name }) => name);
      expect(names).toEqual(['iter', `${b.name}/m`, `${a.name}/m`, `${b.name}/v`, `${a.name}/v`]);
      tf.dispose([a, b]);
    });

    test('go to their variables by name, in any order and number', async () => {
      const [a, b] = [variable([1]), variable([2])];
      for (const trained of [[a, b], [b, a], [b], [a]]) {
        const state = await saved(a, b);
        const optimizer = adam(OPTIONS);
        await optimizer.setWeights(state);
        const then = new Map(state.map(({ name, tensor }) => [name, tensor.dataSync()[0]!]));
        const gradients = trained.map((w) => w.dataSync()[0]!);
        step(optimizer, ...trained);
        for (const [i, w] of trained.entries())
          expectAllClose(await momentOf(optimizer, w), [after(then.get(`${w.name}/m`)!, gradients[i]!)]);
        optimizer.dispose();
      }
      tf.dispose([a, b]);
    });

    test('give a variable that they do not know zeros, where all that they know is trained', async () => {
      const [a, b, c] = [variable([1]), variable([2]), variable([3])];
      const optimizer = adam(OPTIONS);
      await optimizer.setWeights(await saved(a, b));
      step(optimizer, c, a, b);
      expectAllClose(await momentOf(optimizer, c), [after(0, 3)]);
      tf.dispose([a, b, c]);
      optimizer.dispose();
    });

    test('go by position in a net that is built anew, as in tf.train.adam, and by the new names from then on', async () => {
      const [a, b, c, d] = [1, 2, 1, 2].map((w) => variable([w])) as [
        tf.Variable,
        tf.Variable,
        tf.Variable,
        tf.Variable,
      ];
      const state = await saved(a, b);
      const optimizer = adam(OPTIONS);
      await optimizer.setWeights(state);
      const then = state.map(({ tensor }) => tensor.dataSync()[0]!);
      step(optimizer, d, c);
      expectAllClose(await momentOf(optimizer, d), [after(then[1]!, 2)]);
      const ofC = await momentOf(optimizer, c);
      expectAllClose(ofC, [after(then[2]!, 1)]);
      step(optimizer, d);
      expect(await momentOf(optimizer, c)).toEqual(ofC);
      tf.dispose([a, b, c, d]);
      optimizer.dispose();
    });

    test.each([1, 3])('are refused where they are nobody’s and %d variables are trained', async (count) => {
      const [a, b] = [variable([1]), variable([2])];
      const others = Array.from({ length: count }, (_, i) => variable([i + 1]));
      const optimizer = adam(OPTIONS);
      await optimizer.setWeights(await saved(a, b));
      expectCleanThrow(
        () => step(optimizer, ...others),
        `of the ${count} variables that are trained, got moments of 2`,
      );
      others.forEach((w, i) => expect(w.dataSync()[0]).toBe(i + 1));
      expect(optimizer.iterations).toBe(2);
      tf.dispose([a, b, ...others]);
      optimizer.dispose();
    });
  });
});
