/** 20,000 draws of each estimator through each map: mean, variance, and the covariance of any two places of z. */
import * as tf from '@tensorflow/tfjs';
import type { Estimator } from '../../src/estimators/estimator';
import { flipout } from '../../src/estimators/flipout';
import { local } from '../../src/estimators/local';
import { weightSpace } from '../../src/estimators/weightSpace';
import { standardNormal } from '../../src/noise/noise';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance, zOfCovariance, zOfMean, zOfVariance } from '../helpers/gaussianTests';
import { biased, convolutionCase, covarianceOf, denseCase, embeddingCase, momentsOf, stddevsOf, tensors, transposedCase, weightsOf } from '../helpers/mapCases'; // prettier-ignore

const N = 20_000;
const CASES = [
  denseCase([2], 3, 2),
  embeddingCase([1, 1, 0], [3], 2, 2),
  convolutionCase({ batch: 2, axes: [2, 3], sizes: [2, 2], input: 2, output: 1 }),
  transposedCase({ batch: 1, axes: [2, 1], sizes: [2, 1], input: 2, output: 1 }),
].map(biased);

const draws = ({ power, draws: drawn, noise }: Estimator, the: (typeof CASES)[number]): number[][] =>
  tf.tidy(() => {
    const S = tensors(stddevsOf(the), the.aShapes);
    const ε = noise(the.map, the.xShape, the.aShapes).map((shape, i) =>
      standardNormal([N, ...shape], 91 + i),
    );
    const weights = {
      mean: tensors(weightsOf(the), the.aShapes),
      spread: power === 2 ? S.map((s) => tf.square(s)) : S,
    };
    const z = drawn(the.map, tf.tensor(the.X, the.xShape), weights, ε);
    return z.reshape([N, -1]).transpose().arraySync() as number[][];
  });

eachBackend('joint draws', () => {
  // flipout makes its draws one by one: 20,000 of them take too long here.
  for (const [name, way] of Object.entries({ local, weightSpace }))
    test.each(CASES.map((the) => [the.name, the] as const))(`${name}: %s`, (_, the) => {
      const S = stddevsOf(the);
      const { mean, variance } = momentsOf(the, weightsOf(the), S);
      const z = draws(way, the);
      const centred = z.map((sample, i) => sample.map((v) => v - mean[i]!));
      expectChance(
        z.flatMap((sample, i) => [
          zOfMean(sample, mean[i]!, variance[i]!),
          zOfVariance(sample, variance[i]!),
          ...centred.slice(i + 1).map((other, j) => {
            const covariance = way === weightSpace ? covarianceOf(the, S, i, i + 1 + j) : 0;
            return zOfCovariance(centred[i]!, other, covariance, variance[i]!, variance[i + 1 + j]!);
          }),
        ]),
      );
    });
});

test('flipout asks for a draw of the weights, and signs for each example', () => {
  const the = CASES[2]!;
  expect(flipout.noise(the.map, the.xShape, the.aShapes)).toEqual([...the.aShapes, [2, 1], [2, 2]]);
});
