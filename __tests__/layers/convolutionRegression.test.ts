/**
 * Bayesian linear regression by a convolution: with y = Φ·A + noise of a known stddev σ, Φ what the filter meets at each
 * position of each example, and A ~ Normal(0, p²), the posterior is Gaussian with
 *
 *     precision Λ = ΦᵀΦ/σ² + I/p²,   mean = Λ⁻¹ Φᵀy/σ²
 *
 * and the factorised Gaussian of the least KL from it has that mean, and the variances 1/Λ_kk (Bishop 2006, eq. 10.12-10.15),
 * which are smaller than the marginal ones, (Λ⁻¹)_kk.
 */
import * as tf from '@tensorflow/tfjs';
import { adam, gaussianNLL, layers } from '../../src';
import { standardNormal } from '../../src/noise/noise';
import { expectAllClose } from '../helpers/toBeAllClose';

const [N, LENGTH, TAPS] = [48, 14, 3];
const [σ, p] = [0.5, 0.7];
const A = [0.8, -0.5, 0.3];
const [STEPS, RATE] = [400, 0.05];
/** Over so many last steps the parameters are averaged, which takes the noise of the draws out of them. */
const AVERAGED = 200;
const POSITIONS = LENGTH - TAPS + 1;

/** Series whose neighbours resemble each other, so that the weights depend on each other in the posterior. */
function data(): { x: number[][]; y: number[][] } {
  const ε = tf.tidy(() => standardNormal([N, 2 * LENGTH], 17).arraySync()) as number[][];
  const x = ε.map((row) => {
    const series = [row[0]!];
    for (let t = 1; t < LENGTH; t++) series.push(0.7 * series[t - 1]! + 0.7 * row[t]!);
    return series;
  });
  const y = x.map((series, n) =>
    Array.from({ length: POSITIONS }, (_, t) =>
      A.reduce((sum, a, k) => sum + a * series[t + k]!, σ * ε[n]![LENGTH + t]!),
    ),
  );
  return { x, y };
}

/** The closed form. */
function optimum({ x, y }: ReturnType<typeof data>): {
  mean: number[];
  stddev: number[];
  marginal: number[];
} {
  const Λ = A.map((_, i) => A.map((__, j) => (i === j ? 1 / p ** 2 : 0)));
  const b = A.map(() => 0);
  x.forEach((series, n) =>
    y[n]!.forEach((target, t) =>
      A.forEach((_, i) => {
        b[i]! += (series[t + i]! * target) / σ ** 2;
        A.forEach((__, j) => (Λ[i]![j]! += (series[t + i]! * series[t + j]!) / σ ** 2));
      }),
    ),
  );
  const inverse = inverted(Λ);
  return {
    mean: inverse.map((row) => row.reduce((sum, v, j) => sum + v * b[j]!, 0)),
    stddev: Λ.map((row, i) => 1 / Math.sqrt(row[i]!)),
    marginal: inverse.map((row, i) => Math.sqrt(row[i]!)),
  };
}

/** Gauss & Jordan. */
function inverted(matrix: number[][]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...matrix.map((_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < n; k++) {
    rows[k] = rows[k]!.map((v) => v / rows[k]![k]!);
    for (let i = 0; i < n; i++)
      if (i !== k) {
        const f = rows[i]![k]!;
        rows[i] = rows[i]!.map((v, j) => v - f * rows[k]![j]!);
      }
  }
  return rows.map((row) => row.slice(n));
}

beforeAll(() => tf.setBackend('cpu'));

/**
 * What the noise of the draws leaves. With one draw for all, the gradient of the means is ΛSε, which moves their optimum by Sε:
 * averaged over K steps by 1/√K = 0.07 stddevs; that of the logarithms, ½(S²Λ)(ε² + …), by about 0.06. Four of these are
 * allowed, three where examples have signs of their own, and less where each position is drawn by itself.
 */
test.each([
  ['local', 0.05, 0.03],
  ['flipout', 0.21, 0.18],
  ['weightSpace', 0.28, 0.24],
] as const)(
  'fit leads a convolution to the mean-field optimum of linear regression, %s',
  async (estimator, ofMeans, ofStddevs) => {
    const given = data();
    const { mean, stddev, marginal } = optimum(given);
    const layer = layers.conv1d({
      ...{ filters: 1, kernelSize: TAPS, useBias: false, inputShape: [LENGTH, 1] },
      ...{ prior: p, datasetSize: N, seed: 3, estimator },
    });
    const model = tf.sequential({ layers: [layer] });
    const optimizer = adam({ learningRate: RATE });
    model.compile({ optimizer, loss: gaussianNLL({ stddev: σ }) });
    const [x, y] = [tf.tensor(given.x, [N, LENGTH]).expandDims(2), tf.tensor(given.y, [N, POSITIONS]).expandDims(2)]; // prettier-ignore
    /** Means, and logarithms of the stddevs. */
    const found = [mean.map(() => 0), mean.map(() => 0)];
    const callbacks = {
      onEpochBegin(step: number) {
        Object.assign(optimizer, { learningRate: RATE * Math.sqrt(1 - step / STEPS) });
      },
      onEpochEnd(step: number) {
        if (step < STEPS - AVERAGED) return;
        layer.getWeights().forEach((w, i) => w.dataSync().forEach((v, k) => (found[i]![k]! += v / AVERAGED)));
      },
    };
    await model.fit(x, y, {
      ...{ epochs: STEPS, batchSize: N, shuffle: false, verbose: 0, yieldEvery: 'never', callbacks },
    });
    const [means, logarithms] = found as [number[], number[]];
    expectAllClose(
      means.map((m, k) => (m - mean[k]!) / stddev[k]!),
      [0, 0, 0],
      { atol: ofMeans },
    );
    expectAllClose(
      logarithms.map((r, k) => r - Math.log(stddev[k]!)),
      [0, 0, 0],
      { atol: ofStddevs },
    );
    // Marginal stddevs would be something else.
    expect(Math.min(...marginal.map((s, i) => s / stddev[i]!))).toBeGreaterThan(1.2);
    tf.dispose([x, y]);
    optimizer.dispose();
    model.dispose();
  },
);
