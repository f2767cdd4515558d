/** What the distribution adds to the mathematics below it. Its numbers are held to Pyro's in `pyro.test.ts`. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution, type HiddenLayerDistributionOptions } from '../src/distribution';
import { elementwise, klOf, matMul, momentsOf, rounded, scattered, type Matrix } from './helpers/closedForms';
import { eachBackend } from './helpers/eachBackend';
import { expectChance, zOfCovariance, zOfMean, zOfVariance } from './helpers/gaussianTests';
import { expectNoLeak } from './helpers/leaks';
import { expectAllClose } from './helpers/toBeAllClose';

const [B, D, H] = [3, 4, 2];
const X = scattered(B, D, 1);
const A_mean = scattered(D, H, 2);
const A_scale = rounded(elementwise((v) => 0.3 * Math.exp(v), scattered(D, H, 3)));
const linear = (z: tf.Tensor): tf.Tensor => z;

const layerOf = (options: Partial<HiddenLayerDistributionOptions> = {}): HiddenLayerDistribution =>
  new HiddenLayerDistribution({
    X: tf.tensor2d(X),
    A_mean: tf.tensor2d(A_mean),
    A_scale: tf.tensor2d(A_scale),
    ...options,
  });
const both = [{ weight_space_sampling: false }, { weight_space_sampling: true }];

eachBackend('HiddenLayerDistribution', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test('has the defaults of Pyro', () => {
    const { KL_factor, A_prior_scale, include_hidden_bias, weight_space_sampling, non_linearity } = layerOf();
    expect({ KL_factor, A_prior_scale, include_hidden_bias, weight_space_sampling }).toEqual({
      KL_factor: 1,
      A_prior_scale: 1,
      include_hidden_bias: true,
      weight_space_sampling: false,
    });
    expectAllClose(non_linearity(tf.tensor1d([-2, 0, 3])), [0, 0, 3]);
  });

  describe.each(both)('%j', (way) => {
    test.each([[[]], [[5]], [[2, 3]], [[1, 2, 1, 2]]])('draws of shape %j come in front', (sampleShape) => {
      for (const include_hidden_bias of [true, false])
        for (const lead of [[B], [1, B], [1, 1, B]]) {
          const layer = layerOf({ ...way, include_hidden_bias, X: tf.tensor(X.flat(), [...lead, D]) });
          const shape = [...sampleShape, ...lead, include_hidden_bias ? H + 1 : H];
          expect(layer.rsample(sampleShape).shape).toEqual(shape);
          expect(layer.sample(sampleShape).shape).toEqual(shape);
        }
    });

    test('the column of ones is behind the non-linearity, and passes no gradient on', () => {
      const layer = layerOf({ ...way, non_linearity: (z) => tf.fill(z.shape, 7) });
      expectAllClose(
        layer.rsample(),
        X.map(() => [7, 7, 1]),
      );
      const ones = (x: tf.Tensor): tf.Tensor =>
        layerOf({ ...way, X: x })
          .rsample()
          .slice([0, H], [B, 1]);
      expectAllClose(tf.grad(ones)(tf.tensor2d(X)), tf.zeros([B, D]));
    });

    test('equal seeds draw the same sequence, 0 included, each draw another one', () => {
      const sequence = (seed: number | undefined): string[] => {
        const layer = layerOf({ ...way, non_linearity: linear, ...(seed !== undefined && { seed }) });
        return [layer.rsample(), layer.sample(), layer.rsample()].map((z) => z.dataSync().join());
      };
      const drawn = [0, 1, -1, undefined, undefined].map(sequence);
      expect(new Set(drawn.flat()).size).toBe(3 * drawn.length);
      expect([0, 1, -1].map(sequence)).toEqual(drawn.slice(0, 3));
    });

    test('noise that is given is the noise that is used, and stays alive', () => {
      const noise = tf.randomNormal(way.weight_space_sampling ? [2, D, H] : [2, B, H], 0, 1, 'float32', 3);
      const layer = layerOf({ ...way, non_linearity: linear, include_hidden_bias: false });
      const z = layer.rsample([2], { noise });
      expectAllClose(layer.sample([2], { noise }), z, { rtol: 0, atol: 0 });
      const first = (noise.arraySync() as Matrix[])[0]!;
      const { mean, variance } = momentsOf(X, A_mean, A_scale);
      const expected = way.weight_space_sampling
        ? matMul(
            X,
            elementwise((m, s, e) => m + s * e, A_mean, A_scale, first),
          )
        : elementwise((m, v, e) => m + Math.sqrt(v) * e, mean, variance, first);
      expectAllClose(z.slice(0, 1).squeeze([0]), expected);
    });

    test('draws have the mean, the variance and, between rows, the covariance of the contract', () => {
      const n = 20_000;
      const z = layerOf({ ...way, non_linearity: linear, seed: 5 })
        .sample([n])
        .transpose([1, 2, 0]);
      const draws = z.arraySync() as number[][][];
      const { mean, variance } = momentsOf(X, A_mean, A_scale);
      const centred = draws.map((row, b) => row[0]!.map((v) => v - mean[b]![0]!));
      const shared = X[0]!.reduce((sum, x, d) => sum + x * X[1]![d]! * A_scale[d]![0]! ** 2, 0);
      expectChance([
        ...X.flatMap((_, b) =>
          mean[0]!.map((__, h) => zOfMean(draws[b]![h]!, mean[b]![h]!, variance[b]![h]!)),
        ),
        ...X.flatMap((_, b) => mean[0]!.map((__, h) => zOfVariance(draws[b]![h]!, variance[b]![h]!))),
        zOfCovariance(
          centred[0]!,
          centred[1]!,
          way.weight_space_sampling ? shared : 0,
          variance[0]![0]!,
          variance[1]![0]!,
        ),
      ]);
    });

    test('sample carries no gradient, rsample does', () => {
      const noise = tf.ones(way.weight_space_sampling ? [D, H] : [B, H]);
      const times = (draw: 'sample' | 'rsample') => (x: tf.Tensor) =>
        tf.mul(layerOf({ ...way, X: x, non_linearity: linear })[draw]([], { noise }), tf.sum(x));
      const [constant, path] = (['sample', 'rsample'] as const).map((draw) =>
        tf.grad(times(draw))(tf.tensor2d(X)),
      );
      // d/dx Σ c·Σx with c a constant: the sum of c, in every place.
      const c = layerOf({ ...way, non_linearity: linear })
        .sample([], { noise })
        .sum();
      expectAllClose(constant!, tf.mul(c, tf.ones([B, D])), { atol: 1e-5 });
      expect(path!.sub(constant!).abs().max().dataSync()[0]).toBeGreaterThan(0.1);
    });

    test('a thousand draws, with and without a gradient, leave nothing; nor do log_prob and kl', () => {
      const x = tf.tensor2d(X);
      const layer = layerOf({ ...way, X: x });
      const value = layer.sample();
      const gradient = tf.grad((y) => layerOf({ ...way, X: y }).rsample());
      gradient(x).dispose();
      const inputs = [x, tf.tensor2d(A_mean), tf.tensor2d(A_scale)] as const;
      expectNoLeak(() => {
        for (let i = 0; i < 400; i++) {
          layer.rsample([2]).dispose();
          layer.sample().dispose();
        }
        for (let i = 0; i < 100; i++) {
          const again = new HiddenLayerDistribution({ X: x, A_mean: inputs[1], A_scale: inputs[2], ...way });
          tf.grad(() => again.rsample().mul(x.sum()))(x).dispose();
          tf.tidy(() => tf.tidy(() => again.rsample().add(1)).dispose());
          again.log_prob(value).dispose();
          again.kl().dispose();
        }
      });
    });
  });

  test('log_prob is −KL_factor · KL whatever the value, and a scalar', () => {
    const kl = elementwise((m, s) => klOf(m, s, 0.5), A_mean, A_scale).flat();
    const nats = kl.reduce((a, b) => a + b);
    const layer = layerOf({ A_prior_scale: 0.5, KL_factor: 0.25 });
    for (const shape of [
      [B, H + 1],
      [5, B, H + 1],
    ]) {
      const log_prob = layer.log_prob(tf.zeros(shape));
      expect(log_prob.shape).toEqual([]);
      expectAllClose(log_prob, -0.25 * nats);
    }
    expectAllClose(layer.kl(), nats);
    expectAllClose(tf.abs(layerOf({ KL_factor: 0 }).log_prob(tf.zeros([B, H + 1]))), 0);
  });

  test('the prior is a number, arrays or a tensor, and a variable is read when it is used', () => {
    const nats = (p: number): number =>
      elementwise((m, s) => klOf(m, s, p), A_mean, A_scale)
        .flat()
        .reduce((a, b) => a + b);
    const variable = tf.variable(tf.scalar(2));
    const same = [2, [2, 2], [[2]], new Float32Array([2, 2]), tf.scalar(2), tf.fill([D, H], 2), variable];
    for (const A_prior_scale of same) expectAllClose(layerOf({ A_prior_scale }).kl(), nats(2));
    const layer = layerOf({ A_prior_scale: variable });
    variable.assign(tf.scalar(3));
    expectAllClose(layer.kl(), nats(3));
    variable.dispose();
    // Type II maximum likelihood: the KL has a gradient in the prior.
    const slope = tf.grad((p) => layerOf({ A_prior_scale: p }).kl())(tf.scalar(2));
    expectAllClose(slope, (nats(2 + 1e-5) - nats(2 - 1e-5)) / 2e-5);
  });

  test('trains variables through optimizer.minimize, inside tf.tidy', () => {
    const [m, lnScale] = [tf.variable(tf.tensor2d(A_mean)), tf.variable(tf.fill([D, H], -2))];
    const optimizer = tf.train.sgd(0.1);
    const kl = (): tf.Scalar => layerOf({ A_mean: m, A_scale: tf.exp(lnScale) }).kl();
    const before = kl().dataSync()[0]!;
    for (let step = 0; step < 5; step++)
      tf.tidy(() => {
        optimizer.minimize(kl);
      });
    expect(kl().dataSync()[0]).toBeLessThan(before);
    optimizer.dispose();
    tf.dispose([m, lnScale]);
  });
});
