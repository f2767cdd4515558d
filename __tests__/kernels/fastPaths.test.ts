/** Every fast path against what it is a fast path of: values and gradients, on every backend, at awkward sizes. */
import * as tf from '@tensorflow/tfjs';
import { appendOnes } from '../../src/numerics/columnOfOnes';
import { kernels } from '../../src/kernels/door';
import { draw } from '../../src/gaussian/moments';
import { crossEntropy } from '../../src/likelihoods/crossEntropy';
import { localPass as pass } from '../../src/estimators/localPass';
import type { Prior } from '../../src/gaussian/prior';
import { withBias } from '../../src/maps/bias';
import { dense } from '../../src/maps/dense';
import { linear } from '../../src/maps/linear';
import { relu, reluWithOnes } from '../../src/numerics/relu';
import { scaledKL, spread, spreadAndKL, type Power } from '../../src/gaussian/spread';
import { klOf, scattered, type Matrix } from '../helpers/closedForms';
import { localDraw, localPass, localReluDraw, localReluPass, moments, product } from '../helpers/denseDraws';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

/** B, D, H: loops go by four and eight numbers, and by 512 rows of a product. */
const SIZES: Array<[number, number, number]> = [
  [1, 1, 1],
  [2, 3, 5],
  [4, 8, 8],
  [5, 13, 7],
  [3, 1030, 9],
  [33, 17, 12],
];

const tensor = (values: Matrix): tf.Tensor2D => tf.tensor2d(values);

/** X, A_mean, A_variance and noise. */
const drawInputs = (B: number, D: number, H: number): [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] => [
  tensor(scattered(B, D)),
  tensor(scattered(D, H, 1)),
  tensor(scattered(D, H, 2)).square(),
  tensor(scattered(B, H, 3)),
];

/** f and its gradients with respect to all of xs, of the sum of its output times numbers that differ. */
function valueAndGradients(f: (...xs: tf.Tensor[]) => tf.Tensor, xs: tf.Tensor[]): tf.Tensor[] {
  const y = f(...xs);
  const dy = tensor(scattered(1, y.size, 9)).reshape(y.shape);
  return [y, ...tf.grads(f)(xs, dy)];
}

function expectSame(f: (...xs: tf.Tensor[]) => tf.Tensor, xs: () => tf.Tensor[], rtol = 1e-5): void {
  tf.tidy(() => {
    const fast = valueAndGradients(f, xs());
    const plain = withoutKernels(() => valueAndGradients(f, xs()));
    fast.forEach((t, i) => {
      const scale = plain[i]!.abs().max().dataSync()[0]!;
      expectAllClose(t, plain[i]!, { rtol, atol: 1e-6 * scale });
    });
  });
}

const PASSES: Array<[string, typeof localPass, (z: tf.Tensor) => tf.Tensor]> = [
  ['plain', localPass, (z) => z],
  ['with relu and ones', localReluPass, (z) => appendOnes(tf.relu(z))],
];

/** What each backend has to offer: a kernel that silently stays away would pass every comparison. */
const SIMD = [
  ...['adam', 'affine', 'columnSums', 'lnScaleGradient', 'normals', 'product', 'reparameterize'],
  ...['varianceAndKL', 'varianceGradient'],
];
const OFFERED: Record<string, string[]> = {
  cpu: SIMD,
  wasm: SIMD,
  tensorflow: [
    ...[
      'adam',
      'crossEntropy',
      'crossEntropyGradient',
      'lnScaleGradient',
      'local',
      'normals',
      'reluGradient',
    ],
    ...['reparameterize', 'varianceAndKL', 'varianceGradient', 'version'],
  ],
};

eachBackend('kernels', (backend) => {
  test('are there', () => {
    expect(Object.keys(kernels())).toEqual(expect.arrayContaining(OFFERED[backend]!));
  });

  test('can be turned off', () => {
    withoutKernels(() => {
      expect(kernels()).toEqual({});
    });
  });

  test.each(SIZES)('a draw and its gradients: [%i, %i] · [%i]', (B, D, H) => {
    const inputs = () => drawInputs(B, D, H);
    expectSame((X, M, V, ε) => localDraw(X, M, V, ε), inputs);
    // What it is: the draw from the moments, here differentiated by TensorFlow.js.
    tf.tidy(() => {
      const [X, M, V, ε] = inputs();
      const definition = (...[x, m, s, e]: tf.Tensor[]): tf.Tensor => draw(moments(x!, m!, s!), e!);
      const [z, dX, dM, dS, dε] = valueAndGradients(definition, [X, M, V.sqrt(), ε]);
      const fast = valueAndGradients((x, m, s, e) => localDraw(x, m, s.square(), e), [X, M, V.sqrt(), ε]);
      [z, dX, dM, dS, dε].forEach((t, i) => expectAllClose(fast[i]!, t!, { rtol: 1e-4, atol: 1e-5 }));
    });
  });

  test('a draw where a row of the input is zero has finite gradients', () => {
    tf.tidy(() => {
      const inputs = [
        tensor([
          [0, 0, 0],
          [1, 2, 3],
        ]),
        ...[tensor(scattered(3, 5, 1)), tensor(scattered(3, 5, 2)).square(), tensor(scattered(2, 5, 3))],
      ];
      const results = valueAndGradients((X, M, V, ε) => localDraw(X, M, V, ε), inputs);
      for (const t of results) expect(t.isFinite().all().dataSync()[0]).toBe(1);
    });
  });

  test('of a batch without rows the gradients are zeros, whatever lay in the memory before', () => {
    tf.tidy(() => {
      const [D, H] = [13, 7];
      product(tensor(scattered(40, 40)), tensor(scattered(40, 40, 1)));
      const weights = [tensor(scattered(D, H, 1)), tensor(scattered(D, H, 2))] as const;
      const draw = (M: tf.Tensor, V: tf.Tensor): tf.Tensor =>
        localDraw(tf.zeros([0, D]), M, V, tf.zeros([0, H]));
      expect(draw(...weights).shape).toEqual([0, H]);
      const gradients = tf.grads((M, V) => draw(M, V))([...weights], tf.zeros([0, H]));
      for (const gradient of gradients) expectAllClose(gradient, tf.zeros([D, H]), { rtol: 0, atol: 0 });
    });
  });

  test.each(SIZES)('products and their gradients: [%i, %i] · [%i]', (B, D, H) => {
    expectSame(
      (X, A) => product(X, A),
      () => [tensor(scattered(B, D)), tensor(scattered(D, H, 1))],
    );
  });

  test.each(SIZES)('the same with a bias: [%i, %i] · [%i]', (B, D, H) => {
    const inputs = (): tf.Tensor[] => [
      ...[tensor(scattered(B, D)), tensor(scattered(D, H, 1))],
      tensor(scattered(1, H, 2)).reshape([H]),
    ];
    expectSame((X, ...A) => linear(withBias(dense), X, A), inputs);
    tf.tidy(() => {
      const [X, A, b] = inputs() as [tf.Tensor, tf.Tensor, tf.Tensor];
      expectAllClose(linear(withBias(dense), X, [A, b]), tf.add(tf.matMul(X, A), b), {
        rtol: 1e-5,
        atol: 1e-4,
      });
    });
  });

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

  test('variances are squares of scales', () => {
    tf.tidy(() => {
      const R = tensor(scattered(5, 3));
      expectAllClose(spread(R, 2), tf.square(tf.exp(R)));
      expectSame(
        (r) => spread(r, 2),
        () => [R.clone()],
      );
    });
  });

  test.each([1, 5, 8])('relu of %i numbers', (n) => {
    expectSame(
      (z) => relu(z),
      () => [tensor(scattered(1, n))],
    );
    tf.tidy(() => {
      expectAllClose(tf.grad((z) => relu(z))(tf.tensor1d([-1, 0, 2])), [0, 0, 1]);
    });
  });

  test.each(SIZES)('a draw through relu with a column of ones: [%i, %i] · [%i]', (B, D, H) => {
    const inputs = () => drawInputs(B, D, H);
    expectSame((X, M, V, ε) => localReluDraw(X, M, V, ε), inputs);
    tf.tidy(() => {
      const [X, M, V, ε] = inputs();
      const h = appendOnes(tf.relu(draw(moments(X, M, V.sqrt()), ε)));
      // Without a gradient, where some backend may take another way, and with one.
      expectAllClose(localReluDraw(X, M, V, ε), h, { rtol: 1e-5, atol: 1e-5 });
      const { value } = tf.valueAndGrad((x) => localReluDraw(x, M, V, ε))(X);
      expectAllClose(value, h, { rtol: 1e-5, atol: 1e-5 });
    });
  });

  test.each([
    [1, 2],
    [5, 3],
    [7, 10],
  ])('cross entropy: [%i, %i]', (B, C) => {
    // Of weights that do not sum to 1 too.
    const inputs = () => [tensor(scattered(B, C)).abs(), tensor(scattered(B, C, 1)).mul(20)];
    expectSame((p, l) => crossEntropy(p, l), inputs);
    tf.tidy(() => {
      const definition = (p: tf.Tensor, l: tf.Tensor): tf.Tensor =>
        tf.neg(tf.sum(tf.mul(p, tf.logSoftmax(l)), 1));
      const expected = valueAndGradients((p, l) => definition(p, l), inputs());
      const fast = valueAndGradients((p, l) => crossEntropy(p, l), inputs());
      expected.forEach((t, i) => expectAllClose(fast[i]!, t, { rtol: 1e-5, atol: 1e-5 }));
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

  test('nothing is left behind', () => {
    const xs = [scattered(5, 13), scattered(13, 7, 1), scattered(13, 7, 2), scattered(5, 7, 3)].map(tensor);
    const f = (X: tf.Tensor, M: tf.Tensor, R: tf.Tensor, ε: tf.Tensor): tf.Tensor => {
      const parts = spreadAndKL(M, R, { mean: 0, stddev: 1 }, 2);
      const prior = { p: 1, c: 0.1 };
      const [pass, reluPass] = [localPass(X, M, R, ε, prior), localReluPass(X, M, R, ε, prior)];
      const z = tf.add(localDraw(X, M, parts.spread, ε), pass.output);
      const kls = [scaledKL(parts.kl, 0.1), pass.scaledKL, reluPass.scaledKL];
      return tf.addN([relu(z).sum(), reluPass.output.sum(), ...kls]);
    };
    const gradient = tf.grads((X, M, R, ε) => f(X, M, R, ε));
    expectNoLeak(() => {
      tf.dispose(gradient(xs));
      const [X, M, R, ε] = xs;
      const { spread: V, kl } = spreadAndKL(M!, R!, { mean: 0, stddev: 1 }, 2);
      tf.dispose([relu(X!), crossEntropy(X!, X!)]);
      for (const pass of [localPass, localReluPass]) tf.dispose(pass(X!, M!, R!, ε!, { p: 1, c: 1 }));
      tf.dispose([localDraw(X!, M!, V, ε!), localReluDraw(X!, M!, V, ε!), V, kl]);
    });
    tf.dispose(xs);
  });
});
