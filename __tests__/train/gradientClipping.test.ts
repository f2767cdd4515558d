/** Against the formula in double precision, and on the failure that it is for. */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { gradientClipping } from '../../src/train/gradientClipping';
import { stopOnNaN } from '../../src/train/stopOnNaN';
import { eachBackend } from '../helpers/eachBackend';
import { collectWarnings } from '../helpers/warnings';

/** The mean of the outputs, whose gradients are the inputs: each step has those of its one row. */
const linear = (optimizer: tf.Optimizer = tf.train.sgd(1)): tf.Sequential => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'zeros' })],
  });
  model.compile({ optimizer, loss: (_, y) => tf.mean(y) });
  return model;
};
const RUN = { batchSize: 1, shuffle: false, verbose: 0 } as const;
const fit = async (
  model: tf.Sequential,
  rows: number[][],
  callbacks: tf.Callback[],
  epochs = 1,
): Promise<void> => {
  const [x, y] = [tf.tensor2d(rows), tf.zeros([rows.length, 1])];
  try {
    await model.fit(x, y, { ...RUN, epochs, callbacks });
  } finally {
    tf.dispose([x, y]);
  }
};
const weights = (model: tf.Sequential): number[] => model.getWeights().flatMap((w) => [...w.dataSync()]);

/** The sum of the gradients as they are applied; those of kernel and bias are (x₁, x₂, 1). */
function clippedSum(rows: number[][], factor: number): number[] {
  let usual = 0;
  const sum = [0, 0, 0];
  for (const row of rows) {
    const g = [...row, 1];
    const norm = Math.hypot(...g);
    usual ||= norm;
    const applied = Math.min(norm, factor * usual);
    usual += 0.02 * (applied - usual);
    g.forEach((v, i) => (sum[i]! += (v * applied) / norm));
  }
  return sum;
}

const ROWS = [[3, 4], [1, -2], [300, -400], [2, 2], [-50, 60], [0, 0], [1000, 0], [1, 1]]; // prettier-ignore

eachBackend('gradientClipping', () => {
  const warnings = collectWarnings();

  test.each([1, 2, 5])('applies what the formula says, factor %d', async (factor) => {
    const model = linear();
    await fit(model, ROWS, [gradientClipping({ factor })]);
    const sum = clippedSum(ROWS, factor);
    weights(model).forEach((w, i) => expect(w).toBeCloseTo(-sum[i]!, 3));
  });

  test('changes no bit of a training whose gradients are as usual', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(i)]);
    const [plain, clipped] = [linear(adam()), linear(adam())];
    await fit(plain, rows, [], 2);
    await fit(clipped, rows, [gradientClipping()], 2);
    expect(weights(clipped)).toEqual(weights(plain));
  });

  test('is not stuck behind gradients of 0', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'zeros', useBias: false })],
    });
    model.compile({ optimizer: tf.train.sgd(1), loss: (_, y) => tf.mean(y) });
    await fit(model, [[0, 0], [0, 0], [3, 4], [30, 40]], [gradientClipping()]); // prettier-ignore
    // The fourth has ten times the length of the third, which is the usual one.
    expect(weights(model)).toEqual([-3 - 15, -4 - 20].map((w) => expect.closeTo(w, 3) as number));
  });

  test('leaves nothing behind, neither with the optimizer nor where an error breaks training off', async () => {
    const model = linear();
    const callback = gradientClipping();
    await fit(model, ROWS, [callback]);
    const before = tf.memory().numTensors;
    await fit(model, ROWS, [callback]);
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
    const failing = new tf.CustomCallback({
      onBatchEnd: () => {
        throw new Error('broken off');
      },
    });
    await expect(fit(model, ROWS, [callback, failing])).rejects.toThrow('broken off');
    // A step of one's own is no matter of it.
    const [was] = weights(model);
    const kernel = model.trainableWeights[0]!.read() as tf.Variable;
    const g = tf.tensor2d([[1e6], [0]]);
    model.optimizer.applyGradients([{ name: kernel.name, tensor: g }]);
    g.dispose();
    expect(weights(model)[0]).toBeCloseTo(was! - 1e6, 0);
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
    await fit(model, ROWS, [callback]);
    // What TensorFlow.js made for the batch that failed stays.
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(10);
  });

  test('numbers that are not finite are a matter of stopOnNaN, which stands where it likes', async () => {
    for (const callbacks of [
      [gradientClipping(), stopOnNaN()],
      [stopOnNaN(), gradientClipping()],
    ]) {
      const model = linear();
      await expect(fit(model, [[1, 2], [NaN, 1], [1, 1]], callbacks)).resolves.toBeUndefined(); // prettier-ignore
      expect(weights(model)).toEqual([-1, -2, -1]);
    }
    expect(await warnings()).toHaveLength(2);
  });
});

test('Adam loses a net to one gradient of a thousand times the length, and not where it is clipped', async () => {
  await tf.setBackend('cpu');
  const rows = Array.from({ length: 1100 }, (_, i) => (i === 1000 ? [1e4, 0] : [Math.sin(i), Math.cos(i)]));
  const moved = async (callbacks: tf.Callback[]): Promise<number> => {
    const model = linear(adam({ learningRate: 0.01 }));
    await fit(model, rows.slice(0, 1000), callbacks);
    const [before] = weights(model);
    const after = linear(adam({ learningRate: 0.01 }));
    await fit(after, rows, callbacks);
    return Math.abs(weights(after)[0]! - before!);
  };
  // Σ (1 − β₁) β₁ᵏ / √((1 − β₂) / (1 − β₂ᵗ)), as v̂ is 1 − β₂ of the square at t = 1001.
  expect(await moved([])).toBeGreaterThan(0.8 * 0.01 * Math.sqrt((1 - 0.999 ** 1001) / 0.001));
  expect(await moved([gradientClipping()])).toBeLessThan(0.1);
});

test('what it refuses', () => {
  for (const factor of [0, 0.99, -1, NaN, Infinity, '5'])
    expect(() => gradientClipping({ factor: factor as number })).toThrow(
      'gradientClipping: factor must be a number from 1 on, got',
    );
  expect(() => gradientClipping({ limit: 3 } as object)).toThrow('gradientClipping');
});
