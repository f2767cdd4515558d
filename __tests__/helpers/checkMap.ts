/** What every linear map must be, on every backend: each against the loops over its products. */
import * as tf from '@tensorflow/tfjs';
import { linear, squared } from '../../src/maps/linear';
import { linearOfEach, linearOfOne } from '../../src/maps/manyDraws';
import { eachBackend } from './eachBackend';
import { expectNoLeak } from './leaks';
import {
  biased,
  gradientInX,
  gradientsInA,
  numbers,
  productOf,
  squares,
  tensors,
  weightsOf,
  type MapCase,
} from './mapCases';
import { expectAllClose } from './toBeAllClose';
import { withoutKernels } from './withoutKernels';

const close = { rtol: 1e-5, atol: 1e-5 };

/** `inputs` says what X is: numbers with a gradient, or `indices` without. `input` and `output` are the channels. */
export function checkMap(
  title: string,
  cases: MapCase[],
  { inputs = 'numbers' }: { inputs?: 'numbers' | 'indices' } = {},
): void {
  const differentiable = inputs === 'numbers';

  eachBackend(title, () => {
    for (const the of cases.flatMap((c) => [c, biased(c)])) {
      const { map, xShape, aShapes, zShape } = the;
      const A = weightsOf(the);
      const dz = numbers(productOf(the, the.X, A).length, 5);
      const input = (): tf.Tensor => tf.tensor(the.X, xShape, differentiable ? 'float32' : 'int32');

      test(`${the.name}: the value and its gradients`, () => {
        const check = (): void =>
          tf.tidy(() => {
            const [X, cotangent] = [input(), tf.tensor(dz, zShape)];
            const weights = tensors(A, aShapes);
            expectAllClose(linear(map, X, weights).reshape([-1]), productOf(the, the.X, A), close);
            expect(linear(map, X, weights).shape).toEqual(zShape);
            const inA = tf.grads((...a: tf.Tensor[]) => linear(map, X, a).mul(cotangent).sum())(weights);
            gradientsInA(the, dz, the.X).forEach((expected, i) =>
              expectAllClose(inA[i]!, tf.tensor(expected, aShapes[i]), close),
            );
            if (!differentiable) return;
            const inX = tf.grad((x: tf.Tensor) => linear(map, x, weights).mul(cotangent).sum())(X);
            expectAllClose(inX, tf.tensor(gradientInX(the, dz, A), xShape), close);
          });
        check();
        withoutKernels(check);
      });

      test(`${the.name}: shapes and channels`, () => {
        expect(map.outputShape(xShape, aShapes)).toEqual(zShape);
        expect(map.channels(aShapes)).toEqual({
          ...(differentiable && { input: xShape.at(-1) }),
          output: zShape.at(-1),
        });
      });

      test(`${the.name}: squares, which meet the squares of the weights`, () => {
        tf.tidy(() => {
          const X = input();
          const V = tensors(A.map(squares), aShapes);
          const expected = productOf(the, squares(the.X), A.map(squares));
          expectAllClose(linear(map, squared(map, X), V).reshape([-1]), expected, close);
          if (!differentiable) return;
          const dx = tf.grad((x: tf.Tensor) =>
            linear(map, squared(map, x), V).mul(tf.tensor(dz, zShape)).sum(),
          )(X);
          const dsquared = gradientInX(the, dz, A.map(squares));
          expectAllClose(dx.reshape([-1]), dsquared.map((d, i) => 2 * the.X[i]! * d), close); // prettier-ignore
        });
      });

      test(`${the.name}: many draws are the single ones side by side, with their gradients`, () => {
        tf.tidy(() => {
          const S = 3;
          const draws = Array.from({ length: S }, (_, s) => weightsOf(the, 20 + s));
          const ofEach = aShapes.map(
            (shape, i) =>
            tf.tensor(draws.flatMap((a) => a[i]!), [S, ...shape]), // prettier-ignore
          );
          const cotangents = draws.map((_, s) => numbers(dz.length, 40 + s));
          const cotangent = tf.tensor(cotangents.flat(), [S, ...zShape]);
          const inA = aShapes.map(
            (shape, i) =>
            tf.tensor(draws.flatMap((_, s) => gradientsInA(the, cotangents[s]!, the.X)[i]!), [S, ...shape]), // prettier-ignore
          );
          const z = tf.tensor(draws.flatMap((a) => productOf(the, the.X, a)), [S, ...zShape]); // prettier-ignore
          const X = input();
          expectAllClose(linearOfOne(map, X, ofEach), z, close);
          const one = (...a: tf.Tensor[]): tf.Tensor => linearOfOne(map, X, a).mul(cotangent).sum();
          tf.grads(one)(ofEach).forEach((g, i) => expectAllClose(g, inA[i]!, close));
          if (!differentiable) {
            expectAllClose(linearOfEach(map, tf.stack([X, X, X]), ofEach), z, close);
            return;
          }
          const inX = tf.grad((x: tf.Tensor) => linearOfOne(map, x, ofEach).mul(cotangent).sum())(X);
          const dXs = draws.map((a, s) => gradientInX(the, cotangents[s]!, a));
          const sum = the.X.map((_, i) => dXs.reduce((total, d) => total + d[i]!, 0));
          expectAllClose(inX.reshape([-1]), sum, close);

          const Xs = draws.map((_, s) => numbers(the.X.length, 60 + s));
          const own = tf.tensor(Xs.flat(), [S, ...xShape]);
          const each = tf.tensor(draws.flatMap((a, s) => productOf(the, Xs[s]!, a)), [S, ...zShape]); // prettier-ignore
          expectAllClose(linearOfEach(map, own, ofEach), each, close);
          const [dX, ...dA] = tf.grads((x: tf.Tensor, ...a: tf.Tensor[]) =>
            linearOfEach(map, x, a).mul(cotangent).sum(),
          )([own, ...ofEach]);
          expectAllClose(dX!, tf.tensor(dXs.flat(), [S, ...xShape]), close);
          aShapes.forEach((shape, i) => {
            const expected = draws.flatMap((_, s) => gradientsInA(the, cotangents[s]!, Xs[s]!)[i]!);
            expectAllClose(dA[i]!, tf.tensor(expected, [S, ...shape]), close);
          });
        });
      });
    }

    test('nothing is left behind', () => {
      const the = biased(cases[0]!);
      const X = tf.tensor(the.X, the.xShape, differentiable ? 'float32' : 'int32');
      const A = tensors(weightsOf(the), the.aShapes);
      expectNoLeak(() => {
        tf.dispose([linear(the.map, X, A), squared(the.map, X)]);
        const { value, grads } = tf.valueAndGrads((...a: tf.Tensor[]) => linear(the.map, X, a).sum())(A);
        tf.dispose([value, grads]);
      });
      tf.dispose([X, A]);
    });
  });
}
