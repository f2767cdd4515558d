/** Against the formula in double precision, and on the failure that it is for. */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { gradientClipping } from '../../src/train/gradientClipping';
import { stopOnNaN } from '../../src/train/stopOnNaN';
import { clippedSum, fitSteps, GRADIENTS, linearLoss } from '../helpers/clippedSteps';
import { eachBackend } from '../helpers/eachBackend';
import { collectWarnings } from '../helpers/warnings';

const weights = (model: tf.Sequential): number[] => model.getWeights().flatMap((w) => [...w.dataSync()]);

eachBackend('gradientClipping', () => {
  const warnings = collectWarnings();

  test.each([1, 2, 5])('applies what the formula says, factor %d', async (factor) => {
    const model = linearLoss(tf.train.sgd(1));
    await fitSteps(model, GRADIENTS, [gradientClipping({ factor })]);
    const sum = clippedSum(GRADIENTS, factor);
    weights(model).forEach((w, i) => expect(w).toBeCloseTo(-sum[i]!, 3));
  });

  test('changes no bit of a training whose gradients are as usual', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(i)]);
    const [plain, clipped] = [linearLoss(adam()), linearLoss(adam())];
    await fitSteps(plain, rows, [], 2);
    await fitSteps(clipped, rows, [gradientClipping()], 2);
    expect(weights(clipped)).toEqual(weights(plain));
  });

  test('is not stuck behind gradients of 0', async () => {
    const model = linearLoss(tf.train.sgd(1), false);
    await fitSteps(model, [[0, 0], [0, 0], [3, 4], [30, 40]], [gradientClipping()]); // prettier-ignore
    // The fourth has ten times the length of the third, which is the usual one.
    expect(weights(model)).toEqual([-3 - 15, -4 - 20].map((w) => expect.closeTo(w, 3) as number));
  });

  test('leaves nothing behind, neither with the optimizer nor where an error breaks training off', async () => {
    const model = linearLoss(tf.train.sgd(1));
    const callback = gradientClipping();
    await fitSteps(model, GRADIENTS, [callback]);
    const before = tf.memory().numTensors;
    await fitSteps(model, GRADIENTS, [callback]);
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
    const failing = new tf.CustomCallback({
      onBatchEnd: () => {
        throw new Error('broken off');
      },
    });
    await expect(fitSteps(model, GRADIENTS, [callback, failing])).rejects.toThrow('broken off');
    // A step of one's own is no matter of it.
    const [was] = weights(model);
    const kernel = model.trainableWeights[0]!.read() as tf.Variable;
    const g = tf.tensor2d([[1e6], [0]]);
    model.optimizer.applyGradients([{ name: kernel.name, tensor: g }]);
    g.dispose();
    expect(weights(model)[0]).toBeCloseTo(was! - 1e6, 0);
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
    await fitSteps(model, GRADIENTS, [callback]);
    // What TensorFlow.js made for the batch that failed stays.
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(10);
  });

  test('of two models in training with one optimizer each has its own usual length', async () => {
    const optimizer = tf.train.sgd(1);
    const models = [linearLoss(optimizer), linearLoss(optimizer)];
    const longer = GRADIENTS.map((row) => row.map((v) => 100 * v));
    const rows = [GRADIENTS, longer];
    await Promise.all(models.map((model, i) => fitSteps(model, rows[i]!, [gradientClipping({ factor: 2 })])));
    for (const [i, model] of models.entries()) {
      const sum = clippedSum(rows[i]!, 2);
      weights(model).forEach((w, k) => expect(w / sum[k]!).toBeCloseTo(-1, 4));
    }
  });

  test('a gradient whose square overflows costs its step and no more', async () => {
    const model = linearLoss(tf.train.sgd(1), false);
    await fitSteps(model, [[3, 4], [1e22, 0], [30, 40]], [gradientClipping()]); // prettier-ignore
    // The third has ten times the usual length, which the second has moved by 2 % of four times itself.
    const part = (5 * (1 + 0.02 * 4)) / 10;
    expect(weights(model)).toEqual(
      [-3 - 30 * part, -4 - 40 * part].map((w) => expect.closeTo(w, 3) as number),
    );
  });

  test('numbers that are not finite are a matter of stopOnNaN, which stands where it likes', async () => {
    for (const callbacks of [
      [gradientClipping(), stopOnNaN()],
      [stopOnNaN(), gradientClipping()],
    ]) {
      const model = linearLoss(tf.train.sgd(1));
      await expect(fitSteps(model, [[1, 2], [NaN, 1], [1, 1]], callbacks)).resolves.toBeUndefined(); // prettier-ignore
      expect(weights(model)).toEqual([-1, -2, -1]);
    }
    expect(await warnings()).toHaveLength(2);
  });
});

test('Adam loses a net to one gradient of a thousand times the length, and not where it is clipped', async () => {
  await tf.setBackend('cpu');
  const rows = Array.from({ length: 1100 }, (_, i) => (i === 1000 ? [1e4, 0] : [Math.sin(i), Math.cos(i)]));
  const moved = async (callbacks: tf.Callback[]): Promise<number> => {
    const model = linearLoss(adam({ learningRate: 0.01 }));
    await fitSteps(model, rows.slice(0, 1000), callbacks);
    const [before] = weights(model);
    const after = linearLoss(adam({ learningRate: 0.01 }));
    await fitSteps(after, rows, callbacks);
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
