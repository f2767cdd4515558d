import * as tf from '@tensorflow/tfjs';
import { standardNormal } from '../../src/noise/noise';
import { HiddenLayerDistribution } from '../../src/distribution';
import type { Estimator } from '../../src/estimators/estimator';
import { local } from '../../src/estimators/local';
import { weightSpace } from '../../src/estimators/weightSpace';
import { dense } from '../../src/maps/dense';
import { elementwise, matMul, momentsOf, rounded, scattered, type Matrix } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { finiteDifferences } from '../helpers/finiteDifferences';
import { expectChance, zOfCovariance, zOfMean, zOfVariance } from '../helpers/gaussianTests';
import { expectAllClose } from '../helpers/toBeAllClose';

const [B, D, H] = [6, 3, 2];
const X = scattered(B, D, 1);
const A_mean = scattered(D, H, 2);
const A_scale = rounded(elementwise((v) => 0.3 * Math.exp(v), scattered(D, H, 3)));

/** The shape of the noise of one draw. */
const noiseShape = (way: Estimator, xShape: number[]): number[] => way.noise(dense, xShape, [[D, H]])[0]!;

/** The draws of a linear distribution: as many as the noise has axes in front. */
function drawn(
  way: Estimator,
  X: tf.Tensor,
  A_mean: tf.Tensor,
  A_scale: tf.Tensor,
  noise: tf.Tensor,
): tf.Tensor {
  const distribution = new HiddenLayerDistribution({
    ...{ X, A_mean, A_scale, non_linearity: (z) => z },
    ...{ include_hidden_bias: false, weight_space_sampling: way === weightSpace },
  });
  const rank = noiseShape(way, X.shape).length;
  return distribution.rsample(noise.shape.slice(0, noise.rank - rank), { noise });
}

/** z for one draw of noise, in double precision. */
type Reference = (X: Matrix, A_mean: Matrix, A_scale: Matrix, ε: Matrix) => Matrix;
const ways: Array<[string, Estimator, number, Reference]> = [
  [
    'local',
    local,
    B,
    (x, m, s, ε) => {
      const { mean, variance } = momentsOf(x, m, s);
      return elementwise((μ, v, e) => μ + Math.sqrt(v) * e, mean, variance, ε);
    },
  ],
  [
    'weightSpace',
    weightSpace,
    D,
    (x, m, s, ε) =>
      matMul(
        x,
        elementwise((μ, σ, e) => μ + σ * e, m, s, ε),
      ),
  ],
];

/** Axes of X before the last, and of the draws before those. */
const shapes: Array<[number[], number[]]> = [
  [[B], []],
  [[B], [4]],
  [[B], [2, 3]],
  [[2, 3], []],
  [[2, 3], [2]],
  [
    [1, 2, 3],
    [2, 1, 2],
  ],
];

test('local asks for one number per example and unit, weightSpace for one per weight', () => {
  expect(noiseShape(local, [7, 5, D])).toEqual([7, 5, H]);
  expect(noiseShape(weightSpace, [7, 5, D])).toEqual([D, H]);
});

for (const [name, way, noiseRows, reference] of ways)
  eachBackend(name, () => {
    test.each(shapes)('X %j, draws %j: the value and its gradients, draw for draw', (lead, sampleShape) => {
      const samples = tf.util.sizeFromShape(sampleShape);
      const ε = Array.from({ length: samples }, (_, i) => scattered(noiseRows, H, 10 + i));
      const cotangents = ε.map((_, i) => scattered(B, H, 30 + i));
      const loss = (x: Matrix, m: Matrix, s: Matrix): number =>
        ε
          .flatMap((e, i) => elementwise((z, c) => z * c, reference(x, m, s, e), cotangents[i]!).flat())
          .reduce((a, b) => a + b);
      tf.tidy(() => {
        const inputs = [tf.tensor(X.flat(), [...lead, D]), tf.tensor2d(A_mean), tf.tensor2d(A_scale)];
        const shape = [...sampleShape, ...noiseShape(way, inputs[0]!.shape)];
        const noise = tf.tensor(ε.flat(2), shape);
        const outputShape = [...sampleShape, ...lead, H];
        const { value, grads } = tf.valueAndGrads((x, m, s) => drawn(way, x, m, s, noise))(
          inputs,
          tf.tensor(cotangents.flat(2), outputShape),
        );
        expect(value.shape).toEqual(outputShape);
        expectAllClose(
          value.reshape([samples, B, H]),
          ε.map((e) => reference(X, A_mean, A_scale, e)),
        );
        const [dX, dMean, dScale] = grads;
        const close = { rtol: 1e-5, atol: 3e-6 };
        expectAllClose(
          dX!.reshape([B, D]),
          finiteDifferences((x) => loss(x, A_mean, A_scale), X),
          close,
        );
        expectAllClose(
          dMean!,
          finiteDifferences((m) => loss(X, m, A_scale), A_mean),
          close,
        );
        expectAllClose(
          dScale!,
          finiteDifferences((s) => loss(X, A_mean, s), A_scale),
          close,
        );
      });
    });

    test('has mean and variance of X·A in each place, and the covariance that it claims between places', () => {
      const n = 20_000;
      const rows = X.slice(0, 3);
      const z = tf.tidy(() =>
        drawn(
          way,
          tf.tensor2d(rows),
          tf.tensor2d(A_mean),
          tf.tensor2d(A_scale),
          standardNormal([n, ...noiseShape(way, [3, D])], 31337),
        )
          .transpose([1, 2, 0])
          .arraySync(),
      ) as number[][][];
      const { mean, variance } = momentsOf(rows, A_mean, A_scale);
      const places = rows.flatMap((_, b) => A_mean[0]!.map((__, h) => [b, h] as const));
      const centred = z.map((units, b) => units.map((draws, h) => draws.map((v) => v - mean[b]![h]!)));
      // One A for all rows: Cov(z_bh, z_b′h) = Σ_d x_bd x_b′d s_dh². Units share no weight.
      const covariance = ([b, h]: readonly [number, number], [c, k]: readonly [number, number]): number =>
        way === weightSpace && h === k
          ? rows[b]!.reduce((sum, x, d) => sum + x * rows[c]![d]! * A_scale[d]![h]! ** 2, 0)
          : 0;
      expectChance([
        ...places.map(([b, h]) => zOfMean(z[b]![h]!, mean[b]![h]!, variance[b]![h]!)),
        ...places.map(([b, h]) => zOfVariance(z[b]![h]!, variance[b]![h]!)),
        ...places.flatMap((p, i) =>
          places
            .slice(i + 1)
            .map((q) =>
              zOfCovariance(
                centred[p[0]]![p[1]]!,
                centred[q[0]]![q[1]]!,
                covariance(p, q),
                variance[p[0]]![p[1]]!,
                variance[q[0]]![q[1]]!,
              ),
            ),
        ),
      ]);
    });
  });
