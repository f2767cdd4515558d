import * as tf from '@tensorflow/tfjs';
import { HiddenLayer, hiddenLayer } from '../../src/layers/hidden';
import type { HiddenLayerOptions } from '../../src/layers/hiddenOptions';
import { checkLayer, type LayerUnderTest } from '../helpers/checkLayer';
import { elementwise, matMul, momentsOf, scattered, type Matrix } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance, zOfCovariance, zOfMean, zOfVariance } from '../helpers/gaussianTests';
import { expectNoLeak } from '../helpers/leaks';
import { squares } from '../helpers/modelData';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

const D = 3;
const plain = { units: D, include_hidden_bias: false, include_input_bias: false } as const;
const weights = ['A_mean', 'A_scale_unconstrained'];

/** By Pyro's name. */
const made =
  (own: Partial<HiddenLayerOptions>): LayerUnderTest['make'] =>
  ({ klFactor: KL_factor, ...options }) =>
    hiddenLayer({
      ...{ ...plain, non_linearity: 'tanh', ...own, ...options },
      ...(KL_factor !== undefined && { KL_factor }),
    });

checkLayer('HiddenLayer', {
  make: made({}),
  D,
  weights,
});
checkLayer('HiddenLayer with weight_space_sampling', {
  make: made({ weight_space_sampling: true }),
  D,
  weights,
});

/** A layer with the given posterior; what it does not say is that of the tests: no biases, linear, seed 1. */
function layerWith(A_mean: Matrix, A_scale: Matrix, options: Partial<HiddenLayerOptions> = {}): HiddenLayer {
  const layer = hiddenLayer({
    ...{ units: A_mean[0]!.length, KL_factor: 1, non_linearity: 'linear', seed: 1 },
    ...{ include_hidden_bias: false, include_input_bias: false },
    ...options,
  });
  layer.build([null, A_mean.length - (options.include_input_bias === true ? 1 : 0)]);
  layer.setPosterior({ A_mean, A_scale });
  return layer;
}

const still = (A: Matrix): Matrix => elementwise(() => 1e-12, A);

eachBackend('HiddenLayer', () => {
  collectWarnings();

  test('is dense with the means where the scales vanish, a column of ones before and behind', () => {
    const [X, A_mean] = [scattered(4, 2), scattered(3, 5, 1)];
    const z = matMul(X.map((row) => [...row, 1]), A_mean); // prettier-ignore
    const biases = { include_input_bias: true, include_hidden_bias: true, non_linearity: 'relu' } as const;
    const layer = layerWith(A_mean, still(A_mean), biases);
    const expected = z.map((row) => [...row.map((v) => Math.max(0, v)), 1]);
    tf.tidy(() => expectAllClose(layer.apply(tf.tensor(X)) as tf.Tensor, expected));
  });

  test.each([
    [[6], false, [4]],
    [[6], true, [5]],
    [[2, 6], true, [2, 5]],
    [[3, 2, 6], false, [3, 2, 4]],
  ])(
    'takes inputs [batch, %p] (hidden bias: %p), as its output shape says',
    (inner, include_hidden_bias, output) => {
      const layer = hiddenLayer({ ...plain, units: 4, include_hidden_bias, KL_factor: 1 });
      expect(layer.computeOutputShape([null, ...inner])).toEqual([null, ...output]);
      const y = tf.tidy(() => (layer.apply(tf.ones([5, ...inner])) as tf.Tensor).shape);
      expect(y).toEqual([5, ...output]);
    },
  );

  test.each([false, true])(
    'draws with the moments of its posterior, weight space: %p',
    (weight_space_sampling) => {
      const [X, A_mean, A_scale] = [
        scattered(1, 3),
        scattered(3, 2, 1),
        elementwise(Math.abs, scattered(3, 2, 2)),
      ];
      const layer = layerWith(A_mean, A_scale, { weight_space_sampling });
      // Local: one draw for each of many equal rows. Weight space: many calls.
      const [rows, calls] = weight_space_sampling ? [1, 1000] : [3000, 1];
      const draws = tf.tidy(() => {
        const x = tf.tile(tf.tensor2d(X), [rows, 1]);
        return tf
          .concat(Array.from({ length: calls }, () => layer.apply(x) as tf.Tensor))
          .transpose()
          .arraySync();
      }) as unknown as Matrix;
      const { mean, variance } = momentsOf(X, A_mean, A_scale);
      const z = draws.flatMap((sample, h) => [
        zOfMean(sample, mean[0]![h]!, variance[0]![h]!),
        zOfVariance(sample, variance[0]![h]!),
      ]);
      const [a, b] = draws.map((sample, h) => sample.map((v) => v - mean[0]![h]!));
      expectChance([...z, zOfCovariance(a!, b!, 0, variance[0]![0]!, variance[0]![1]!)]);
    },
  );

  test('averaged over positions, only weight space has the right variance', () => {
    const X = scattered(8, 3, 3).map(([a, b, c]) => [a!, b! + 1, c!]);
    const [A_mean, A_scale] = [[[0], [0], [0]], [[0.5], [1], [0.2]]]; // prettier-ignore
    const average = [0, 1, 2].map((d) => X.reduce((sum, row) => sum + row[d]! / 8, 0));
    // One A for all: the variance of x̄ · A. One draw for each position: an eighth of the average variance.
    const together = momentsOf([average], A_mean, A_scale).variance[0]![0]!;
    const apart = momentsOf(X, A_mean, A_scale).variance.reduce((sum, [v]) => sum + v! / 64, 0);
    expect(together).toBeGreaterThan(3 * apart);
    const calls = 600;
    for (const [weight_space_sampling, variance] of [
      [true, together],
      [false, apart],
    ] as const) {
      // prettier-ignore
      const layer = layerWith(A_mean, A_scale, { weight_space_sampling });
      const draws = tf.tidy(() => {
        const x = tf.tensor3d([X]);
        const means = Array.from({ length: calls }, () => tf.mean(layer.apply(x) as tf.Tensor));
        return tf.stack(means).arraySync();
      }) as unknown as number[];
      expectChance([zOfMean(draws, 0, variance), zOfVariance(draws, variance)]);
    }
  });

  test.each([
    ['apply', {}],
    ['training', { training: true }],
  ])(
    'in weight space has one A for all rows and all uses of a pass, another in the next: %s',
    (_, kwargs) => {
      const layer = hiddenLayer({ ...plain, weight_space_sampling: true, KL_factor: 1, seed: 1 });
      const [a, b] = [tf.input({ shape: [D] }), tf.input({ shape: [D] })];
      const outputs = [layer.apply(a), layer.apply(b)] as tf.SymbolicTensor[];
      const model = tf.model({ inputs: [a, b], outputs });
      const x = tf.randomNormal([2, D], 0, 1, 'float32', 5);
      const pass = (): number[][][] =>
        tf.tidy(() =>
          (model.apply([x, tf.concat([x, x])], { ...kwargs }) as tf.Tensor[]).map(
            (t) => t.arraySync() as Matrix,
          ),
        );
      const [first, second] = [pass(), pass()];
      for (const [one, two] of [first, second] as Array<[Matrix, Matrix]>) {
        expect(two.slice(0, 2)).toEqual(two.slice(2));
        expectAllClose(two.slice(0, 2), one, { rtol: 1e-6 });
      }
      expect(second[0]).not.toEqual(first[0]);
      x.dispose();
    },
  );

  test('in weight space draws another A after the losses were taken, also for the same keyword object', () => {
    // Linear: relu could make both of them zeros.
    const layer = hiddenLayer({
      ...plain,
      inputShape: [D],
      non_linearity: 'linear',
      weight_space_sampling: true,
      KL_factor: 1,
      seed: 1,
    });
    const model = tf.sequential({ layers: [layer] });
    const kwargs = { training: true };
    const [first, second] = [1, 2].map(() =>
      tf.tidy(() => {
        const h = model.apply(tf.ones([1, D]), kwargs) as tf.Tensor;
        model.calculateLosses();
        return h.arraySync();
      }),
    );
    expect(second).not.toEqual(first);
    model.dispose();
  });

  test('where each row has its own draw, equal rows differ', () => {
    const layer = layerWith([[1], [1]], [[1], [1]]); // prettier-ignore
    const [a, b] = tf.tidy(() => (layer.apply(tf.ones([2, 2])) as tf.Tensor).dataSync());
    expect(a).not.toBe(b);
  });

  test('two equal models with the same seeds train to equal weights', async () => {
    const train = async (seed: number): Promise<tf.TensorLike[]> => {
      const model = tf.sequential({
        layers: [
          hiddenLayer({ units: 4, datasetSize: 12, include_input_bias: true, seed, inputShape: [2] }),
          hiddenLayer({ ...plain, units: 1, datasetSize: 12, seed: seed + 1 }),
        ],
      });
      model.compile({ optimizer: tf.train.adam(0.05), loss: squares });
      const [x, y] = [tf.tensor2d(scattered(12, 2)), tf.tensor2d(scattered(12, 1, 1))];
      await model.fit(x, y, { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 });
      const values = model.getWeights().map((w) => w.arraySync());
      tf.dispose([x, y]);
      model.dispose();
      return values;
    };
    for (const seed of [0, 41]) expect(await train(seed)).toEqual(await train(seed));
    expect(await train(0)).not.toEqual(await train(1));
  });

  test('loses no tensor in 200 steps of training and 200 predictions', async () => {
    const model = tf.sequential({
      layers: [
        hiddenLayer({ units: 2, datasetSize: 4, include_input_bias: true, inputShape: [2] }),
        hiddenLayer({ ...plain, units: 1, datasetSize: 4, weight_space_sampling: true }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.01), loss: squares });
    const [x, y] = [tf.ones([4, 2]), tf.ones([4, 1])];
    // The optimizer's own tensors come with the first step.
    await model.trainOnBatch(x, y);
    const before = [tf.memory().numTensors, tf.backend().numDataIds()];
    for (let i = 0; i < 200; i++) await model.trainOnBatch(x, y);
    for (let i = 0; i < 200; i++) (model.predict(x) as tf.Tensor).dispose();
    expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before);
    tf.dispose([x, y]);
  });

  test('with its noise from elsewhere goes on afterwards where it was, also when that fails', () => {
    const draw = (layer: HiddenLayer): number =>
      tf.tidy(() => (layer.apply(tf.ones([1, 2])) as tf.Tensor).dataSync()[0]!);
    const fresh = (): HiddenLayer => layerWith([[1], [1]], [[1], [1]]); // prettier-ignore
    const [disturbed, other] = [fresh(), fresh()];
    expect(draw(disturbed)).toBe(draw(other));
    const [a, b] = [1, 2].map(() => disturbed.withSeeds(() => 77, () => draw(disturbed))); // prettier-ignore
    expect(a).toBe(b);
    expect(
      () =>
      disturbed.withSeeds(() => 77, () => { throw new Error('mine'); }), // prettier-ignore
    ).toThrow('mine');
    expect(draw(disturbed)).toBe(draw(other));
  });

  test('a non_linearity that changes the shape is refused by name, and nothing is lost', () => {
    const layer = hiddenLayer({ ...plain, non_linearity: (z) => z.sum(-1), name: 'mine' });
    layer.build([null, D]);
    expectNoLeak(() => {
      const x = tf.ones([2, D]);
      expect(() => layer.apply(x)).toThrow(
        'non_linearity must keep the shape [2, 3], got a float32 tensor of shape [2]',
      );
      x.dispose();
    });
  });
});

test('X says what it is for: the distribution', () => {
  expect(() => new HiddenLayer({ X: 1, units: 2 } as unknown as HiddenLayerOptions)).toThrow(
    'HiddenLayerDistribution({X, A_mean, A_scale})',
  );
});
