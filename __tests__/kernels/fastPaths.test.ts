/** Every fast path against what it is a fast path of: values and gradients, on every backend, at awkward sizes. */
import * as tf from '@tensorflow/tfjs';
import { appendOnes } from '../../src/numerics/columnOfOnes';
import { kernels } from '../../src/kernels/door';
import { draw } from '../../src/gaussian/moments';
import { crossEntropy } from '../../src/likelihoods/crossEntropy';
import { withBias } from '../../src/maps/bias';
import { dense } from '../../src/maps/dense';
import { linear } from '../../src/maps/linear';
import { relu } from '../../src/numerics/relu';
import { scaledKL, spread, spreadAndKL } from '../../src/gaussian/spread';
import { scattered } from '../helpers/closedForms';
import { localDraw, localPass, localReluDraw, localReluPass, moments, product } from '../helpers/denseDraws';
import { eachBackend } from '../helpers/eachBackend';
import { expectSame, SIZES, tensor, valueAndGradients } from '../helpers/fastPath';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

/** X, A_mean, A_variance and noise. */
const drawInputs = (B: number, D: number, H: number): [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] => [
  tensor(scattered(B, D)),
  tensor(scattered(D, H, 1)),
  tensor(scattered(D, H, 2)).square(),
  tensor(scattered(B, H, 3)),
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
