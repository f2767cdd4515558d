import * as tf from '@tensorflow/tfjs';
import { klFromPrior, lnScaleRatio, log1pRatio } from '../../src/gaussian/kl';
import {
  elementwise,
  klOf,
  klSlopeInPrior,
  klSlopeInScale,
  lnRatioOf,
  rounded,
  scattered,
  type Matrix,
} from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { finiteDifferences } from '../helpers/finiteDifferences';
import { expectAllClose } from '../helpers/toBeAllClose';

const [D, H] = [5, 4];
const A_mean = scattered(D, H, 1);
const A_scale = rounded(elementwise((v) => 0.3 * Math.exp(v), scattered(D, H, 2)));
const relative = { rtol: 1e-5, atol: 0 };

/** A shape of the prior, and which of its numbers is that of weight (d, h). */
const priorShapes: Array<[number[], (d: number, h: number) => number]> = [
  [[], () => 0],
  [[1], () => 0],
  [[1, 1], () => 0],
  [[H], (_, h) => h],
  [[1, H], (_, h) => h],
  [[D, 1], (d) => d],
  [[D, H], (d, h) => d * H + h],
];
const numbers = rounded([scattered(1, D * H, 3)[0]!.map((v) => Math.exp(v))])[0]!;
const priorOf = (shape: number[]): number[] => numbers.slice(0, tf.util.sizeFromShape(shape));
const spread = (prior: number[], index: (d: number, h: number) => number): Matrix =>
  A_mean.map((row, d) => row.map((_, h) => prior[index(d, h)]!));

const total = (A: Matrix): number => A.flat().reduce((a, b) => a + b);
const kl = (m: tf.Tensor, s: tf.Tensor, p: tf.Tensor): tf.Tensor => klFromPrior(m, lnScaleRatio(s, p), p);
const klGradients = (m: tf.Tensor, s: tf.Tensor, p: tf.Tensor): [tf.Tensor, tf.Tensor, tf.Tensor] =>
  tf.grads(kl)([m, s, p]) as [tf.Tensor, tf.Tensor, tf.Tensor];

eachBackend('klFromPrior', () => {
  test.each(priorShapes)('is the closed form, with a prior of shape %j', (shape, index) => {
    const prior = priorOf(shape);
    tf.tidy(() => {
      const actual = kl(tf.tensor2d(A_mean), tf.tensor2d(A_scale), tf.tensor(prior, shape));
      expectAllClose(actual, total(elementwise(klOf, A_mean, A_scale, spread(prior, index))), relative);
    });
  });

  test.each(priorShapes)(
    'has the gradients of finite differences, with a prior of shape %j',
    (shape, index) => {
      const prior = priorOf(shape);
      const reference = (m: Matrix, s: Matrix, p: number[]): number =>
        total(elementwise(klOf, m, s, spread(p, index)));
      tf.tidy(() => {
        const [dMean, dScale, dPrior] = klGradients(
          tf.tensor2d(A_mean),
          tf.tensor2d(A_scale),
          tf.tensor(prior, shape),
        );
        // The differences themselves are good to about 1e-9.
        const close = { rtol: 1e-5, atol: 1e-6 };
        expectAllClose(
          dMean,
          finiteDifferences((m) => reference(m, A_scale, prior), A_mean),
          close,
        );
        expectAllClose(
          dScale,
          finiteDifferences((s) => reference(A_mean, s, prior), A_scale),
          close,
        );
        expect(dPrior.shape).toEqual(shape);
        expectAllClose(
          dPrior.flatten(),
          finiteDifferences(([p]) => reference(A_mean, A_scale, p!), [prior])[0]!,
          close,
        );
      });
    },
  );

  test('is 0, and flat, where posterior and prior agree', () => {
    tf.tidy(() => {
      const p = tf.tensor1d([1e-18, 0.1, 0.3, 1, 3, 1e18]);
      const [m, s] = [tf.zeros([2, 6]), p.expandDims(0).tile([2, 1])];
      expectAllClose(kl(m, s, p), 0, { rtol: 0, atol: 0 });
      for (const gradient of klGradients(m, s, p)) expectAllClose(tf.abs(gradient), tf.zerosLike(gradient));
    });
  });

  describe.each([1e-18, 1e-6, 0.3, 1, 1e6, 1e18])(
    'where posterior and prior nearly agree, at %d',
    (scale) => {
      const p = Math.fround(scale);

      // u = 2 ln(s/p) from 2e-7, one unit of float32, to the end of the series at ½ and beyond it.
      const offsets = [
        1.2e-7, 5e-7, -5e-7, 1e-6, 1e-5, -1e-5, 1e-4, 1e-3, -1e-2, 0.1, -0.2, 0.25, 0.28, 0.29, 0.5,
      ];
      test.each(offsets)('A_scale = p (1 + %d) costs what it should, to 1e-5', (δ) => {
        const s = Math.fround(p * (1 + δ));
        tf.tidy(() => {
          const tensors = [0, s, p].map((v) => tf.tensor2d([[v]])) as [tf.Tensor, tf.Tensor, tf.Tensor];
          expectAllClose(kl(...tensors), klOf(0, s, p), relative);
          const [, dScale, dPrior] = klGradients(...tensors);
          expectAllClose(dScale, [[klSlopeInScale(s, p)]], relative);
          expectAllClose(dPrior, [[klSlopeInPrior(0, s, p)]], relative);
        });
      });
    },
  );

  test.each([1e-6, -1e-6, 1e-4, -1e-3, 0.1, 0.2499, 0.2501, -0.2499, -0.2501, 1, -3, 20, -40])(
    'as a function of ln(A_scale/p) = %d: value and gradient expm1(u), to 1e-5',
    (lnRatio) => {
      const u = 2 * Math.fround(lnRatio);
      tf.tidy(() => {
        const f = (r: tf.Tensor): tf.Tensor => klFromPrior(tf.zeros([1, 1]), r, tf.scalar(1));
        const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d([[lnRatio]]));
        expectAllClose(value, 0.5 * (Math.expm1(u) - u), relative);
        expectAllClose(grad, [[Math.expm1(u)]], relative);
      });
    },
  );

  /** [mean, scale, prior], with quotients up to 1e18; the slope in a prior of 1e-18 would leave float32. */
  const far: Array<[number, number, number]> = [
    [1e-6, 1e-6, 1],
    [1, 1e6, 1],
    [1e6, 1e6, 1e-6],
    [1e-6, 1e-6, 1e6],
    [2, 1e-18, 1],
    [0.5, 1e18, 1],
    [1, 1, 1e-12],
    [1, 1, 1e18],
    [3e-18, 2e-18, 1e-18],
    [3e18, 2e18, 1e18],
  ];
  test.each(far)('mean %d, scale %d, prior %d: value and gradients, to 1e-5', (...given) => {
    const [m, s, p] = given.map(Math.fround) as [number, number, number];
    tf.tidy(() => {
      const tensors = given.map((v) => tf.tensor2d([[v]])) as [tf.Tensor, tf.Tensor, tf.Tensor];
      expectAllClose(kl(...tensors), klOf(m, s, p), relative);
      const [dMean, dScale, dPrior] = klGradients(...tensors);
      expectAllClose(dMean, [[m / p / p]], relative);
      expectAllClose(dScale, [[klSlopeInScale(s, p)]], relative);
      expectAllClose(dPrior, [[klSlopeInPrior(m, s, p)]], relative);
    });
  });

  test('keeps its digits over 300,000 weights that share one prior, and so does its gradient', () => {
    // One column of equal weights: what a plain sum of float32 does worst.
    const [n, m, s, p] = [300_001, 0.05, 0.0123, 0.9].map(Math.fround) as [number, number, number, number];
    tf.tidy(() => {
      const of = (prior: tf.Tensor): tf.Tensor => kl(tf.fill([n, 1], m), tf.fill([n, 1], s), prior);
      const { value, grad } = tf.valueAndGrad(of)(tf.scalar(p));
      expectAllClose(value, n * klOf(m, s, p), relative);
      expectAllClose(grad, n * klSlopeInPrior(m, s, p), relative);
    });
  });
});

eachBackend('lnScaleRatio', () => {
  test.each(priorShapes)('is ln(A_scale/p), with a prior of shape %j', (shape, index) => {
    const prior = priorOf(shape);
    tf.tidy(() => {
      const actual = lnScaleRatio(tf.tensor2d(A_scale), tf.tensor(prior, shape));
      const expected = elementwise(lnRatioOf, A_scale, spread(prior, index));
      expectAllClose(actual, expected, { rtol: 1e-6, atol: 0 });
    });
  });

  test('keeps seven digits from one unit of float32 to 18 powers of ten', () => {
    const exponents = Array.from({ length: 400 }, (_, i) => -7 + (i / 399) * 25);
    const scales = exponents.flatMap((e) => [1 + 10 ** e, 1 / (1 + 10 ** e)]).map(Math.fround);
    tf.tidy(() => {
      const actual = lnScaleRatio(tf.tensor2d([scales]), tf.scalar(1));
      expectAllClose(actual, [scales.map((s) => lnRatioOf(s, 1))], { rtol: 6e-7, atol: 0 });
    });
  });
});

eachBackend('log1pRatio', () => {
  test('is ln(1 + d)/d from −½ to 1, and 1 at 0', () => {
    const d = [-0.5, -0.3, -1e-3, -1e-7, 0, 1e-7, 1e-3, 0.4, 1].map(Math.fround);
    const expected = d.map((v) => (v === 0 ? 1 : Math.log1p(v) / v));
    tf.tidy(() => expectAllClose(log1pRatio(tf.tensor1d(d)), expected, { rtol: 1e-6, atol: 0 }));
  });
});
