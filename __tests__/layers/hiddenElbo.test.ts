/**
 * The objective of `fit` is a true ELBO: on linear regression with known noise it leads to the factorised Gaussian that
 * is nearest to the exact posterior, which is known in closed form.
 */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { scattered } from '../helpers/closedForms';
import { backends } from '../helpers/eachBackend';

const [N, D, BATCH] = [60, 3, 15];
const [σ, p] = [0.5, 0.8];
const TRUTH = [1, -0.7, 0.3];

/** Correlated columns: where they are not, the factorised posterior is the exact one, and little is shown. */
const X = scattered(N, D).map(([a, b, c]) => [a!, 0.8 * a! + b!, c! - 0.5 * b!]);
const noise = scattered(N, 1, 7).map(([v]) => σ * Math.sqrt(3) * v!);
const y = X.map((row, i) => row.reduce((sum, x, d) => sum + x * TRUTH[d]!, noise[i]!));

/**
 * The nearest factorised Gaussian under nll + T·KL/N: precision Λ_dd with Λ = XᵀX/(Tσ²) + I/p², and the mean of the
 * exact (tempered) posterior, Λ m = Xᵀy/(Tσ²) (Bishop 2006, "Pattern Recognition and Machine Learning", eq. 10.12–10.15).
 */
function closedForm(T = 1): { mean: number[]; scale: number[] } {
  const Λ = X[0]!.map((_, d) =>
    X[0]!.map(
      (__, e) =>
        X.reduce((sum, row) => sum + row[d]! * row[e]!, 0) / (T * σ * σ) + (d === e ? 1 / p ** 2 : 0),
    ),
  );
  const b = X[0]!.map((_, d) => X.reduce((sum, row, i) => sum + row[d]! * y[i]!, 0) / (T * σ * σ));
  const mean = Array<number>(D).fill(0);
  // Gauss–Seidel: the fixed point of mean-field updates, one weight after the other.
  for (let sweep = 0; sweep < 500; sweep++)
    for (let d = 0; d < D; d++)
      mean[d] = (b[d]! - mean.reduce((sum, m, e) => sum + (e === d ? 0 : Λ[d]![e]! * m), 0)) / Λ[d]![d]!;
  return { mean, scale: Λ.map((row, d) => 1 / Math.sqrt(row[d]!)) };
}

/** Trains to rest by mini-batches, and averages what the last epochs end with. */
async function trained(KL_factor: number): Promise<{ mean: number[]; scale: number[] }> {
  const layer = hiddenLayer({
    ...{ units: 1, inputShape: [D], KL_factor, A_prior_scale: p, non_linearity: 'linear', seed: 1 },
    ...{ include_hidden_bias: false, include_input_bias: false },
  });
  const model = tf.sequential({ layers: [layer] });
  const loss = gaussianNLL({ stddev: σ });
  const [xs, ys] = [tf.tensor2d(X), tf.tensor2d(y, [N, 1])];
  const options = { batchSize: BATCH, shuffle: false, verbose: 0, yieldEvery: 'never' } as object;
  model.compile({ optimizer: tf.train.adam(0.05, 0.9, 0.999, 1e-7), loss });
  await model.fit(xs, ys, { ...options, epochs: 40 });
  model.compile({ optimizer: tf.train.adam(0.005, 0.9, 0.999, 1e-7), loss });
  await model.fit(xs, ys, { ...options, epochs: 40 });
  const sums = [0, 1].map(() => Array<number>(D).fill(0));
  const add = (): void =>
    layer.getWeights().forEach((w, k) => w.dataSync().forEach((v, d) => (sums[k]![d]! += v / AVERAGED)));
  await model.fit(xs, ys, { ...options, epochs: AVERAGED, callbacks: { onEpochEnd: add } });
  tf.dispose([xs, ys]);
  return { mean: sums[0]!, scale: sums[1]!.map(Math.exp) };
}

const AVERAGED = 80;

/**
 * In units of the posterior: |m − m*| / s*, and |ln s − ln s*|. One step's gradient noise, seen through the curvature at the
 * optimum (1/(N s²) for m, 2/N for ln s), has the stddev √(D/N · N/BATCH) = 0.45 of s for m, and 1/(2√D) · √(N/BATCH) = 0.58 for ln s;
 * the average over 320 steps divides by √320 where they are independent. Adam's memory makes it a few times more.
 */
const TOLERANCE = { mean: 0.15, scale: 0.12 };

function distance(a: { mean: number[]; scale: number[] }, b: typeof a): { mean: number; scale: number } {
  return {
    mean: Math.max(...a.mean.map((m, d) => Math.abs(m - b.mean[d]!) / b.scale[d]!)),
    scale: Math.max(...a.scale.map((s, d) => Math.abs(Math.log(s / b.scale[d]!)))),
  };
}

// One or two backends: what is computed on each is the same, and is compared elsewhere.
describe.each(backends.filter((backend) => ['cpu', 'wasm'].includes(backend)))('fit on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test('with KL_factor 1/N converges to the factorised posterior', async () => {
    const d = distance(await trained(1 / N), closedForm());
    expect(d.mean).toBeLessThan(TOLERANCE.mean);
    expect(d.scale).toBeLessThan(TOLERANCE.scale);
  });
});

describe('a wrong KL_factor', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('of twice 1/N leads to the posterior of temperature 2, which is out of the tolerance', async () => {
    const found = await trained(2 / N);
    const tempered = distance(found, closedForm(2));
    expect(tempered.mean).toBeLessThan(TOLERANCE.mean);
    expect(tempered.scale).toBeLessThan(TOLERANCE.scale);
    expect(distance(found, closedForm()).scale).toBeGreaterThan(2 * TOLERANCE.scale);
  });

  test.each([
    ['batch/N', BATCH],
    ['1', N],
  ])('of %s would be seen, in the scales', (_, T) => {
    expect(distance(closedForm(T), closedForm()).scale).toBeGreaterThan(4 * TOLERANCE.scale);
  });
});
