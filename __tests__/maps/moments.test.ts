import * as tf from '@tensorflow/tfjs';
import { momentsOf, momentsThrough } from '../../src/maps/moments';
import { eachBackend } from '../helpers/eachBackend';
import * as cases from '../helpers/mapCases';
import { expectAllClose } from '../helpers/toBeAllClose';

const {
  convolutionCase,
  denseCase,
  embeddingCase,
  numbers,
  productOf,
  squares,
  stddevsOf,
  tensors,
  weightsOf,
} = cases;

const numeric = [
  denseCase([2], 3, 2),
  denseCase([2, 3], 3, 2),
  convolutionCase({ batch: 2, axes: [3, 3], sizes: [2, 2], input: 2, output: 2 }),
];
const every = (some: cases.MapCase[]): Array<[string, cases.MapCase]> =>
  some.flatMap((the) => [the, cases.biased(the)]).map((the) => [the.name, the]);

eachBackend('moments through a map', () => {
  test.each(every([...numeric, embeddingCase([1, 0, 2], [3], 3, 2)]))('of known inputs: %s', (_, the) => {
    tf.tidy(() => {
      const X = tf.tensor(the.X, the.xShape);
      const M = tensors(weightsOf(the), the.aShapes);
      const V = tensors(stddevsOf(the).map(squares), the.aShapes);
      const { mean, variance } = momentsOf(the.map, X, M, V);
      const expected = cases.momentsOf(the, weightsOf(the), stddevsOf(the));
      expectAllClose(mean, tf.tensor(expected.mean, the.zShape));
      expectAllClose(variance, tf.tensor(expected.variance, the.zShape));
    });
  });

  test.each(every(numeric))('of random inputs: %s', (_, the) => {
    const varX = squares(numbers(the.X.length, 7));
    const [M, S] = [weightsOf(the), stddevsOf(the)];
    // Var[x a] = Var[x] m² + (Var[x] + E[x]²) s² for independent x and a; a bias meets a 1, whose variance is 0.
    const variances = productOf(the, the.X, M).map(() => 0);
    for (const [iz, ix, ia, of] of the.products) {
      const [mean, variance] = ix === cases.ONE ? [1, 0] : [the.X[ix]!, varX[ix]!];
      variances[iz]! += variance * M[of]![ia]! ** 2 + (variance + mean ** 2) * S[of]![ia]! ** 2;
    }
    tf.tidy(() => {
      const x = { mean: tf.tensor(the.X, the.xShape), variance: tf.tensor(varX, the.xShape) };
      const z = momentsThrough(the.map, x, tensors(M, the.aShapes), tensors(S.map(squares), the.aShapes));
      expectAllClose(z.mean, tf.tensor(productOf(the, the.X, M), the.zShape));
      expectAllClose(z.variance, tf.tensor(variances, the.zShape));
    });
  });
});
