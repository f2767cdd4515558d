import * as tf from '@tensorflow/tfjs';
import { drawnOutput, localDraw, localOutput } from '../../src/estimators/localDraw';
import { relu, reluWithOnes } from '../../src/numerics/relu';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import * as cases from '../helpers/mapCases';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

const { convolutionCase, denseCase, numbers, squares, stddevsOf, tensors, weightsOf } = cases;

const CASES = [
  denseCase([3], 3, 2),
  denseCase([2, 2], 3, 2),
  convolutionCase({ batch: 2, axes: [2, 3], sizes: [2, 2], input: 2, output: 2 }),
].flatMap((the) => [the, cases.biased(the)]);
const named = CASES.map((the): [string, cases.MapCase] => [the.name, the]);

/** By the kernels of the backend, then in tf ops. */
const bothWays = (check: () => void): void => {
  tf.tidy(check);
  withoutKernels(() => tf.tidy(check));
};

/** Values and gradients in double precision, from the formulas. */
function reference(the: cases.MapCase, ε: number[], dz: number[]) {
  const [M, V] = [weightsOf(the), stddevsOf(the).map(squares)];
  const { mean, variance } = cases.momentsOf(the, M, stddevsOf(the));
  const σ = variance.map(Math.sqrt);
  const dvariance = dz.map((d, i) => (σ[i] === 0 ? 0 : (d * ε[i]!) / (2 * σ[i]!)));
  const throughVariance = cases.gradientInX(the, dvariance, V);
  return {
    z: mean.map((m, i) => m + σ[i]! * ε[i]!),
    dX: cases.gradientInX(the, dz, M).map((d, i) => d + 2 * the.X[i]! * throughVariance[i]!),
    dnoise: dz.map((d, i) => d * σ[i]!),
    dM: cases.gradientsInA(the, dz, the.X),
    dV: cases.gradientsInA(the, dvariance, squares(the.X)),
  };
}

function check(the: cases.MapCase): void {
  const n = the.zShape.reduce((a, b) => a * b);
  const [ε, dz] = [numbers(n, 100), numbers(n, 101)];
  const expected = reference(the, ε, dz);
  const k = the.aShapes.length;
  bothWays(() => {
    const inputs = [
      tf.tensor(the.X, the.xShape),
      tf.tensor(ε, the.zShape),
      ...tensors(weightsOf(the), the.aShapes),
      ...tensors(stddevsOf(the).map(squares), the.aShapes),
    ];
    const { value, grads } = tf.valueAndGrads((...[X, noise, ...A]: tf.Tensor[]) =>
      localDraw(the.map, X!, A.slice(0, k), A.slice(k), noise!),
    )(inputs, tf.tensor(dz, the.zShape));
    expectAllClose(value, tf.tensor(expected.z, the.zShape));
    const [dX, dnoise, ...dA] = grads;
    expectAllClose(dX!, tf.tensor(expected.dX, the.xShape));
    expectAllClose(dnoise!, tf.tensor(expected.dnoise, the.zShape));
    [...expected.dM, ...expected.dV].forEach((d, i) =>
      expectAllClose(dA[i]!, tf.tensor(d, the.aShapes[i % k])),
    );
  });
}

eachBackend('localDraw', () => {
  test.each(named)('has the value and the gradients of the formulas: %s', (_, the) => check(the));

  test('where a row is all zeros the gradients are finite: that of the variance is 0', () => {
    const the = denseCase([3], 3, 2);
    check({ ...the, X: the.X.map((v, i) => (i < 3 ? 0 : v)) });
  });

  test('nothing is left behind, with kernels and without', () => {
    const the = cases.biased(denseCase([3], 3, 2));
    const [X, noise] = [tf.tensor(the.X, the.xShape), tf.ones(the.zShape)];
    const A = [...tensors(weightsOf(the), the.aShapes), ...tensors(stddevsOf(the), the.aShapes)];
    const run = (): void =>
      expectNoLeak(() => {
        const { value, grads } = tf.valueAndGrads((x: tf.Tensor, ...a: tf.Tensor[]) =>
          localOutput(the.map, x, a.slice(0, 2), a.slice(2), noise, relu),
        )([X, ...A]);
        localOutput(the.map, X, A.slice(0, 2), A.slice(2), noise, relu).dispose();
        tf.dispose([value, grads]);
      });
    run();
    withoutKernels(run);
    tf.dispose([X, noise, A]);
  });

  test.each(named)('localOutput is what follows the draw, with a gradient or without: %s', (_, the) => {
    const n = the.zShape.reduce((a, b) => a * b);
    const ε = numbers(n, 100);
    const { z } = reference(the, ε, ε);
    const functions: Array<[(z: tf.Tensor) => tf.Tensor, (z: tf.Tensor) => tf.Tensor]> = [
      [relu, (t) => tf.relu(t)],
      [reluWithOnes, (t) => tf.concat([tf.relu(t), tf.ones([...t.shape.slice(0, -1), 1])], -1)],
      [(t) => tf.tanh(t), (t) => tf.tanh(t)],
    ];
    bothWays(() => {
      const M = tensors(weightsOf(the), the.aShapes);
      const V = tensors(stddevsOf(the).map(squares), the.aShapes);
      const noise = tf.tensor(ε, the.zShape);
      for (const [outputOf, expected] of functions) {
        const of = (X: tf.Tensor): tf.Tensor => localOutput(the.map, X, M, V, noise, outputOf);
        const X = tf.tensor(the.X, the.xShape);
        expectAllClose(of(X), expected(tf.tensor(z, the.zShape)));
        const { value, grad } = tf.valueAndGrad(of)(X);
        expectAllClose(value, expected(tf.tensor(z, the.zShape)));
        const slow = tf.grad((x: tf.Tensor) => expected(localDraw(the.map, x, M, V, noise)))(X);
        expectAllClose(grad, slow);
      }
    });
  });
});

test('an output that an operation has in it: max(0, z), with a column of ones behind a matrix only', () => {
  tf.tidy(() => {
    const [matrix, cube] = [tf.zeros([2, 2]), tf.zeros([2, 2, 2])];
    expect(drawnOutput(relu, matrix)).toBe('relu');
    expect(drawnOutput(relu, cube)).toBe('relu');
    expect(drawnOutput(reluWithOnes, matrix)).toBe('reluWithOnes');
    expect(drawnOutput(reluWithOnes, cube)).toBe('z');
    expect(drawnOutput((z) => tf.relu(z), matrix)).toBe('z');
  });
});
