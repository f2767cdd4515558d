/** What evaluateElbo refuses, and that it leaves nothing behind. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { evaluateElbo, type EvaluateElboOptions } from '../../src/train/evaluateElbo';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection } from '../helpers/leaks';
import { linear, X, y } from '../helpers/linearNet';

eachBackend('evaluateElbo', () => {
  const refuses = async (
    model: tf.LayersModel,
    X: tf.Tensor,
    y: tf.Tensor,
    message: RegExp,
  ): Promise<void> => {
    const dataset = (): tf.data.Dataset<{ xs: tf.Tensor; ys: tf.Tensor }> =>
      tf.data.generator(function* () {
        yield { xs: X.clone(), ys: y.clone() };
      });
    await expectCleanRejection(() => evaluateElbo(model, { x: X, y }), message);
    await expectCleanRejection(() => evaluateElbo(model, dataset(), { batchSize: 7 }), message);
    tf.dispose([X, y]);
  };
  const [good, targets] = [() => tf.tensor2d(X), () => tf.tensor2d(y)];
  const spoiled = (value: number): tf.Tensor => tf.tensor2d(X.map((row, i) => (i === 17 ? [1, value, 2] : row))); // prettier-ignore

  test('refuses inputs, targets, weights and a loss that are not finite, and names them', async () => {
    await refuses(linear(), spoiled(NaN), targets(), /x must hold numbers, got a NaN/);
    for (const value of [Infinity, -1e25])
      await refuses(linear(), spoiled(value), targets(), /x must hold numbers between .*, got a value of/);
    const plain = linear();
    plain.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [told] = plain.outputNames;
    const wrong = tf.tidy(() => tf.where(targets().greater(0), targets(), NaN));
    await refuses(plain, good(), wrong, new RegExp(`a loss of NaN from the targets of ${told}`));
    const broken = linear();
    const [mean] = broken.layers[0]!.weights;
    const none = tf.fill([3, 1], NaN);
    mean!.write(none);
    none.dispose();
    await refuses(
      broken,
      good(),
      targets(),
      new RegExp(`a loss of NaN from the A_mean of ${told!.slice(0, 5)}`),
    );
    const own = linear();
    own.compile({ optimizer: 'sgd', loss: (_, ŷ) => tf.mul(Infinity, tf.abs(ŷ)) });
    await refuses(own, good(), targets(), /a loss of Infinity from the loss itself/);
  });

  test('a loss that throws in the middle leaves nothing behind, in any form of data', async () => {
    for (const fatal of [1, 2, 5]) {
      let calls = 0;
      const model = linear();
      const loss = (y: tf.Tensor, ŷ: tf.Tensor): tf.Tensor => {
        const value = tf.losses.meanSquaredError(y, ŷ);
        if (++calls % 5 === fatal % 5) throw new Error('mine');
        return value;
      };
      model.compile({ optimizer: 'sgd', loss });
      const reset = { x: good(), y: targets() };
      await expectCleanRejection(() => evaluateElbo(model, reset, { batchSize: 7 }), 'mine');
      calls = 0;
      await refuses(model, reset.x, reset.y, /mine/);
    }
  });

  test('objects that are changed while it runs change nothing', async () => {
    const data = { x: [good()], y: [targets()] };
    const options = { seed: 4, samples: 3, datasetSize: 30 };
    const expected = await evaluateElbo(linear(), { x: data.x[0]!, y: data.y[0]! }, { ...options });
    const [x, y] = [data.x[0]!, data.y[0]!];
    const running = evaluateElbo(linear(), data, options);
    Object.assign(options, { samples: 7, datasetSize: 1 });
    data.x[0] = data.y[0]!;
    data.y.pop();
    expect(await running).toEqual(expected);
    tf.dispose([x, y]);
  });
});

describe('evaluateElbo refuses', () => {
  beforeAll(() => tf.setBackend('cpu'));
  test.each([
    [{ samples: 1 }, 'a standard error needs at least 2 samples, got 1'],
    [{ samples: 0 }, 'samples must be a whole number of at least 1, got 0'],
    [{ seed: 0.5 }, 'seed must be a whole number, got 0.5'],
    [{ datasetSize: -1 }, 'datasetSize must be a whole number of at least 1, got -1'],
    [{ batchSize: 0 }, 'batchSize must be a whole number of at least 1, got 0'],
    [{ draws: 5 }, 'options must be among samples, datasetSize, seed, batchSize, likelihood, got draws'],
  ])('%j', async (wrong, message) => {
    const data = { x: tf.tensor2d(X), y: tf.tensor2d(y) };
    await expect(evaluateElbo(linear(), data, wrong as EvaluateElboOptions)).rejects.toThrow(
      `evaluateElbo: ${message}`,
    );
  });

  test('a model that is not compiled, one without a Bayesian layer, data that are no tensors', async () => {
    const data = { x: tf.tensor2d(X), y: tf.tensor2d(y) };
    const hidden = hiddenLayer({ units: 1, inputShape: [3], include_hidden_bias: false });
    await expect(evaluateElbo(tf.sequential({ layers: [hidden] }), data)).rejects.toThrow(
      'the model must be compiled',
    );
    const dense = tf.layers.dense({ units: 1, inputShape: [3] });
    await expect(evaluateElbo(tf.sequential({ layers: [dense] }), data)).rejects.toThrow(
      'must hold a Bayesian layer',
    );
    await expect(evaluateElbo(linear(), { ...data, x: X } as never)).rejects.toThrow(
      'data.x must be 1 tensor(s), or named',
    );
  });

  test('inputs of another shape, and other rows of targets, before TensorFlow.js meets them', async () => {
    const of = (x: tf.Tensor, y: tf.Tensor): Promise<unknown> => evaluateElbo(linear(), { x, y });
    await expect(of(tf.ones([4, 1]), tf.ones([4, 1]))).rejects.toThrow(
      'evaluateElbo: data.x must have the shape [?, 3], got [4, 1]',
    );
    await expect(of(tf.ones([4, 3]), tf.scalar(1))).rejects.toThrow(
      'evaluateElbo: all tensors of data must have 4 rows, got []',
    );
  });
});
