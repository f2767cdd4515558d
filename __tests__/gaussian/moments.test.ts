import * as tf from '@tensorflow/tfjs';
import { draw, stddev } from '../../src/gaussian/moments';
import { standardNormal } from '../../src/noise/noise';
import { elementwise, matMul, momentsOf, rounded, scattered, type Matrix } from '../helpers/closedForms';
import { moments, product } from '../helpers/denseDraws';
import { eachBackend } from '../helpers/eachBackend';
import { finiteDifferences } from '../helpers/finiteDifferences';
import { expectChance, zOfMean, zOfVariance } from '../helpers/gaussianTests';
import { expectAllClose } from '../helpers/toBeAllClose';

const [B, D, H] = [12, 5, 4];
const X = scattered(B, D, 1);
const A_mean = scattered(D, H, 2);
const A_scale = rounded(elementwise((v) => 0.3 * Math.exp(v), scattered(D, H, 3)));
const noise = rounded(elementwise((v) => 2 * v, scattered(B, H, 4)));
const cotangent = scattered(B, H, 5);

/** The same rows with one, two and three axes in front of the last. */
const leading = [[[B]], [[3, 4]], [[2, 1, 6]]];
const at = (lead: number[], rows: Matrix): tf.Tensor => tf.tensor(rows.flat(), [...lead, rows[0]!.length]);

const dot = (A: Matrix, C: Matrix): number =>
  elementwise((a, c) => a * c, A, C)
    .flat()
    .reduce((a, b) => a + b);
const drawOf = (x: Matrix, m: Matrix, s: Matrix): Matrix => {
  const { mean, variance } = momentsOf(x, m, s);
  return elementwise((μ, v, ε) => μ + Math.sqrt(v) * ε, mean, variance, noise);
};

type Three = [tf.Tensor, tf.Tensor, tf.Tensor];
type Output = (x: tf.Tensor, m: tf.Tensor, s: tf.Tensor) => tf.Tensor;
/** Derivatives of Σ f · cotangent. */
const gradients = (f: Output, inputs: Three, dy: tf.Tensor): Three => tf.grads(f)(inputs, dy) as Three;

eachBackend('moments', () => {
  test.each(leading)('mean = X·A_mean and variance = X²·A_scale², axes before the last: %j', (lead) => {
    tf.tidy(() => {
      const actual = moments(at(lead, X), tf.tensor2d(A_mean), tf.tensor2d(A_scale));
      const expected = momentsOf(X, A_mean, A_scale);
      expect([actual.mean.shape, actual.variance.shape]).toEqual([
        [...lead, H],
        [...lead, H],
      ]);
      expectAllClose(actual.mean.reshape([B, H]), expected.mean);
      expectAllClose(actual.variance.reshape([B, H]), expected.variance, { rtol: 1e-6, atol: 0 });
    });
  });

  test('are those of X·A over many draws of the weights', () => {
    const n = 20_000;
    const ε = tf.tidy(() => standardNormal([n, D, H], 20261).arraySync() as Matrix[]);
    const rows = X.slice(0, 3);
    const z = ε.map((e) =>
      matMul(
        rows,
        elementwise((m, s, v) => m + s * v, A_mean, A_scale, e),
      ),
    );
    tf.tidy(() => {
      const { mean, variance } = moments(tf.tensor2d(rows), tf.tensor2d(A_mean), tf.tensor2d(A_scale));
      const [m, v] = [mean.arraySync() as Matrix, variance.arraySync() as Matrix];
      expectChance(
        rows.flatMap((_, b) =>
          A_mean[0]!.flatMap((__, h) => {
            const sample = z.map((drawn) => drawn[b]![h]!);
            return [zOfMean(sample, m[b]![h]!, v[b]![h]!), zOfVariance(sample, v[b]![h]!)];
          }),
        ),
      );
    });
  });

  const outputs: Array<[string, Output, (x: Matrix, m: Matrix, s: Matrix) => Matrix]> = [
    ['mean', (x, m, s) => moments(x, m, s).mean.add(s.sum().mul(0)), (x, m, s) => momentsOf(x, m, s).mean],
    [
      'variance',
      (x, m, s) => moments(x, m, s).variance.add(m.sum().mul(0)),
      (x, m, s) => momentsOf(x, m, s).variance,
    ],
    [
      'draw',
      (x, m, s) => draw(moments(x, m, s), tf.tensor2d(noise).reshape([...x.shape.slice(0, -1), H])),
      drawOf,
    ],
  ];
  describe.each(outputs)('the gradient of the %s', (_, output, reference) => {
    test.each(leading)('is that of finite differences, axes before the last: %j', (lead) => {
      tf.tidy(() => {
        const inputs: Three = [at(lead, X), tf.tensor2d(A_mean), tf.tensor2d(A_scale)];
        const [dX, dMean, dScale] = gradients(output, inputs, at(lead, cotangent));
        const f = (x: Matrix, m: Matrix, s: Matrix): number => dot(reference(x, m, s), cotangent);
        expect(dX.shape).toEqual([...lead, D]);
        expectAllClose(
          dX.reshape([B, D]),
          finiteDifferences((x) => f(x, A_mean, A_scale), X),
          { atol: 3e-6 },
        );
        expectAllClose(
          dMean,
          finiteDifferences((m) => f(X, m, A_scale), A_mean),
          { atol: 3e-6 },
        );
        expectAllClose(
          dScale,
          finiteDifferences((s) => f(X, A_mean, s), A_scale),
          { atol: 3e-6 },
        );
      });
    });
  });

  test.each([0, 1e-30, -1e-40])('rows of %d draw their mean and spoil no gradient', (tiny) => {
    const withTiny = [...X.slice(1), new Array<number>(D).fill(tiny)];
    const f: Output = (x, m, s) => draw(moments(x, m, s), tf.tensor2d(noise));
    tf.tidy(() => {
      const weights = [tf.tensor2d(A_mean), tf.tensor2d(A_scale)] as const;
      const [x, dy] = [tf.tensor2d(withTiny), tf.tensor2d(cotangent)];
      expectAllClose(f(x, ...weights).slice([B - 1], [1]), tf.zeros([1, H]));
      const [dX, dMean, dScale] = gradients(f, [x, ...weights], dy);
      // The other rows alone, with their noise.
      const others: Output = (y, m, s) => draw(moments(y, m, s), tf.tensor2d(noise.slice(0, -1)));
      const expected = gradients(
        others,
        [tf.tensor2d(withTiny.slice(0, -1)), ...weights],
        dy.slice(0, B - 1),
      );
      expectAllClose(dX.slice(0, B - 1), expected[0]);
      expectAllClose(dMean, expected[1]);
      expectAllClose(dScale, expected[2]);
      // The way through the mean is what is left.
      expectAllClose(
        dX.slice(B - 1),
        matMul(
          cotangent.slice(-1),
          A_mean[0]!.map((_, h) => A_mean.map((row) => row[h]!)),
        ),
      );
    });
  });
});

eachBackend('draw', () => {
  test('has the further axes of the noise in front', () => {
    tf.tidy(() => {
      const m = moments(tf.tensor2d(X), tf.tensor2d(A_mean), tf.tensor2d(A_scale));
      const [once, none] = [tf.tensor2d(noise), tf.zeros([B, H])];
      expectAllClose(draw(m, tf.stack([once, none])), [
        drawOf(X, A_mean, A_scale),
        momentsOf(X, A_mean, A_scale).mean,
      ]);
    });
  });
});

eachBackend('product', () => {
  test.each(leading)('is the product over the last axis: %j', (lead) => {
    tf.tidy(() => {
      const z = product(at(lead, X), tf.tensor2d(A_mean));
      expect(z.shape).toEqual([...lead, H]);
      expectAllClose(z.reshape([B, H]), matMul(X, A_mean));
    });
  });
});

eachBackend('stddev', () => {
  test('is the root, with the derivative 1/(2√v), and 0 where v = 0', () => {
    const variances = [0, 1e-36, 1e-12, 0.25, 4, 1e30];
    tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((v) => stddev(v))(tf.tensor1d(variances), tf.fill([6], 3));
      expectAllClose(value, variances.map(Math.sqrt), { rtol: 1e-6, atol: 0 });
      expectAllClose(grad, [0, ...variances.slice(1).map((v) => 1.5 / Math.sqrt(v))], {
        rtol: 1e-6,
        atol: 0,
      });
    });
  });
});
