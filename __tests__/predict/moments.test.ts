import * as tf from '@tensorflow/tfjs';
import { gaussianNLL, predictive, predictiveMoments, type PredictiveMoments } from '../../src';
import { momentsOf, scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeakLater } from '../helpers/leaks';
import { apply, hidden, output, rowsFor, sequential, setScales, modelsOfEachTest } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

const linear = { non_linearity: 'linear' } as const;

/** Mean and variance by many draws, and how large their errors may be: five standard errors. */
async function byDraws(
  model: tf.LayersModel,
  x: tf.Tensor | tf.Tensor[],
  samples: number,
): Promise<Record<'mean' | 'variance' | 'error', tf.Tensor>> {
  const p = await predictive(model, x, { samples, seed: 1 });
  const found = { mean: p.mean(), variance: p.variance(), error: tf.mul(5, p.standardError()) };
  p.dispose();
  return found;
}

eachBackend('predictiveMoments', (backend) => {
  const { made, kept } = modelsOfEachTest(0.3);

  test('of one linear layer are the closed form', async () => {
    const layer = output({ inputShape: [3] });
    const model = made(sequential(layer));
    const X = scattered(5, 3);
    const { A_mean, A_scale } = layer.posterior();
    const expected = momentsOf(X, A_mean.arraySync(), A_scale.arraySync());
    const { mean, variance } = await predictiveMoments(model, tf.tensor2d(X));
    expectAllClose(mean, expected.mean);
    expectAllClose(variance, expected.variance);
  });

  test('of two linear layers are the closed form, to float32', async () => {
    const [first, second] = [
      hidden({ inputShape: [3], include_hidden_bias: false, ...linear }),
      output({ include_input_bias: true }),
    ];
    const model = made(sequential(first, second), 0.8);
    const X = scattered(5, 3);
    const [a, b] = [first.posterior(), second.posterior()];
    const [B_mean, B_scale] = [b.A_mean.arraySync(), b.A_scale.arraySync()];
    const h = momentsOf(X, a.A_mean.arraySync(), a.A_scale.arraySync());
    const { mean, variance } = await predictiveMoments(model, tf.tensor2d(X));
    const ones = h.mean.map((row) => [...row, 1]);
    expectAllClose(mean, momentsOf(ones, B_mean, B_scale).mean);
    const expected = ones.map((row, i) =>
      [0, 1].map((k) =>
        row.reduce((sum, m, j) => {
          const v = h.variance[i]![j] ?? 0;
          return sum + v * B_mean[j]![k]! ** 2 + (v + m * m) * B_scale[j]![k]! ** 2;
        }, 0),
      ),
    );
    expectAllClose(variance, expected);
  });

  // Two linear layers, the first with independent outputs: nothing is dropped that would count.
  test.each([
    ['two layers', () => sequential(hidden({ inputShape: [3], ...linear }), output())],
    [
      'both biases',
      () =>
        sequential(
          hidden({ inputShape: [3], include_input_bias: true, ...linear }),
          output({ include_input_bias: true }),
        ),
    ],
    [
      'weight space',
      () =>
        sequential(
          hidden({ inputShape: [3], ...linear, weight_space_sampling: true }),
          output({ weight_space_sampling: true }),
        ),
    ],
    [
      'dense layers before and after',
      () =>
        sequential(
          tf.layers.dense({ units: 4, inputShape: [3], activation: 'tanh' }),
          hidden({ ...linear }),
          tf.layers.dropout({ rate: 0.4 }),
          tf.layers.dense({ units: 2, biasInitializer: 'ones' }),
        ),
    ],
    ['relu', () => sequential(hidden({ inputShape: [3] }), output())],
    [
      'leakyReLU',
      () =>
        sequential(
          hidden({ inputShape: [3], include_hidden_bias: false, ...linear }),
          tf.layers.leakyReLU({ alpha: 0.3 }),
          output(),
        ),
    ],
    ['softplus', () => sequential(hidden({ inputShape: [3], non_linearity: 'softplus' }), output())],
    [
      'inputs of rank 3 in timeDistributed, flattened',
      () =>
        sequential(
          tf.layers.timeDistributed({ layer: hidden(), inputShape: [4, 3] }),
          tf.layers.flatten(),
          output(),
        ),
    ],
    ['a nested model', () => sequential(sequential(hidden({ inputShape: [3] })), output())],
    [
      'batch normalization and a sum of two layers',
      () => {
        const input = tf.input({ shape: [3] });
        const a = apply(hidden({ include_hidden_bias: false }), input);
        const b = apply(tf.layers.batchNormalization({ gammaInitializer: 'randomUniform' }), a);
        const c = apply(hidden({ include_hidden_bias: false, non_linearity: 'tanh' }), input);
        const sum = apply(tf.layers.average(), b, c);
        const both = apply(tf.layers.concatenate(), apply(tf.layers.add(), sum, input4(input)), input);
        return tf.model({ inputs: input, outputs: apply(output(), both) });
      },
    ],
  ])('are those of many draws: %s', async (_, build) => {
    const model = made(build());
    const x = rowsFor(model, 6);
    const S = 3000;
    const { mean, variance } = await predictiveMoments(model, x);
    const truth = await byDraws(model, x, S);
    expect(mean.sub(truth.mean).abs().sub(truth.error).max().dataSync()[0]).toBeLessThan(1e-5);
    // Tails heavier than Gaussian ones: a kurtosis of 6 is allowed for, stddev of a variance √(5/S), five times.
    expectAllClose(variance.div(truth.variance), tf.onesLike(variance), {
      rtol: 0,
      atol: 5 * Math.sqrt(5 / S),
    });
  });

  describe('of several outputs', () => {
    const three = (): tf.LayersModel => {
      const input = tf.input({ shape: [3] });
      const h = apply(hidden(), input);
      const kind = apply(output({ non_linearity: 'softmax' }), h);
      return made(tf.model({ inputs: input, outputs: [apply(output(), h), kind, input] }));
    };

    test('are those of a model with that output alone, in their order', async () => {
      const model = three();
      const [x] = rowsFor(model, 5);
      const all = await predictiveMoments<PredictiveMoments[]>(model, x!, { batchSize: 2 });
      expect(all).toHaveLength(3);
      for (const i of [0, 1]) {
        const alone = tf.model({ inputs: model.inputs, outputs: model.outputs[i]! });
        const { mean, variance } = await predictiveMoments(alone, x!);
        expectAllClose(all[i]!.mean, mean);
        expectAllClose(all[i]!.variance, variance);
      }
      expectAllClose(all[2]!.mean, x!);
      expectAllClose(all[2]!.variance, tf.zerosLike(x!));
    });

    test('are tensors of their own where one value is two outputs', async () => {
      // TensorFlow.js warns of such a model.
      const warn = jest.spyOn(console, 'warn').mockImplementation();
      const input = tf.input({ shape: [3] });
      const y = apply(output(), input);
      const model = made(tf.model({ inputs: input, outputs: [y, y] }));
      warn.mockRestore();
      const [a, b] = await predictiveMoments<PredictiveMoments[]>(model, rowsFor(model, 2)[0]!);
      tf.dispose(a);
      expect(b!.mean.isDisposed || b!.variance.isDisposed).toBe(false);
    });

    test('leak nothing', async () => {
      const model = three();
      const [x] = rowsFor(model, 5);
      await expectNoLeakLater(async () => {
        tf.dispose(await predictiveMoments<PredictiveMoments[]>(model, x!, { batchSize: 2 }));
      });
    });
  });

  test('of a model inside of timeDistributed are those of its rows', async () => {
    const rows = () => [hidden({ inputShape: [3] }), output()];
    const inner = sequential(...rows());
    const model = made(sequential(tf.layers.timeDistributed({ layer: inner, inputShape: [4, 3] })));
    const X = tf.tensor2d(scattered(20, 3));
    const steps = await predictiveMoments(model, X.reshape([5, 4, 3]));
    const flat = await predictiveMoments(inner, X);
    expectAllClose(steps.mean, flat.mean.reshape([5, 4, 2]));
    expectAllClose(steps.variance, flat.variance.reshape([5, 4, 2]));
    expect(flat.variance.min().dataSync()[0]).toBeGreaterThan(0);
  });

  test('see the masks before the first Bayesian layer', async () => {
    const model = made(
      sequential(
        tf.layers.masking({ inputShape: [4, 3] }),
        tf.layers.simpleRNN({ units: 2, kernelInitializer: 'ones', recurrentInitializer: 'ones' }),
        output(),
      ),
      1e-9,
    );
    const x = rowsFor(model, 2)[0]!.mul(tf.tensor([1, 1, 0, 0]).reshape([1, 4, 1]));
    const { mean } = await predictiveMoments(model, x);
    expectAllClose(mean, model.predict(x) as tf.Tensor, { atol: 1e-5 });
  });

  // An average takes its numbers for independent; one A at all positions makes them anything but that.
  test('behind a layer of weight space an average of n positions has up to n times their variance', async () => {
    const model = made(
      sequential(
        output({ inputShape: [8, 3], weight_space_sampling: true }),
        tf.layers.globalAveragePooling1d({}),
      ),
    );
    const x = tf.tensor3d([scattered(1, 3)]).tile([1, 8, 1]);
    const { mean, variance } = await predictiveMoments(model, x);
    const S = 20_000;
    const truth = await byDraws(model, x, S);
    expect(mean.sub(truth.mean).abs().sub(truth.error).max().dataSync()[0]).toBeLessThan(1e-5);
    // Gaussian: the stddev of a variance is √(2/S) of it, five times.
    expectAllClose(truth.variance.div(variance), [[8, 8]], { rtol: 5 * Math.sqrt(2 / S), atol: 0 });
  });

  test('do not depend on batchSize', async () => {
    const model = made(sequential(hidden({ inputShape: [3] }), output({ non_linearity: 'softmax' })));
    const [x] = rowsFor(model, 11);
    const whole = await predictiveMoments(model, x!);
    const parts = await predictiveMoments(model, x!, { batchSize: 4 });
    expectAllClose(parts.mean, whole.mean);
    expectAllClose(parts.variance, whole.variance);
    expectAllClose(
      whole.mean.sum(-1),
      Array.from({ length: 11 }, () => 1),
    );
  });

  test('know of no uncertainty when the scales vanish', async () => {
    const model = made(sequential(hidden({ inputShape: [3], non_linearity: 'tanh' }), output()), 1e-9);
    const [x] = rowsFor(model, 4);
    const { mean, variance } = await predictiveMoments(model, x!);
    expectAllClose(mean, model.predict(x!) as tf.Tensor, { atol: 1e-5 });
    expectAllClose(variance, tf.zerosLike(variance));
  });

  test('follow the weights when these change', async () => {
    const build = (): tf.LayersModel => sequential(hidden({ inputShape: [3] }), output());
    const model = made(build());
    const [x] = rowsFor(model, 4);
    await predictiveMoments(model, x!);
    for (const scale of [0.5, 0.1]) {
      setScales(model, scale);
      const found = await predictiveMoments(model, x!);
      const expected = await predictiveMoments(made(build(), scale), x!);
      expectAllClose(found.mean, expected.mean);
      expectAllClose(found.variance, expected.variance, { atol: 0 });
    }
  });

  test('leak nothing', async () => {
    const model = made(sequential(hidden({ inputShape: [3] }), output({ non_linearity: 'softmax' })));
    const [x] = rowsFor(model, 5);
    await expectNoLeakLater(async () => {
      tf.dispose(await predictiveMoments(model, x!, { batchSize: 2 }));
    });
  });

  test('of a trained net are close to those of many draws', async () => {
    const N = 60;
    const x = tf.tensor2d(scattered(N, 1));
    const y = tf.sin(tf.mul(4, x));
    const model = sequential(
      hidden({ units: 16, inputShape: [1], include_input_bias: true, KL_factor: 1 / N, seed: 1 }),
      hidden({ units: 16, KL_factor: 1 / N, seed: 2 }),
      output({ units: 1, KL_factor: 1 / N, seed: 3 }),
    );
    kept(model);
    const optimizer = tf.train.adam(0.02);
    model.compile({ optimizer, loss: gaussianNLL({ stddev: 0.1 }) });
    await model.fit(x, y, { epochs: 60, batchSize: N, shuffle: false, verbose: 0 });
    optimizer.dispose();
    const at = tf.linspace(-1.5, 1.5, 7).reshape([7, 1]);
    const { mean, variance } = await predictiveMoments(model, at);
    // A plain loop over many draws takes the cpu backend long; 1 / √5000 is still little beside the bounds.
    const truth = await byDraws(model, at, backend === 'cpu' ? 5_000 : 50_000);
    const stddev = truth.variance.sqrt();
    const offMean = mean.sub(truth.mean).abs().div(stddev).max().dataSync()[0]!;
    const ratio = variance.sqrt().div(stddev).dataSync();
    // What the covariances between the units, which are dropped, cost: in two such nets less than 0.01, 0.76 to 1.15.
    expect(offMean).toBeLessThan(0.05);
    expect(Math.min(...ratio)).toBeGreaterThan(0.65);
    expect(Math.max(...ratio)).toBeLessThan(1.3);
  }, 180_000);
});

/** Widens [B, 3] to [B, 4] by a plain layer. */
const input4 = (input: tf.SymbolicTensor): tf.SymbolicTensor =>
  apply(tf.layers.dense({ units: 4, activation: 'tanh' }), input);
