import * as tf from '@tensorflow/tfjs';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { regression } from '../fixtures/metrics.json';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

/** −ln of the density of Normal(μ, σ²) at y, in double precision. */
const nllOf = (y: number, μ: number, σ: number): number =>
  0.5 * ((y - μ) / σ) ** 2 + Math.log(σ) + 0.5 * Math.log(2 * Math.PI);
const mean = (numbers: number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;

/** μ = 2x + 1, which nothing trains while the learning rate is 0. */
function line(loss: ReturnType<typeof gaussianNLL>, learningRate = 0): tf.Sequential {
  const weights = [tf.tensor2d([[2]]), tf.tensor1d([1])];
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], weights })] });
  tf.dispose(weights);
  model.compile({ optimizer: tf.train.sgd(learningRate), loss, metrics: [loss] });
  return model;
}

const xs = [0, 1, 2, 3, 4];
const ys = [1, 0, 1, 0, 1];

eachBackend('gaussianNLL', () => {
  test('is the negative log density of scipy.stats.norm', () => {
    const { mean: μ, stddev: σ, y, gaussian_nll_first_draw: expected } = regression;
    const actual = y.map((_, i) =>
      tf.tidy(
        () =>
          gaussianNLL({ stddev: σ[0]![i]! })(
            tf.tensor2d([[y[i]!]]),
            tf.tensor2d([[μ[0]![i]!]]),
          ).dataSync()[0]!,
      ),
    );
    expectAllClose(actual, expected, { rtol: 1e-5, atol: 1e-5 });
  });

  test('adds up the outputs of an example and gives one number per example', () => {
    tf.tidy(() => {
      const y = [
        [1, 2, 3],
        [4, 5, 6],
      ];
      const μ = [
        [1, 0, 3.5],
        [4.1, 5, -6],
      ];
      const expected = y.map((row, b) => row.reduce((sum, v, k) => sum + nllOf(v, μ[b]![k]!, 0.7), 0));
      const loss = gaussianNLL({ stddev: 0.7 });
      expectAllClose(loss(tf.tensor2d(y), tf.tensor2d(μ)), expected);
      // Positions of a sequence are outputs too; a batch of plain numbers has one output each.
      expectAllClose(loss(tf.tensor3d([y]), tf.tensor3d([μ])), [expected[0]! + expected[1]!]);
      expectAllClose(
        loss(tf.tensor1d(y[0]!), tf.tensor1d(μ[0]!)),
        y[0]!.map((v, k) => nllOf(v, μ[0]![k]!, 0.7)),
      );
      expectAllClose(loss(tf.tensor2d(y, [2, 3], 'int32'), tf.tensor2d(μ)), expected);
    });
  });

  test.each([1e-3, 0.3, 1, 40])('exp(−NLL) is a density of one output: its integral is 1 (σ = %d)', (σ) => {
    // The trapezoidal rule on a Gaussian is exact to exp(−2π²/h²) with steps of h stddevs; the tails beyond 8 hold 1e-15.
    const h = 0.25;
    const z = Array.from({ length: 65 }, (_, i) => (i - 32) * h);
    tf.tidy(() => {
      const μ = tf.fill([z.length, 1], 0.01);
      const y = tf.add(μ, tf.tensor2d(z.map((v) => [σ * v])));
      const density = tf.exp(tf.neg(gaussianNLL({ stddev: σ })(y, μ)));
      // μ + σ z is rounded to a unit of μ, which is 1e-9 / σ of a stddev.
      expectAllClose(tf.mul(density.sum(), h * σ), 1, { rtol: 1e-5, atol: 0 });
    });
  });

  test('exp(−NLL) is a density of two outputs together', () => {
    const σ = 0.6;
    const h = 0.5 * σ;
    const grid = Array.from({ length: 33 }, (_, i) => (i - 16) * h);
    tf.tidy(() => {
      const y = tf.tensor2d(grid.flatMap((a) => grid.map((b) => [a, b])));
      const density = tf.exp(tf.neg(gaussianNLL({ stddev: σ })(y, tf.zerosLike(y))));
      expectAllClose(tf.mul(density.sum(), h * h), 1, { rtol: 1e-5, atol: 0 });
    });
  });

  test('its gradient is the one of finite differences, and (μ − y)/σ²', () => {
    const σ = 0.5;
    const μ = [
      [0.5, -1],
      [2, 0.25],
    ];
    tf.tidy(() => {
      const y = tf.tensor2d([
        [1, 1],
        [-0.5, 0.25],
      ]);
      const total = (m: tf.Tensor): tf.Scalar => gaussianNLL({ stddev: σ })(y, m).sum();
      const gradient = tf.grad(total)(tf.tensor2d(μ));
      // A central difference of a quadratic is exact for every step: a wide one is rounded least.
      const h = 0.5;
      const differences = μ.map((row, b) =>
        row.map((_, k) => {
          const at = (d: number): number =>
            total(
              tf.tensor2d(μ.map((r, i) => r.map((v, j) => (i === b && j === k ? v + d : v)))),
            ).dataSync()[0]!;
          return (at(h) - at(-h)) / (2 * h);
        }),
      );
      expectAllClose(gradient, differences, { rtol: 1e-5, atol: 1e-5 });
      expectAllClose(gradient, [
        [-2, -8],
        [10, 0],
      ]);
    });
  });

  test('evaluate gives the mean NLL per example, the last batch being shorter', () => {
    const σ = 0.8;
    const model = line(gaussianNLL({ stddev: σ }));
    const x = tf.tensor2d(xs, [5, 1]);
    const y = tf.tensor2d(ys, [5, 1]);
    const [loss, metric] = model.evaluate(x, y, { batchSize: 2 }) as tf.Scalar[];
    const expected = mean(ys.map((v, i) => nllOf(v, 2 * xs[i]! + 1, σ)));
    expectAllClose(loss!, expected);
    expectAllClose(metric!, expected);
    model.dispose();
    tf.dispose([x, y, loss!, metric!]);
  });

  test('fit reports it under its name, weights it by classWeight and leaks nothing', async () => {
    const σ = 0.8;
    const model = line(gaussianNLL({ stddev: σ }));
    const x = tf.tensor2d(xs, [5, 1]);
    const y = tf.tensor2d(ys, [5, 1]);
    const nll = ys.map((v, i) => nllOf(v, 2 * xs[i]! + 1, σ));
    const options = { batchSize: 5, epochs: 1, verbose: 0, shuffle: false, classWeight: { 0: 1, 1: 3 } };
    await model.fit(x, y, options);
    const before = tf.memory().numTensors;
    const { history } = await model.fit(x, y, options);
    expect(tf.memory().numTensors).toBe(before);
    expectAllClose(history.loss as number[], [mean(nll.map((v, i) => v * (ys[i] === 1 ? 3 : 1)))]);
    expectAllClose(history.gaussianNLL as number[], [mean(nll)]);
    model.dispose();
    tf.dispose([x, y]);
  });

  test('one step of fit goes down the mean gradient', async () => {
    const σ = 2;
    const model = line(gaussianNLL({ stddev: σ }), 0.01);
    const x = tf.tensor2d(xs, [5, 1]);
    const y = tf.tensor2d(ys, [5, 1]);
    await model.fit(x, y, { batchSize: 5, epochs: 1 });
    const [weight, bias] = model.getWeights();
    const error = xs.map((v, i) => (2 * v + 1 - ys[i]!) / σ ** 2);
    expectAllClose(weight!, [[2 - 0.01 * mean(error.map((e, i) => e * xs[i]!))]]);
    expectAllClose(bias!, [1 - 0.01 * mean(error)]);
    model.dispose();
    tf.dispose([x, y]);
  });

  test('leaves one tensor, its result', () => {
    const y = tf.ones([3, 2]);
    const before = tf.memory().numTensors;
    const nll = gaussianNLL({ stddev: 1 })(y, y);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([y, nll]);
  });
});

describe('gaussianNLL refuses', () => {
  test.each([0, -1, NaN, Infinity, '1', undefined])('stddev: %p', (stddev) => {
    expect(() => gaussianNLL({ stddev: stddev as number })).toThrow(
      'gaussianNLL: stddev must be a finite number above 0',
    );
  });

  test('a bare number and an option that it does not have', () => {
    expect(() => gaussianNLL(0.1 as never)).toThrow('got 0.1; write gaussianNLL({stddev: …})');
    expect(() => gaussianNLL(undefined as never)).toThrow('options must be an object');
    expect(() => gaussianNLL({ stddev: 1, variance: 2 } as never)).toThrow('got variance');
  });

  const called = (yTrue: unknown, yPred: unknown) => () =>
    tf.tidy(() => gaussianNLL({ stddev: 1 })(yTrue as tf.Tensor, yPred as tf.Tensor));

  test('shapes that differ, broadcastable ones too', () => {
    expect(called(tf.ones([4]), tf.ones([4, 1]))).toThrow(
      'gaussianNLL: yTrue must have the shape of yPred [4, 1], got [4]; reshape the targets: yTrue.reshape([4, 1])',
    );
    expect(called(tf.ones([4, 3]), tf.ones([4, 1]))).toThrow('shape of yPred [4, 1], got [4, 3].');
    expect(called(tf.ones([1, 2]), tf.ones([4, 3]))).toThrow('shape of yPred [4, 3], got [1, 2].');
  });

  test('a column too many, with a hint at include_hidden_bias', () => {
    expect(called(tf.ones([4, 1]), tf.ones([4, 2]))).toThrow(
      "yPred [4, 2], got [4, 1]; where the net ends in learnedNoise() or predictedNoise(), give the loss 'output' for its stddev; " +
        'where it ends in a HiddenLayer, say include_hidden_bias: false there: it appends a column of ones',
    );
  });

  test('a loss that was not called, where it is given', () => {
    const loss = gaussianNLL as unknown as (y: tf.Tensor) => unknown;
    expect(() => loss(tf.ones([4, 1]))).toThrow(
      'gaussianNLL: options must be an object, got a float32 tensor of shape [4, 1]; ' +
        'call it where it is given as a loss: loss: gaussianNLL(…)',
    );
  });

  test('outputs that hold no raw scales, with the layers that make them', () => {
    const loss = gaussianNLL({ stddev: 'output' });
    const remedy =
      'for targets of 1 column(s) end the net in 1 unit(s) and learnedNoise(), or in 2 and predictedNoise()';
    expect(() => loss(tf.ones([4, 1]), tf.ones([4, 1]))).toThrow(remedy);
    expect(() => loss(tf.ones([4, 1]), tf.ones([4, 4]))).toThrow(remedy);
    expect(() => loss(tf.ones([4]), tf.ones([4, 4]))).toThrow('reshape them: e.g. yTrue.reshape([-1, 1])');
  });

  test('that column in fitDataset, which does not look at shapes', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [1] })] });
    model.compile({ optimizer: 'sgd', loss: gaussianNLL({ stddev: 1 }) });
    const data = tf.data.array([{ xs: [1], ys: [1] }]).batch(1);
    await expect(model.fitDataset(data as never, { epochs: 1 })).rejects.toThrow('include_hidden_bias');
  });

  test('what is no tensor, no batch or empty', () => {
    expect(called([1], tf.ones([1]))).toThrow('yTrue must be a tensor, got [1]');
    expect(called(tf.ones([1]), 1)).toThrow('yPred must be a tensor, got 1');
    expect(called(tf.scalar(1), tf.scalar(1))).toThrow('must hold examples [B, ...outputs], got []');
    expect(called(tf.zeros([0, 2]), tf.zeros([0, 2]))).toThrow('got [0, 2]');
  });
});
