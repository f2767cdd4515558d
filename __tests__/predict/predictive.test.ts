import * as tf from '@tensorflow/tfjs';
import { entropySplit, posteriorMean, predictive, type PredictiveOptions } from '../../src';
import { momentsOf, scattered, type Matrix } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance } from '../helpers/gaussianTests';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, hidden, output, rowsFor, sequential, modelsOfEachTest } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

type X = tf.Tensor | tf.Tensor[];

/** The mean, the variance and the draws, as arrays. */
async function found(
  model: tf.LayersModel,
  x: X,
  options: PredictiveOptions,
): Promise<Record<'mean' | 'variance' | 'draws', tf.Tensor>> {
  const p = await predictive(model, x, { ...options, draws: true });
  const all = { mean: p.mean(), variance: p.variance(), draws: p.draws() };
  p.dispose();
  return all;
}

const classifier = (): tf.Sequential =>
  sequential(
    hidden({ inputShape: [3] }),
    hidden({ units: 3, include_hidden_bias: false, non_linearity: 'softmax' }),
  );

const regression = (weight_space_sampling = false): tf.Sequential =>
  sequential(
    hidden({ inputShape: [3], non_linearity: 'tanh', weight_space_sampling }),
    output({ weight_space_sampling }),
  );

eachBackend('predictive', () => {
  const { made, kept } = modelsOfEachTest(0.5);

  describe.each([false, true])('of linear layers, weight_space_sampling: %s', (weight_space_sampling) => {
    const S = 4000;

    test('has the mean and the variance of the closed form', async () => {
      const linear = { non_linearity: 'linear', include_hidden_bias: false, weight_space_sampling } as const;
      const first = hidden({ inputShape: [3], ...linear });
      const second = output(linear);
      const model = made(sequential(first, second));
      const X = scattered(5, 3, 1);
      const array = (t: tf.Tensor): Matrix => t.arraySync() as Matrix;
      const [p1, p2] = [first.posterior(), second.posterior()];
      const h = momentsOf(X, array(p1.A_mean), array(p1.A_scale));
      const mean = momentsOf(h.mean, array(p2.A_mean), array(p2.A_scale)).mean;
      // Var[h·a] = Var[h] mean(a)² + (Var[h] + E[h]²) Var[a], and the units are independent.
      const [a, s] = [array(p2.A_mean), array(p2.A_scale)];
      const variance = mean.map((row, b) =>
        row.map((_, k) =>
          h.mean[b]!.reduce((sum, m, j) => {
            const v = h.variance[b]![j]!;
            return sum + v * a[j]![k]! ** 2 + (v + m * m) * s[j]![k]! ** 2;
          }, 0),
        ),
      );
      const { mean: observed, draws } = await found(model, tf.tensor2d(X), { samples: S, seed: 0 });
      const m = array(observed);
      expectChance(
        m.flatMap((row, b) => row.map((v, k) => (v - mean[b]![k]!) / Math.sqrt(variance[b]![k]! / S))),
      );
      // The squared deviation's own spread is taken from the draws: a product of Gaussians has heavy tails.
      const y = draws.arraySync() as Matrix[];
      expectChance(
        mean.flatMap((row, b) =>
          row.map((_, k) => {
            const squares = y.map((draw) => (draw[b]![k]! - mean[b]![k]!) ** 2);
            const average = squares.reduce((p, q) => p + q) / S;
            const spread = squares.reduce((p, q) => p + (q - average) ** 2, 0) / S;
            return (average - variance[b]![k]!) / Math.sqrt(spread / S);
          }),
        ),
      );
    });
  });

  test('its mean and variance are those of its draws', async () => {
    const model = made(regression());
    const { mean, variance, draws } = await found(model, rowsFor(model, 7)[0]!, { samples: 37, seed: 1 });
    expect(draws.shape).toEqual([37, 7, 2]);
    const moments = tf.moments(draws, 0);
    expectAllClose(mean, moments.mean);
    expectAllClose(variance, moments.variance);
    // Another draw for each of them, and another noise for each row.
    expect(new Set(draws.dataSync()).size).toBe(37 * 7 * 2);
  });

  test('its entropies are those of entropySplit over its draws', async () => {
    const model = made(classifier());
    const p = await predictive(model, rowsFor(model, 6)[0]!, { samples: 30, seed: 2, draws: true });
    const [actual, expected] = [p.entropy(), entropySplit(p.draws())];
    for (const part of ['total', 'aleatoric', 'epistemic'] as const)
      expectAllClose(actual[part], expected[part], { atol: 2e-6 });
    expect(actual.epistemic.min().dataSync()[0]).toBeGreaterThan(0.01);
    expectAllClose(p.mean().sum(-1), [1, 1, 1, 1, 1, 1]);
    p.dispose();
  });

  test.each([0, 1, -7, 2 ** 40])('is made again by the seed %d', async (seed) => {
    const model = made(regression());
    const [x] = rowsFor(model, 4);
    const options = { samples: 9, seed };
    const first = (await found(model, x!, options)).draws;
    // What the layers drew in between plays no part.
    model.predict(x!);
    expectAllClose((await found(model, x!, options)).draws, first, { rtol: 0, atol: 0 });
    const other = (await found(model, x!, { ...options, seed: seed + 1 })).draws;
    expect(other.sub(first).abs().min().dataSync()[0]).toBeGreaterThan(0);
  });

  test('is another one each time without a seed, and leaves the sequences of the layers where they were', async () => {
    const fresh = (): tf.Sequential => sequential(output({ inputShape: [3], seed: 4 }));
    const [model, twin] = [made(fresh()), made(fresh())];
    const [x] = rowsFor(model, 4);
    const [a, b] = [await found(model, x!, { samples: 2 }), await found(model, x!, { samples: 2 })];
    expect(a.draws.sub(b.draws).abs().max().dataSync()[0]).toBeGreaterThan(0);
    expectAllClose(model.predict(x!) as tf.Tensor, twin.predict(x!) as tf.Tensor);
  });

  test.each([false, true])(
    'does not depend on batchSize, weight_space_sampling: %s',
    async (weight_space_sampling) => {
      const model = made(regression(weight_space_sampling));
      const [x] = rowsFor(model, 70);
      const whole = await found(model, x!, { samples: 18, seed: 3 });
      for (const batchSize of [1, 7, 32, 33, 64]) {
        const parts = await found(model, x!, { samples: 18, seed: 3, batchSize });
        expectAllClose(parts.draws, whole.draws, { rtol: 1e-5, atol: 1e-5 });
        expectAllClose(parts.mean, whole.mean, { atol: 1e-5 });
        expectAllClose(parts.variance, whole.variance, { atol: 1e-5 });
      }
    },
  );

  test('a weight-space layer has one A a draw for all rows, over all batches; another layer has not', async () => {
    const equalRows = tf.tensor2d(Array.from({ length: 40 }, () => [1, -1, 0.5]));
    const spreadOverRows = async (weight_space_sampling: boolean): Promise<tf.Tensor> => {
      const model = made(regression(weight_space_sampling));
      const { draws } = await found(model, equalRows, { samples: 6, seed: 5, batchSize: 16 });
      expect(tf.moments(draws, 0).variance.min().dataSync()[0]).toBeGreaterThan(0.001);
      return tf.moments(draws, 1).variance;
    };
    expect((await spreadOverRows(true)).max().dataSync()[0]).toBeLessThan(1e-10);
    expect((await spreadOverRows(false)).min().dataSync()[0]).toBeGreaterThan(0.01);
  });

  describe.each(Object.entries(arrangements()))('of %s', (_, build) => {
    test('is the posterior mean when the scales vanish', async () => {
      const model = made(build(), 1e-9);
      const plain = posteriorMean(model);
      kept(plain);
      const x = rowsFor(model, 5);
      const { mean, variance } = await found(model, x, { samples: 5, batchSize: 2 });
      expectAllClose(mean, plain.predict(x) as tf.Tensor, { atol: 1e-5 });
      expectAllClose(variance, tf.zerosLike(variance));
    });

    test('has draws that differ in every row and every output', async () => {
      const model = made(build());
      const { variance } = await found(model, rowsFor(model, 5), { samples: 20, seed: 6, batchSize: 2 });
      expect(variance.min().dataSync()[0]).toBeGreaterThan(1e-4);
    });

    test('leaks nothing', async () => {
      const model = made(build());
      const x = rowsFor(model, 5);
      await expectNoLeakLater(async () => {
        (await predictive(model, x, { samples: 3, batchSize: 2, draws: true })).dispose();
      });
    });
  });

  test('a shared layer of weight space has one A for both its inputs', async () => {
    const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] })] as const;
    const difference = (weight_space_sampling: boolean): tf.LayersModel => {
      const shared = output({ weight_space_sampling });
      const [a, b] = inputs.map((input) => apply(shared, input));
      const minus = tf.layers.dense({ units: 2, useBias: false, kernelInitializer: 'identity' });
      const negative = apply(minus, b!);
      const model = made(tf.model({ inputs: [...inputs], outputs: apply(tf.layers.add(), a!, negative) }));
      minus.setWeights([tf.tensor2d([-1, 0, 0, -1], [2, 2])]);
      return model;
    };
    const x = tf.tensor2d(scattered(4, 3));
    const coherent = await found(difference(true), [x, x], { samples: 8, seed: 7 });
    expectAllClose(coherent.draws, tf.zeros([8, 4, 2]), { atol: 1e-5 });
    const apart = await found(difference(false), [x, x], { samples: 8, seed: 7 });
    expect(apart.variance.min().dataSync()[0]).toBeGreaterThan(1e-3);
  });

  test('draws are not kept where they are not wanted', async () => {
    const model = made(regression());
    const p = await predictive(model, rowsFor(model, 3)[0]!, { samples: 4, draws: false });
    expect(() => p.draws()).toThrow('draws: true');
    p.dispose();
  });

  test('an entropy of outputs that are no probabilities is refused', async () => {
    const model = made(regression());
    const p = await predictive(model, rowsFor(model, 3)[0]!, { samples: 4 });
    expect(() => p.entropy()).toThrow('class probabilities');
    p.dispose();
  });

  test('what its methods make is the caller’s, and dispose frees the rest', async () => {
    const model = made(classifier());
    const [x] = rowsFor(model, 6);
    await expectNoLeakLater(async () => {
      const p = await predictive(model, x!, { samples: 4, batchSize: 4, draws: true });
      const mine = [p.mean(), p.variance(), p.draws(), p.entropy()];
      p.dispose();
      tf.dispose(mine);
    });
  });

  test('leaks nothing when a layer throws in the middle', async () => {
    let calls = 0;
    const model = made(
      sequential(
        hidden({ inputShape: [3] }),
        hidden({
          include_hidden_bias: false,
          non_linearity: (z) => {
            if (++calls > 2) throw new Error('out of luck');
            return tf.relu(z);
          },
        }),
      ),
    );
    const [x] = rowsFor(model, 6);
    calls = 0;
    await expectCleanRejection(() => predictive(model, x!, { batchSize: 1, draws: true }), 'out of luck');
  });
});

/** Places where Bayesian layers can stand, each with one output. */
function arrangements(): Record<string, () => tf.LayersModel> {
  return {
    'a layer first and last': regression,
    'a layer behind plain ones': () =>
      sequential(
        tf.layers.dense({ units: 5, inputShape: [3], activation: 'tanh' }),
        tf.layers.batchNormalization(),
        output(),
      ),
    'a layer before plain ones': () =>
      sequential(
        hidden({ inputShape: [3], include_hidden_bias: false, non_linearity: 'tanh' }),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.dense({ units: 2 }),
      ),
    'inputs of rank 3': () => sequential(hidden({ inputShape: [4, 3] }), output(), tf.layers.flatten()),
    'layers of weight space on inputs of rank 3': () =>
      sequential(
        hidden({ inputShape: [4, 3], weight_space_sampling: true }),
        output({ weight_space_sampling: true }),
        tf.layers.globalAveragePooling1d({}),
      ),
    'a layer in timeDistributed': () =>
      sequential(
        tf.layers.timeDistributed({ layer: hidden({ weight_space_sampling: true }), inputShape: [4, 3] }),
        output(),
      ),
    'a nested model': () => sequential(sequential(hidden({ inputShape: [3] }), hidden()), output()),
    'a nested model in a nested one': () =>
      sequential(sequential(sequential(tf.layers.dense({ units: 3, inputShape: [3] })), hidden()), output()),
    'a model used twice': () => {
      const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] })] as const;
      const inner = sequential(hidden({ inputShape: [3] }), hidden({ include_hidden_bias: false }));
      const sum = apply(tf.layers.add(), ...inputs.map((input) => apply(inner, input)));
      return tf.model({ inputs: [...inputs], outputs: apply(output(), sum) });
    },
    'a shortcut around the layers': () => {
      const input = tf.input({ shape: [3] });
      const h = apply(hidden({ include_hidden_bias: false }), input);
      const both = apply(tf.layers.concatenate({ axis: -1 }), apply(tf.layers.dense({ units: 3 }), input), h);
      return tf.model({ inputs: input, outputs: apply(output(), both) });
    },
    'masked steps': () =>
      sequential(
        tf.layers.masking({ maskValue: 0, inputShape: [4, 3] }),
        tf.layers.timeDistributed({ layer: hidden({ include_hidden_bias: false }) }),
        tf.layers.simpleRNN({ units: 3, recurrentInitializer: 'glorotNormal' }),
        output(),
      ),
  };
}
