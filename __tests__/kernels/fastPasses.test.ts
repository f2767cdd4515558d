/** The KL and whole training passes by fast paths: scales and priors of all kinds. */
import * as tf from '@tensorflow/tfjs';
import { appendOnes } from '../../src/numerics/columnOfOnes';
import { localPass as pass } from '../../src/estimators/localPass';
import type { Prior } from '../../src/gaussian/prior';
import { withBias } from '../../src/maps/bias';
import { dense } from '../../src/maps/dense';
import { relu, reluWithOnes } from '../../src/numerics/relu';
import { scaledKL, spreadAndKL, type Power } from '../../src/gaussian/spread';
import { klOf, scattered, type Matrix } from '../helpers/closedForms';
import { localDraw, localPass, localReluPass } from '../helpers/denseDraws';
import { eachBackend } from '../helpers/eachBackend';
import { expectSame, SIZES, tensor, valueAndGradients } from '../helpers/fastPath';
import { expectAllClose } from '../helpers/toBeAllClose';

const PASSES: Array<[string, typeof localPass, (z: tf.Tensor) => tf.Tensor]> = [
  ['plain', localPass, (z) => z],
  ['with relu and ones', localReluPass, (z) => appendOnes(tf.relu(z))],
];

eachBackend('kernels', () => {
  /** Scales against the prior 0.5: far below, near, equal, above. */
  const SCALES: Array<[string, (u: number) => number]> = [
    ['far below the prior', (u) => Math.log(0.01) + 0.3 * u],
    ['near the prior', (u) => Math.log(0.5) + 1e-4 * u],
    ['around the prior', (u) => Math.log(0.5) + 0.24 * u],
    ['near the prior but for a few', (u) => Math.log(0.5) + (u > 0.97 ? -3 : 1e-4 * u)],
    ['above the prior', (u) => Math.log(20) + u],
    ['everywhere', (u) => Math.log(0.5) + 6 * u],
  ];
  const lnScales = (D: number, H: number, f: (u: number) => number): Matrix =>
    scattered(D, H, 4).map((row) => row.map((u) => Math.fround(f(u))));

  describe.each(SCALES)('scales %s', (_, f) => {
    test.each([1, 2] as Power[])('spread, power %i, with KL and gradients', (power) => {
      for (const [, D, H] of SIZES) {
        const weights = () => [tensor(scattered(D, H, 1)), tensor(lnScales(D, H, f))];
        expectSame((M, R) => spreadAndKL(M, R, { mean: 0, stddev: 0.5 }, power).spread, weights);
        expectSame((M, R) => spreadAndKL(M, R, { mean: 0, stddev: 0.5 }, power).kl, weights, 2e-5);
        expectSame((M, R) => {
          const parts = spreadAndKL(M, R, { mean: 0, stddev: 0.5 }, power);
          return tf.add(parts.spread, scaledKL(parts.kl, 0.01));
        }, weights);
      }
    });

    test.each(PASSES)('a training pass, %s: output, KL and gradients', (_name, pass, outputOf) => {
      for (const [B, D, H] of SIZES) {
        const inputs = () => [
          tensor(scattered(B, D)),
          tensor(scattered(D, H, 1)),
          tensor(lnScales(D, H, f)),
          tensor(scattered(B, H, 3)),
        ];
        expectSame((X, M, R, ε) => pass(X, M, R, ε, { p: 0.5, c: 0.01 }).output, inputs);
        expectSame((X, M, R, ε) => pass(X, M, R, ε, { p: 0.5, c: 3 }).scaledKL, inputs, 2e-5);
        const together = (X: tf.Tensor, M: tf.Tensor, R: tf.Tensor, ε: tf.Tensor): tf.Tensor => {
          const { output, scaledKL } = pass(X, M, R, ε, { p: 0.5, c: 0.01 });
          return tf.add(output, scaledKL);
        };
        expectSame((X, M, R, ε) => together(X, M, R, ε), inputs);
        // What it is: the draw and the KL apart.
        tf.tidy(() => {
          const apart = (X: tf.Tensor, M: tf.Tensor, R: tf.Tensor, ε: tf.Tensor): tf.Tensor => {
            const { spread: V, kl } = spreadAndKL(M, R, { mean: 0, stddev: 0.5 }, 2);
            return tf.add(outputOf(localDraw(X, M, V, ε)), scaledKL(kl, 0.01));
          };
          const [fast, plain] = [together, apart].map((g) =>
            valueAndGradients((X, M, R, ε) => g(X, M, R, ε), inputs()),
          );
          fast!.forEach((t, i) => {
            const scale = plain![i]!.abs().max().dataSync()[0]!;
            expectAllClose(t, plain![i]!, { rtol: 1e-5, atol: 1e-6 * scale });
          });
        });
      }
    });

    test.each([1e-3, 1e-9])('the KL to the digits of float32, means of %d', (size) => {
      tf.tidy(() => {
        const [D, H] = [13, 7];
        const [M, R] = [
          scattered(D, H, 1).map((row) => row.map((m) => Math.fround(m * size))),
          lnScales(D, H, f),
        ];
        // ln p is rounded to float32 as the logarithms of the scales are.
        const p = Math.exp(Math.fround(Math.log(0.5)));
        const expected = M.flatMap((row, d) => row.map((m, h) => klOf(m, Math.exp(R[d]![h]!), p)));
        const sum = expected.reduce((a, b) => a + b);
        const [X, ε] = [tensor(scattered(2, D)), tensor(scattered(2, H))];
        const { scaledKL } = localPass(X, tensor(M), tensor(R), ε, { p: 0.5, c: 1 });
        for (const kl of [spreadAndKL(tensor(M), tensor(R), { mean: 0, stddev: 0.5 }, 2).kl, scaledKL])
          expectAllClose(kl, sum, { rtol: 3e-6, atol: 0 });
      });
    });
  });

  test('a prior for each weight', () => {
    const means = tensor(scattered(5, 3, 7));
    const priors = tensor(scattered(5, 3, 6))
      .abs()
      .add(0.1);
    expectSame(
      (M, R) => spreadAndKL(M, R, { mean: means, stddev: priors }, 2).kl,
      () => [tensor(scattered(5, 3, 1)), tensor(scattered(5, 3, 2))],
    );
    tf.dispose([means, priors]);
  });

  /** Powers of two, whose logarithms every backend rounds alike. */
  const PRIORS: Array<[string, (shape: number[]) => Prior]> = [
    ['one stddev', () => ({ mean: 0, stddev: 0.5 })],
    ['a mean', () => ({ mean: 0.3, stddev: 0.5 })],
    ['a stddev for each weight', (shape) => ({ mean: 0, stddev: tf.pow(2, row(shape, 5).mul(2).round()) })],
    ['a mean for each weight', (shape) => ({ mean: row(shape, 6), stddev: 0.5 })],
    ['stddevs that broadcast', (shape) => ({ mean: 1, stddev: tf.fill([shape.at(-1)!], 2) })],
  ];
  const row = (shape: number[], salt: number): tf.Tensor =>
    tensor(scattered(1, tf.util.sizeFromShape(shape), salt)).reshape(shape);

  test.each(PRIORS)('passes over both dense maps, every output, with %s', (_name, priorOf) => {
    for (const map of [dense, withBias(dense)])
      for (const outputOf of [(z: tf.Tensor) => z, relu, reluWithOnes])
        tf.tidy(() => {
          const shapes = map === dense ? [[13, 7]] : [[13, 7], [7]]; // prettier-ignore
          const k = shapes.length;
          const priors = shapes.map(priorOf);
          const weights = [1, 2].flatMap((salt) => shapes.map((shape) => row(shape, salt)));
          expectSame(
            (X, ε, ...w) => {
              const posterior = { mean: w.slice(0, k), lnStddev: w.slice(k) };
              const { output, scaledKL } = pass(map, X, posterior, ε, { priors, c: 0.1 }, outputOf);
              return tf.add(output, scaledKL);
            },
            () => [row([5, 13], 3), row([5, 7], 4), ...weights],
          );
        });
  });

  test.each(PASSES)('a training pass, %s, of which one gradient is asked for', (_name, pass) => {
    const inputs = [scattered(5, 13), scattered(13, 7, 1), scattered(13, 7, 2), scattered(5, 7, 3)];
    const f = (X: tf.Tensor, M: tf.Tensor, R: tf.Tensor, ε: tf.Tensor): tf.Tensor => {
      const { output, scaledKL } = pass(X, M, R, ε, { p: 0.5, c: 0.01 });
      return tf.add(output, scaledKL);
    };
    tf.tidy(() => {
      const xs = inputs.map(tensor);
      const all = tf.grads((...x) => f(x[0]!, x[1]!, x[2]!, x[3]!))(xs);
      for (const only of [0, 1, 2, 3, 2, 1, 0]) {
        const fOfOne = (one: tf.Tensor): tf.Tensor => {
          const [X, M, R, ε] = xs.map((x, i) => (i === only ? one : x));
          return f(X!, M!, R!, ε!);
        };
        expectAllClose(tf.grad(fOfOne)(xs[only]!), all[only]!, { rtol: 1e-6, atol: 1e-6 });
      }
    });
  });
});
