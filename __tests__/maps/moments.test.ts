import * as tf from '@tensorflow/tfjs';
import { momentsOf, momentsThrough } from '../../src/maps/moments';
import { standardNormal } from '../../src/noise/noise';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance } from '../helpers/gaussianTests';
import { asList } from '../helpers/listMap';
import { biased, convolutionCase, denseCase, depthwiseCase, embeddingCase, momentsOf as loops, numbers, ONE, squares, stddevsOf, tensors, transposedCase, weightsOf, type MapCase } from '../helpers/mapCases'; // prettier-ignore
import { expectAllClose } from '../helpers/toBeAllClose';

const channels = { batch: 2, input: 2, output: 2 };
const OF_NUMBERS = [
  denseCase([2, 2], 3, 2),
  convolutionCase({ ...channels, axes: [4], sizes: [2], padding: 'same' }),
  convolutionCase({ ...channels, axes: [4, 3], sizes: [2, 2], strides: [2, 1] }),
  convolutionCase({ ...channels, axes: [3, 2, 2], sizes: [2, 1, 2] }),
  transposedCase({ ...channels, axes: [2, 3], sizes: [2, 2], strides: [2, 1] }),
  depthwiseCase({ ...channels, axes: [3, 3], sizes: [2, 2] }),
].flatMap((the) => [the, biased(the)]);
const OF_INDICES = [embeddingCase([1, 0, 2, 2], [2, 2], 3, 2)].flatMap((the) => [the, biased(the)]);

/** Whose draws are made in no time. */
const SMALL = [
  denseCase([1], 3, 2),
  convolutionCase({ batch: 1, input: 1, output: 1, axes: [2, 2], sizes: [2, 1], padding: 'same' }),
];

const titled = (cases: MapCase[]): Array<[string, MapCase]> => cases.map((the) => [the.name, the]);
const close = { rtol: 1e-5, atol: 1e-6 };

/** Variances of the inputs, one of them 0. */
const variancesOf = (the: MapCase): number[] =>
  numbers(the.X.length, 7).map((v, i) => (i === 1 ? 0 : Math.fround(v * v)));

/** E[z] = Σ E[x] m and Var[z] = Σ Var[x] m² + (Var[x] + E[x]²) s², a bias meeting a 1 that is known. */
function through(the: MapCase): { mean: number[]; variance: number[] } {
  const [M, S, V] = [weightsOf(the), stddevsOf(the), variancesOf(the)];
  const { mean } = loops(the, M, S);
  const variance = mean.map(() => 0);
  for (const [z, x, a, of] of the.products) {
    const [m, s] = [M[of]![a]!, S[of]![a]!];
    const [e, v] = x === ONE ? [1, 0] : [the.X[x]!, V[x]!];
    variance[z]! += v * m * m + (v + e * e) * s * s;
  }
  return { mean, variance };
}

eachBackend('Moments', () => {
  test.each(titled([...OF_NUMBERS, ...OF_INDICES]))('of a known input: %s', (_, the) => {
    tf.tidy(() => {
      const [M, V] = [weightsOf(the), stddevsOf(the).map(squares)].map((a) => tensors(a, the.aShapes));
      const { mean, variance } = momentsOf(the.map, tf.tensor(the.X, the.xShape), M!, V!);
      const expected = loops(the, weightsOf(the), stddevsOf(the));
      expectAllClose(mean, tf.tensor(expected.mean, the.zShape), close);
      expectAllClose(variance, tf.tensor(expected.variance, the.zShape), close);
    });
  });

  test.each(titled(OF_NUMBERS))('through, of a random input: %s', (_, the) => {
    tf.tidy(() => {
      const [M, V] = [weightsOf(the), stddevsOf(the).map(squares)].map((a) => tensors(a, the.aShapes));
      const x = { mean: tf.tensor(the.X, the.xShape), variance: tf.tensor(variancesOf(the), the.xShape) };
      const { mean, variance } = momentsThrough(the.map, x, M!, V!);
      const expected = through(the);
      expectAllClose(mean, tf.tensor(expected.mean, the.zShape), close);
      expectAllClose(variance, tf.tensor(expected.variance, the.zShape), close);
    });
  });
});

describe('The formula for a random input', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const N = 20_000;

  test.each(titled(SMALL.map((the) => asList(biased(the)))))(
    'has the mean and the variance of 20,000 draws of inputs and weights: %s',
    (_, the) => {
      let draws: number[][] = [];
      tf.tidy(() => {
        const gaussians = (mean: number[], stddev: number[], shape: number[], seed: number): tf.Tensor =>
          tf.add(tf.tensor(mean, shape), tf.mul(tf.tensor(stddev, shape), standardNormal([N, ...shape], seed))); // prettier-ignore
        const X = gaussians(the.X, variancesOf(the).map(Math.sqrt), the.xShape, 5);
        const S = stddevsOf(the);
        const A = weightsOf(the).map((m, i) => gaussians(m, S[i]!, the.aShapes[i]!, 6 + i));
        const z = the.map.productsOfEach!(X, A);
        draws = z.reshape([N, -1]).transpose().arraySync() as number[][];
      });
      const { mean, variance } = through(the);
      const average = (f: (z: number) => number, of: number[]): number =>
        of.reduce((sum, z) => sum + f(z), 0) / N;
      expectChance(
        draws.flatMap((z, i) => {
          const [m, v] = [mean[i]!, variance[i]!];
          const second = average((value) => (value - m) ** 2, z);
          // Products of Gaussians have heavy tails: the variance of a square is that of the sample.
          const ofSquare = average((value) => (value - m) ** 4, z) - second ** 2;
          return [
            (average((value) => value, z) - m) / Math.sqrt(v / N),
            (second - v) / Math.sqrt(ofSquare / N),
          ];
        }),
      );
    },
  );
});
