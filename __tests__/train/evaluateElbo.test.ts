import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { evaluateElbo, type EvaluateElboOptions } from '../../src/train/evaluateElbo';
import { klOf, momentsOf, scattered, type Matrix } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { FALSE_ALARM, largestZ } from '../helpers/gaussianTests';
import { expectCleanRejection } from '../helpers/leaks';
import { collectWarnings } from '../helpers/warnings';
import { A_mean, A_scale, linear, X, y, σ } from '../helpers/linearNet';

/** E[nll] = ½ ((y − mean)² + variance) / σ² + ln σ + ½ ln 2π: exact for a linear net. */
const { mean, variance } = momentsOf(X, A_mean!, A_scale!);
const exact =
  y.reduce((sum, [v], i) => sum + 0.5 * ((v! - mean[i]![0]!) ** 2 + variance[i]![0]!) / σ ** 2, 0) / 30 +
  Math.log(σ) + 0.5 * Math.log(2 * Math.PI); // prettier-ignore
const kl = A_mean!.reduce((sum, [m], d) => sum + klOf(m!, A_scale![d]![0]!, 1), 0);

eachBackend('evaluateElbo', () => {
  collectWarnings();
  const run = async (options?: EvaluateElboOptions, model = linear()) => {
    const data = { x: tf.tensor2d(X), y: tf.tensor2d(y) };
    const before = tf.memory().numTensors;
    const result = await evaluateElbo(model, data, options);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(data);
    return result;
  };

  test.each([false, true])(
    'is right to its standard error, whatever klWeight and factor (weight space: %p)',
    async (space) => {
      const {
        elbo,
        nll,
        kl: perExample,
        standardError,
        samples,
      } = await run({ samples: 60, seed: 3 }, linear(space));
      expect(samples).toBe(60);
      expect(perExample).toBeCloseTo(kl / 30, 5);
      expect(elbo).toBeCloseTo(-(nll + perExample), 10);
      expect(standardError).toBeGreaterThan(0);
      // Student's t of 59 degrees of freedom reaches further than a Gaussian: a third more at this level.
      expect(Math.abs(nll - exact) / standardError).toBeLessThan(1.34 * largestZ(1));
      expect(standardError).toBeLessThan(0.2 * exact);
      expect(FALSE_ALARM).toBe(1e-6);
    },
  );

  test('takes a likelihood in place of the compiled loss, as a loss or as data, of tensors and datasets', async () => {
    const compiled = await run({ samples: 4, seed: 5 });
    const bare = linear();
    // Loading does not bring back a custom loss: the model is then not compiled.
    (bare as unknown as { optimizer_?: tf.Optimizer }).optimizer_ = undefined;
    for (const likelihood of [gaussianNLL({ stddev: σ }), { family: 'gaussian', stddev: σ } as const]) {
      const { nll } = await run({ samples: 4, seed: 5, likelihood }, bare);
      expect(Math.abs(nll - compiled.nll)).toBeLessThan(1e-5);
      // In parts the noise of the rows is the same.
      const parts = await run({ samples: 4, seed: 5, likelihood, batchSize: 7 }, bare);
      expect(Math.abs(parts.nll - exact) / parts.standardError).toBeLessThan(13);
    }
    const wider = await run({ samples: 4, seed: 5, likelihood: gaussianNLL({ stddev: 2 * σ }) });
    expect(wider.nll).toBeLessThan(compiled.nll);
    await expect(
      run({ likelihood: [gaussianNLL({ stddev: 1 }), gaussianNLL({ stddev: 1 })] }),
    ).rejects.toThrow('likelihood must be an array of 1, one for each output');
    await expect(run({ likelihood: 'meanSquaredError' })).rejects.toThrow(
      'likelihood must be a loss that tells it',
    );
  });

  test('has the standard error that its draws show', async () => {
    const estimates: number[] = [];
    for (let seed = 0; seed < 40; seed++) estimates.push((await run({ samples: 5, seed })).nll);
    const m = estimates.reduce((a, b) => a + b) / 40;
    const spread = Math.sqrt(estimates.reduce((sum, v) => sum + (v - m) ** 2, 0) / 39);
    const { standardError } = await run({ samples: 100, seed: 99 });
    // 40 estimates know their spread to 1/√78 = 11 %, 100 draws to 7 %: five times both together.
    expect(Math.abs(Math.log(spread / (standardError * Math.sqrt(20))))).toBeLessThan(0.66);
  });

  test('is the same again from a seed, 0 included, and leaves the layers’ own draws alone', async () => {
    const [a, b, c] = [await run({ seed: 0 }), await run({ seed: 0 }), await run({ seed: 1 })];
    expect(b).toEqual(a);
    expect(c.nll).not.toBe(a.nll);
    expect((await run()).nll).not.toBe((await run()).nll);
  });

  describe('of a dataset', () => {
    /** The same rows in batches of these sizes. */
    const batches = (sizes: number[]): tf.data.Dataset<{ xs: tf.Tensor; ys: tf.Tensor }> =>
      tf.data.generator(function* () {
        let start = 0;
        for (const size of sizes) {
          const part = (A: Matrix): tf.Tensor =>
            tf.tensor2d(A.slice(start, start + size), [size, A[0]!.length]);
          yield { xs: part(X), ys: part(y) };
          start += size;
        }
      });
    const ofBatches = async (sizes: number[], options: EvaluateElboOptions, model = linear()) => {
      const before = tf.memory().numTensors;
      const result = await evaluateElbo(model, batches(sizes), options);
      expect(tf.memory().numTensors).toBe(before);
      return result;
    };

    test.each([7, 256])(
      'is that of the rows as tensors, however it is batched (batchSize %d)',
      async (batchSize) => {
        const options = { seed: 5, batchSize, samples: 6 };
        const expected = await run(options);
        for (const sizes of [
          [30],
          [10, 10, 10],
          [1, 16, 2, 11],
          [7, 7, 7, 7, 2],
          Array<number>(30).fill(1),
        ]) {
          const actual = await ofBatches(sizes, options);
          for (const key of ['elbo', 'nll', 'kl', 'standardError', 'samples'] as const)
            expect(Math.abs(actual[key] - expected[key])).toBeLessThan(1e-5);
        }
      },
    );

    test('spreads the KL over its rows, or over the examples that were trained on', async () => {
      expect((await ofBatches([20, 10], {})).kl).toBeCloseTo(kl / 30, 5);
      expect((await ofBatches([20, 10], { datasetSize: 3000 })).kl).toBeCloseTo(kl / 3000, 7);
    });

    test('with inputs and outputs by their names', async () => {
      const input = ['a', 'b'].map((name) => tf.input({ shape: [1], name }));
      const both = tf.layers.concatenate().apply(input) as tf.SymbolicTensor;
      const head = (name: string): tf.SymbolicTensor =>
        hiddenLayer({
          ...{ units: 1, KL_factor: 1, non_linearity: 'linear', name, seed: 1 },
          ...{ include_hidden_bias: false, include_input_bias: false },
        }).apply(both) as tf.SymbolicTensor;
      const model = tf.model({ inputs: input, outputs: [head('u'), head('v')] });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const columns = [0, 1, 2, 3].map((i) => tf.tensor2d(scattered(6, 1, i)));
      const [a, b, u, v] = columns as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const options = { seed: 2, samples: 3, batchSize: 4 };
      const expected = await evaluateElbo(model, { x: [a, b], y: [u, v] }, options);
      const cut = (t: tf.Tensor, i: number): tf.Tensor => t.slice(2 * i, 2);
      const before = tf.memory().numTensors;
      for (const named of [true, false]) {
        const dataset = tf.data.generator(function* () {
          for (const i of [0, 1, 2])
            yield named
              ? { xs: { b: cut(b, i), a: cut(a, i) }, ys: { v: cut(v, i), u: cut(u, i) } }
              : { xs: [cut(a, i), cut(b, i)], ys: [cut(u, i), cut(v, i)] };
        });
        const { nll } = await evaluateElbo(model, dataset, options);
        expect(Math.abs(nll - expected.nll)).toBeLessThan(1e-5);
      }
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose(columns);
    });

    test.each<[string, () => tf.TensorContainer, string | RegExp]>([
      [
        'is no {xs, ys}',
        () => ({ x: tf.ones([2, 3]), y: tf.ones([2, 1]) }),
        'must have batches {xs, ys}, got {x, y}',
      ],
      [
        'is a single example',
        () => ({ xs: tf.ones([3]), ys: tf.ones([1]) }),
        'must have the shape [?, 3], got [3]; single examples are batched by dataset.batch(32)',
      ],
      [
        'has targets for other rows',
        () => ({ xs: tf.ones([2, 3]), ys: tf.ones([3, 1]) }),
        'all tensors of a batch must have 2 rows, got [3, 1]',
      ],
      [
        'has too many inputs',
        () => ({ xs: [tf.ones([2, 3]), tf.ones([2, 3])], ys: tf.ones([2, 1]) }),
        'xs of a dataset must be 1 tensor(s)',
      ],
      [
        'has inputs of another width',
        () => ({ xs: tf.ones([2, 4]), ys: tf.ones([2, 1]) }),
        'must have the shape [?, 3], got [2, 4].',
      ],
      [
        'has targets of another width than the one before',
        () => ({ xs: tf.ones([2, 3]), ys: tf.ones([2, 2]) }),
        /concat/i,
      ],
    ])('refuses a second batch that %s, and leaves nothing behind', async (_, second, message) => {
      const model = linear();
      const good = (): tf.TensorContainer => ({ xs: tf.ones([2, 3]), ys: tf.ones([2, 1]) });
      for (const batchSize of [3, 4])
        await expectCleanRejection(
          () =>
            evaluateElbo(
              model,
              tf.data.generator(function* () {
                yield good();
                yield second();
              }),
              { batchSize },
            ),
          message,
        );
    });

    test('refuses one that throws on its way, or has no rows', async () => {
      const model = linear();
      const broken = tf.data.generator(function* () {
        yield { xs: tf.ones([2, 3]), ys: tf.ones([2, 1]) };
        throw new Error('on the way');
      });
      await expectCleanRejection(() => evaluateElbo(model, broken, { batchSize: 3 }), 'on the way');
      const none = 'evaluateElbo: the data must have rows, got none.';
      await expectCleanRejection(() => evaluateElbo(model, batches([])), none);
      await expectCleanRejection(() => evaluateElbo(model, batches([0, 0])), none);
      const data = { x: tf.zeros([0, 3]), y: tf.zeros([0, 1]) };
      await expectCleanRejection(() => evaluateElbo(model, data), none);
      tf.dispose(data);
    });
  });

  test('spreads the KL over the examples that were trained on', async () => {
    expect((await run({ datasetSize: 3000 })).kl).toBeCloseTo(kl / 3000, 7);
  });
});
