import * as tf from '@tensorflow/tfjs';
import { standardNormal } from '../../src/noise/noise';
import { localReparameterization, weightSpace, type Preactivation } from '../../src/estimators/preactivation';
import { elementwise, matMul, momentsOf, rounded, scattered, type Matrix } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { finiteDifferences } from '../helpers/finiteDifferences';
import { expectChance, zOfCovariance, zOfMean, zOfVariance } from '../helpers/gaussianTests';
import { expectAllClose } from '../helpers/toBeAllClose';

const [B, D, H] = [6, 3, 2];
const X = scattered(B, D, 1);
const A_mean = scattered(D, H, 2);
const A_scale = rounded(elementwise((v) => 0.3 * Math.exp(v), scattered(D, H, 3)));

/** z for one draw of noise, in double precision. */
type Reference = (X: Matrix, A_mean: Matrix, A_scale: Matrix, ε: Matrix) => Matrix;
const ways: Array<[string, Preactivation, number, Reference]> = [
  [
    'localReparameterization',
    localReparameterization,
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

test('localReparameterization asks for one number per example and unit, weightSpace for one per weight', () => {
  expect(localReparameterization.noiseShape([7, 5, D], [D, H])).toEqual([7, 5, H]);
  expect(weightSpace.noiseShape([7, 5, D], [D, H])).toEqual([D, H]);
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
        const noiseShape = [...sampleShape, ...way.noiseShape(inputs[0]!.shape, [D, H])];
        const noise = tf.tensor(ε.flat(2), noiseShape);
        const outputShape = [...sampleShape, ...lead, H];
        const { value, grads } = tf.valueAndGrads((x, m, s) => way.draw(x, m, s, noise))(
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
        way
          .draw(
            tf.tensor2d(rows),
            tf.tensor2d(A_mean),
            tf.tensor2d(A_scale),
            standardNormal([n, ...way.noiseShape([3, D], [D, H])], 31337),
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
