/**
 * Each estimator through each map: single draws against the formula in double precision, and of 20,000 the mean, the
 * variance, and the covariance of any two places of z: positions of one example, and of two.
 */
import * as tf from '@tensorflow/tfjs';
import type { Estimator, Folding, Weights } from '../../src/estimators/estimator';
import { flipout } from '../../src/estimators/flipout';
import { local } from '../../src/estimators/local';
import { weightSpace } from '../../src/estimators/weightSpace';
import type { FoldedNoise } from '../../src/noise/foldedNoise';
import { standardNormal } from '../../src/noise/noise';
import { drawOf } from '../helpers/drawReference';
import { eachBackend, startBackend } from '../helpers/eachBackend';
import { foldedNoiseOf } from '../helpers/foldedNoise';
import { expectChance } from '../helpers/gaussianTests';
import { zScores } from '../helpers/jointClaims';
import { asList } from '../helpers/listMap';
import { biased, convolutionCase, denseCase, depthwiseCase, embeddingCase, numbers, stddevsOf, tensors, transposedCase, weightsOf, type MapCase } from '../helpers/mapCases'; // prettier-ignore
import { expectAllClose } from '../helpers/toBeAllClose';

const MAPS = [
  denseCase([2, 2], 2, 2),
  embeddingCase([1, 1, 0, 1], [2, 2], 2, 2),
  convolutionCase({ batch: 2, axes: [3], sizes: [2], input: 2, output: 1 }),
  convolutionCase({ batch: 2, axes: [2, 3], sizes: [2, 2], input: 2, output: 1 }),
  convolutionCase({ batch: 2, axes: [2, 2, 2], sizes: [2, 1, 2], input: 1, output: 2 }),
  transposedCase({ batch: 2, axes: [2, 1], sizes: [2, 1], input: 2, output: 1 }),
  depthwiseCase({ batch: 2, axes: [2, 2], sizes: [2, 1], input: 2, output: 1 }),
];
const titled = (cases: MapCase[]): Array<[string, MapCase]> => cases.map((the) => [the.name, the]);

const ESTIMATORS = { local, weightSpace, flipout };

const weightsFor = ({ power }: Estimator, the: MapCase): Weights => {
  const S = tensors(stddevsOf(the), the.aShapes);
  return {
    mean: tensors(weightsOf(the), the.aShapes),
    spread: power === 2 ? S.map((s) => tf.square(s)) : S,
  };
};
const inputOf = ({ X, xShape }: MapCase): tf.Tensor => tf.tensor(X, xShape);

/** Draws [n, ...z] that are folded, X the same for all of them or each with its own. */
function folded(way: Estimator, the: MapCase, shared: boolean, noise: FoldedNoise): tf.Tensor {
  const { rows: B, draws: n } = noise.block;
  const X = inputOf(the);
  const each = shared ? X : X.reshape([B, 1, -1]).tile([1, n, 1]).reshape([B * n, ...the.xShape.slice(1)]); // prettier-ignore
  const folding: Folding = way.fold(the.map, each, weightsFor(way, the), shared, (z) => z);
  return folding
    .draw(noise)
    .reshape([B, n, -1])
    .transpose([1, 0, 2])
    .reshape([n, ...the.zShape]);
}

eachBackend('a draw for given noise', () => {
  for (const [name, way] of Object.entries(ESTIMATORS))
    test.each(titled(MAPS.flatMap((the) => [the, biased(the)])))(`${name}: %s`, (_, the) => {
      const shapes = way.noise(the.map, the.xShape, the.aShapes);
      const noise = [0, 1, 2].map((s) =>
        shapes.map((shape, part) => numbers(tf.util.sizeFromShape(shape), 50 + 10 * s + part)),
      );
      const expected = tf.tidy(
        () =>
        tf.tensor(noise.flatMap((ε) => drawOf(the, way.name, ε)), [3, ...the.zShape]).arraySync(), // prettier-ignore
      );
      const close = { rtol: 1e-5, atol: 1e-5 };
      tf.tidy(() => {
        const [X, weights] = [inputOf(the), weightsFor(way, the)];
        const ofDraw = (s: number): tf.Tensor[] => shapes.map((shape, i) => tf.tensor(noise[s]![i]!, shape));
        const together = shapes.map((shape, i) => tf.tensor(noise.flatMap((ε) => ε[i]!), [3, ...shape])); // prettier-ignore
        const single = noise.map((__, s) => way.draw(the.map, X, weights, ofDraw(s)));
        expectAllClose(tf.stack(single), expected, close);
        expectAllClose(way.draws(the.map, X, weights, together), expected, close);
        for (const shared of [true, false])
          expectAllClose(folded(way, the, shared, foldedNoiseOf(the.xShape[0]!, noise)), expected, close);
      });
    });
});

describe('20,000 draws', () => {
  // The fastest for so many small products.
  beforeAll(() => startBackend('wasm'));
  const N = 20_000;

  const noiseFor = ({ xShape: [B] }: MapCase): FoldedNoise => ({
    block: { firstRow: 0, rows: B!, firstDraw: 0, draws: N },
    perRow: (shape) => standardNormal([B! * N, ...shape], 71),
    perRowOfPass: (shape, part) => standardNormal([B! * N, ...shape], 81 + part),
    perDraw: (shape, part = 0) => standardNormal([N, ...shape], 91 + part),
    seedOf: () => 1,
  });
  const checked = (the: MapCase, name: Estimator['name'], draws: () => tf.Tensor): void => {
    let places: number[][] = [];
    // Not returned through tidy, which would look at each number whether it is a tensor.
    tf.tidy(() => {
      places = draws().reshape([N, -1]).transpose().arraySync() as number[][];
    });
    expectChance(zScores(the, name, places));
  };

  const maps = MAPS.map(biased);
  /** Those whose products with many draws of the weights stand side by side: one by one takes too long here. */
  const joined = maps.filter(({ map }) => map.outputAxes !== undefined);
  const listed = maps.filter(({ map }) => !map.kind.startsWith('embedding')).map(asList);

  for (const [way, cases] of [
    [local, maps],
    [weightSpace, joined],
  ] as const)
    // prettier-ignore
    test.each(titled(cases))(`side by side, ${way.name}: %s`, (_, the) =>
      checked(the, way.name, () => {
        const shapes = way.noise(the.map, the.xShape, the.aShapes);
        const ε = shapes.map((shape, i) => standardNormal([N, ...shape], 61 + i));
        return way.draws(the.map, inputOf(the), weightsFor(way, the), ε);
      }),
    );

  const some = (cases: MapCase[]): MapCase[] => cases.filter(({ name }) => /dense|\[2, 3\] by/.test(name));
  const folds: Array<[Estimator, boolean, MapCase[]]> = [
    [local, true, some(maps)],
    [local, false, some(maps)],
    [weightSpace, true, some(maps)],
    [weightSpace, false, some(listed)],
    [flipout, true, [...maps.filter(({ map }) => map.kind.startsWith('embedding')), ...listed]],
    [flipout, false, some(listed)],
  ];
  for (const [way, shared, cases] of folds)
    test.each(titled(cases))(
      `folded, ${way.name}, ${shared ? 'one X for all' : 'an X for each'}: %s`,
      (_, the) => checked(the, way.name, () => folded(way, the, shared, noiseFor(the))),
    );
});

test('flipout asks for a draw of the weights, and signs for each example', () => {
  const the = biased(MAPS[3]!);
  expect(flipout.noise(the.map, the.xShape, the.aShapes)).toEqual([...the.aShapes, [2, 1], [2, 2]]);
});
